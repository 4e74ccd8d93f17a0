/* A failed assertion: abort() of the C library. */
#include <assert.h>

static volatile int zero;

int main(void) {
  assert(zero != 0);
  return 0;
}
