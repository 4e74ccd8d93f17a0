/* Measures offset and gain of every column's converter on the chip itself and trims them.
 * docs/calibration.md tells procedure and equations. */
#ifndef LEYDEN_RUNTIME_CALIBRATE_H
#define LEYDEN_RUNTIME_CALIBRATE_H

#include <stdint.h>

#include "leyden/failure.h"
#include "runtime/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What was found before the first trim and after the last one; sums over columns of all macros. */
struct calibrate_errors {
  uint64_t offset_squares; /* (LSB / 256)^2 */
  uint64_t gain_squares;   /* (10^-5)^2 */
};

/* Spare columns of all macros that have some. */
struct calibrate_repairs {
  uint32_t spares;
  uint32_t replaced; /* columns */
  uint32_t left;     /* columns that are bad still: no spare was left that is better */
};

struct calibrate_summary {
  uint32_t macros;
  uint32_t columns;      /* trimmed or not */
  uint32_t out_of_reach; /* of them: too far off to be trimmed, left at reset */
  struct calibrate_errors before;
  struct calibrate_errors after;
  struct calibrate_repairs repairs;
};

/* Trims all macros. Overwrites weights, ABN tables and LMEM; takes memory of the arena for as long
 * as it runs. Uses the units without interrupts.
 * @return LEYDEN_FAIL_NONE; LEYDEN_FAIL_CALIBRATE where the macro cannot be measured;
 * LEYDEN_FAIL_CIM or LEYDEN_FAIL_DMA when a unit refuses */
enum leyden_failure calibrate_all(struct runtime_arena arena, struct calibrate_summary* summary);

/* One line on the UART. */
void calibrate_print(const struct calibrate_summary* summary);

#ifdef __cplusplus
}
#endif
#endif
