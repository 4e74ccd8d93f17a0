/* Layer markers and cycle counter. */
#ifndef LEYDEN_HAL_PERF_H
#define LEYDEN_HAL_PERF_H

#include <stdint.h>

#include "leyden/mmio.h"
#include "leyden/registers.h"

static inline void perf_layer_begin(uint32_t layer) {
  mmio_write(LEYDEN_PERF_BASE + LEYDEN_PERF_LAYER_BEGIN, layer);
}
static inline void perf_layer_end(uint32_t layer) {
  mmio_write(LEYDEN_PERF_BASE + LEYDEN_PERF_LAYER_END, layer);
}
uint64_t perf_cycles(void); /* chip cycles since reset */

#endif
