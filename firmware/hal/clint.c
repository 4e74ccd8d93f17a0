#include "hal/clint.h"

#include "leyden/mmio.h"
#include "leyden/registers.h"

#define CLINT(name) (LEYDEN_CLINT_BASE + LEYDEN_CLINT_##name)

uint64_t clint_time(void) {
  uint32_t high, low;
  do { /* the low word may wrap between the two reads */
    high = mmio_read(CLINT(MTIME_HIGH));
    low = mmio_read(CLINT(MTIME_LOW));
  } while (high != mmio_read(CLINT(MTIME_HIGH)));
  return (uint64_t)high << 32 | low;
}

void clint_set_timer(uint64_t time) {
  mmio_write(CLINT(MTIMECMP_HIGH), 0xffffffffu); /* no moment with a compare value in the past */
  mmio_write(CLINT(MTIMECMP_LOW), (uint32_t)time);
  mmio_write(CLINT(MTIMECMP_HIGH), (uint32_t)(time >> 32));
}

void clint_stop_timer(void) { clint_set_timer(UINT64_MAX); }

void clint_set_software_interrupt(int raised) { mmio_write(CLINT(MSIP), raised ? 1 : 0); }
