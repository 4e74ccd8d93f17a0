#include "hal/sysctl.h"

#define SYSCTL(name) (LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_##name)
#define FEED_WORD 0x5afeu

int sysctl_set_point(uint32_t point) {
  if (point >= mmio_read(SYSCTL(POINTS))) return -1;
  mmio_write(SYSCTL(POINT), point);
  return 0;
}

void sysctl_set_power(uint32_t macro, int on) {
  const uint32_t gates = mmio_read(SYSCTL(POWER_GATE));
  mmio_write(SYSCTL(POWER_GATE), on ? gates & ~(1u << macro) : gates | 1u << macro);
}

void sysctl_start_watchdog(uint32_t cycles) {
  mmio_write(SYSCTL(WATCHDOG_LOAD), cycles);
  mmio_write(SYSCTL(WATCHDOG_CTRL), LEYDEN_SYSCTL_WATCHDOG_CTRL_ENABLE);
}

void sysctl_feed_watchdog(void) { mmio_write(SYSCTL(WATCHDOG_FEED), FEED_WORD); }

void sysctl_reset(void) { mmio_write(SYSCTL(RESET), 1); }
