/* Loads from an address between CLINT and PLIC, where the bus has nothing. */
#include "leyden/mmio.h"

#define NOWHERE 0x08000000u

int main(void) {
  mmio_read(NOWHERE);
  return 0;
}
