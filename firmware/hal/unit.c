#include "hal/unit.h"

uint32_t unit_finish(uint32_t base) {
  uint32_t status;
  do {
    status = unit_status(base);
  } while (!(status & (UNIT_DONE | UNIT_ERROR)));
  const uint32_t code = status & UNIT_ERROR ? unit_error_code(base) : 0;
  unit_clear(base);
  return code;
}

uint32_t unit_run(uint32_t base, const uint32_t* words, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) mmio_write(base + UNIT_JOB + 4 * i, words[i]);
  mmio_write(base + UNIT_CTRL, LEYDEN_CIM_CTRL_START);
  return unit_finish(base);
}
