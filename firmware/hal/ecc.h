/* Error codes of SRAM and LMEM: what they found (SYSCTL). docs/ecc.md. */
#ifndef LEYDEN_HAL_ECC_H
#define LEYDEN_HAL_ECC_H

#include <stdint.h>

#include "leyden/mmio.h"
#include "leyden/registers.h"

#define ECC(name) (LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_ECC_##name)
#define ECC_CORRECTED \
  (LEYDEN_SYSCTL_ECC_STATUS_SRAM_CORRECTED | LEYDEN_SYSCTL_ECC_STATUS_LMEM_CORRECTED)
#define ECC_UNCORRECTED \
  (LEYDEN_SYSCTL_ECC_STATUS_SRAM_UNCORRECTED | LEYDEN_SYSCTL_ECC_STATUS_LMEM_UNCORRECTED)

static inline void ecc_enable_interrupts(void) {
  mmio_write(ECC(CTRL),
             LEYDEN_SYSCTL_ECC_CTRL_IRQ_CORRECTED | LEYDEN_SYSCTL_ECC_CTRL_IRQ_UNCORRECTED);
}
static inline uint32_t ecc_status(void) { return mmio_read(ECC(STATUS)); }
static inline void ecc_clear(uint32_t bits) { mmio_write(ECC(STATUS), bits); }

/* Reads a word and writes it back, so that its code word is whole again. Of LMEM only while no unit
 * is under way: it could write there in between. */
static inline void ecc_scrub(uint32_t address) { mmio_write(address, mmio_read(address)); }

#endif
