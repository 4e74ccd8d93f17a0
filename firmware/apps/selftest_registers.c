/* Identities, reset values, registers that keep what is written, counters that count. */
#include "apps/selftest.h"
#include "hal/cim.h"
#include "hal/perf.h"
#include "hal/sysctl.h"
#include "leyden/registers.h"

struct expectation {
  uint32_t address;
  uint32_t value;
};

#define RESET(unit, reg) \
  { LEYDEN_##unit##_BASE + LEYDEN_##unit##_##reg, LEYDEN_##unit##_##reg##_RESET }
#define ZERO(unit, reg) \
  { LEYDEN_##unit##_BASE + LEYDEN_##unit##_##reg, 0 }

static int all_read(const struct expectation* expectations, uint32_t count) {
  int good = 1;
  for (uint32_t i = 0; i < count; ++i) {
    if (mmio_read(expectations[i].address) != expectations[i].value) good = 0;
  }
  return good;
}

static int keeps(uint32_t address, uint32_t writable) {
  int good = 1;
  for (uint32_t bit = 1; bit; bit <<= 1) {
    mmio_write(address, bit & writable);
    if (mmio_read(address) != (bit & writable)) good = 0;
  }
  mmio_write(address, 0);
  return good;
}

static int units_are_idle(void) {
  int good = 1;
  for (uint32_t n = 0; n < sysctl_macros(); ++n) {
    const uint32_t base = LEYDEN_CIM_BASE(n);
    if (mmio_read(base + LEYDEN_CIM_ID) != LEYDEN_CIM_ID_RESET) good = 0;
    if (mmio_read(base + LEYDEN_CIM_STATUS) != 0) good = 0;
    if (cim_rows(n) == 0 || cim_columns(n) == 0 || cim_rows_per_unit(n) == 0) good = 0;
  }
  for (uint32_t n = 0; n < LEYDEN_DMA_BLOCKS; ++n) {
    const uint32_t base = LEYDEN_DMA_BLOCK_BASE(n);
    if (mmio_read(base + LEYDEN_DMA_ID) != LEYDEN_DMA_ID_RESET) good = 0;
    if (mmio_read(base + LEYDEN_DMA_STATUS) != 0) good = 0;
    if (mmio_read(base + LEYDEN_DMA_SRC) != 0) good = 0;
  }
  return good;
}

static int uart_scratch(void) {
  mmio_write8(LEYDEN_UART_BASE + LEYDEN_UART_SCR, 0xa5);
  return mmio_read8(LEYDEN_UART_BASE + LEYDEN_UART_SCR) == 0xa5 &&
         (mmio_read8(LEYDEN_UART_BASE + LEYDEN_UART_LSR) & 0x01) == 0;
}

static int layer_marker(void) {
  const uint32_t layer = LEYDEN_PERF_BASE + LEYDEN_PERF_LAYER;
  perf_layer_begin(7);
  int good = mmio_read(layer) == 7;
  perf_layer_end(7);
  good &= mmio_read(layer) == LEYDEN_PERF_LAYER_RESET;
  return good && mmio_read(LEYDEN_PERF_BASE + LEYDEN_PERF_LAYER_CYCLES) > 0;
}

static int cycles_advance(void) {
  const uint64_t before = perf_cycles();
  return perf_cycles() > before;
}

void selftest_registers(void) {
  static const struct expectation resets[] = {
      RESET(SYSCTL, ID),
      RESET(SYSCTL, VERSION),
      ZERO(SYSCTL, POINT),
      ZERO(SYSCTL, WATCHDOG_CTRL),
      RESET(SYSCTL, WATCHDOG_LOAD),
      RESET(PERF, ID),
      RESET(PERF, LAYER),
      RESET(VECTOR, ID),
      ZERO(VECTOR, STATUS),
      ZERO(VECTOR, SRC0_ADDR),
      ZERO(VECTOR, ERROR_CODE),
      RESET(MAILBOX, ID),
      RESET(CLINT, MTIMECMP_LOW),
      RESET(CLINT, MTIMECMP_HIGH),
      ZERO(CLINT, MSIP),
      ZERO(PLIC, ENABLE),
      ZERO(PLIC, THRESHOLD),
  };
  selftest_check("registers: reset values", all_read(resets, sizeof resets / sizeof resets[0]));
  selftest_check("registers: units idle, identities", units_are_idle());
  selftest_check("registers: keep what is written",
                 keeps(LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_SCRATCH, ~0u) &
                     keeps(LEYDEN_DMA_BLOCK_BASE(1) + LEYDEN_DMA_SRC, ~0u) &
                     keeps(LEYDEN_VECTOR_BASE + LEYDEN_VECTOR_SCALE0, ~0u) &
                     keeps(LEYDEN_CIM_BASE(0) + LEYDEN_CIM_OUT_SIZE, ~0u));
  selftest_check("registers: reserved bits stay 0",
                 keeps(LEYDEN_VECTOR_BASE + LEYDEN_VECTOR_OPERATION, LEYDEN_VECTOR_OPERATION_CODE));
  selftest_check("sysctl: operating points",
                 sysctl_set_point(0) == 0 &&
                     sysctl_set_point(mmio_read(LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_POINTS)) != 0 &&
                     mmio_read(LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_CLOCK_KHZ) > 0);
  selftest_check("uart: scratch and line status", uart_scratch());
  selftest_check("perf: cycles advance", cycles_advance());
  selftest_check("perf: layer marker", layer_marker());
}
