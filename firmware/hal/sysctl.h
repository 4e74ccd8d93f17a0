/* System control: identity, boot parameters, operating points, power gates, watchdog. */
#ifndef LEYDEN_HAL_SYSCTL_H
#define LEYDEN_HAL_SYSCTL_H

#include <stdint.h>

#include "leyden/mmio.h"
#include "leyden/registers.h"

static inline uint32_t sysctl_macros(void) {
  return mmio_read(LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_MACROS);
}
static inline uint32_t sysctl_lmem_bytes(void) {
  return mmio_read(LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_LMEM_BYTES);
}
static inline uint32_t sysctl_image_address(void) {
  return mmio_read(LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_IMAGE_ADDR);
}
static inline uint32_t sysctl_image_bytes(void) {
  return mmio_read(LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_IMAGE_BYTES);
}

/* Changes supply and clock. @return 0, or -1 when there is no such point */
int sysctl_set_point(uint32_t point);
void sysctl_set_power(uint32_t macro, int on); /* off: the macro's weights are lost */
void sysctl_start_watchdog(uint32_t cycles);   /* only a reset stops it again */
void sysctl_feed_watchdog(void);
void sysctl_reset(void); /* ends the run as a reset request */

#endif
