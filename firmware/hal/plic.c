#include "hal/plic.h"

void plic_enable(uint32_t source) {
  mmio_write(LEYDEN_PLIC_BASE + LEYDEN_PLIC_PRIORITY + 4 * source, 1);
  const uint32_t enable = LEYDEN_PLIC_BASE + LEYDEN_PLIC_ENABLE;
  mmio_write(enable, mmio_read(enable) | 1u << source);
}

void plic_disable(uint32_t source) {
  const uint32_t enable = LEYDEN_PLIC_BASE + LEYDEN_PLIC_ENABLE;
  mmio_write(enable, mmio_read(enable) & ~(1u << source));
}
