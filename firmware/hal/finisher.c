#include "hal/finisher.h"

#include "hal/core.h"
#include "leyden/mmio.h"
#include "leyden/registers.h"

#define FINISH_PASS 0x5555u
#define FINISH_FAIL 0x3333u

static _Noreturn void finish(uint32_t word) {
  mmio_write(LEYDEN_FINISHER_BASE + LEYDEN_FINISHER_FINISH, word);
  for (;;) core_wait_for_interrupt();
}

_Noreturn void finisher_pass(void) { finish(FINISH_PASS); }

_Noreturn void finisher_fail(uint32_t code) {
  code &= 0xffffu;
  finish(FINISH_FAIL | (code ? code : 0xffffu) << 16);
}
