/* Finds bad columns of a macro and puts spare ones in their place. docs/calibration.md. */
#ifndef LEYDEN_RUNTIME_CALIBRATE_REPAIR_H
#define LEYDEN_RUNTIME_CALIBRATE_REPAIR_H

#include "runtime/calibrate.h"
#include "runtime/calibrate_bench.h"

/* Adds what it finds and does in one macro, which has spares, to `repairs`. Overwrites weights, ABN
 * table and LMEM. */
enum leyden_failure calibrate_repair(struct bench* bench, struct calibrate_repairs* repairs);
/* One line on the UART. */
void calibrate_print_repairs(const struct calibrate_repairs* repairs);

#endif
