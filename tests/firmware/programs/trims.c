/* Calibrates, then fails with the number of columns whose trim is still at reset: each has an
 * offset when the chip is set up so. And trim registers keep every bit, and come back at a power
 * gate. */
#include "hal/cim.h"
#include "hal/sysctl.h"
#include "runtime/calibrate.h"

extern char __heap_start[], __heap_end[];

int main(void) {
  const struct runtime_arena arena = {__heap_start, (uint32_t)(__heap_end - __heap_start)};
  struct calibrate_summary summary;
  if (calibrate_all(arena, &summary) != LEYDEN_FAIL_NONE) return 1000;
  int untouched = 0;
  for (uint32_t n = 0; n < sysctl_macros(); ++n) {
    for (uint32_t c = 0; c < cim_columns(n); ++c) untouched += cim_trim(n, c) == CIM_TRIM_RESET;
  }
  if (summary.columns != sysctl_macros() * cim_columns(0)) return 1001;
  const uint32_t last = cim_columns(0) - 1;
  for (uint32_t bit = 1; bit; bit <<= 1) {
    cim_write_trim(0, last, bit);
    if (cim_trim(0, last) != bit) return 1002;
  }
  sysctl_set_power(0, 0);
  sysctl_set_power(0, 1);
  for (uint32_t c = 0; c <= last; ++c) {
    if (cim_trim(0, c) != CIM_TRIM_RESET) return 1003;
  }
  return untouched;
}
