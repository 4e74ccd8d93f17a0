/* Platform-level interrupt controller. A claimed source stays quiet until it is completed. */
#ifndef LEYDEN_HAL_PLIC_H
#define LEYDEN_HAL_PLIC_H

#include <stdint.h>

#include "leyden/mmio.h"
#include "leyden/registers.h"

/* Gives a source priority 1 and enables it. Source numbers: docs/abi.md. */
void plic_enable(uint32_t source);
void plic_disable(uint32_t source);

/* @return the pending source of highest priority, 0 for none */
static inline uint32_t plic_claim(void) { return mmio_read(LEYDEN_PLIC_BASE + LEYDEN_PLIC_CLAIM); }

static inline void plic_complete(uint32_t source) {
  mmio_write(LEYDEN_PLIC_BASE + LEYDEN_PLIC_CLAIM, source);
}

#endif
