#include "hal/perf.h"

uint64_t perf_cycles(void) {
  const uint32_t low =
      mmio_read(LEYDEN_PERF_BASE + LEYDEN_PERF_CYCLE_LOW); /* latches the high word */
  return (uint64_t)mmio_read(LEYDEN_PERF_BASE + LEYDEN_PERF_CYCLE_HIGH) << 32 | low;
}
