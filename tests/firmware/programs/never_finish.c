/* Never ends: sleeps with no interrupt source open. */
#include "hal/core.h"

int main(void) {
  for (;;) core_wait_for_interrupt();
}
