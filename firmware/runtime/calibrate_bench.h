/* What calibration measures with, for its parts alone. docs/calibration.md. */
#ifndef LEYDEN_RUNTIME_CALIBRATE_BENCH_H
#define LEYDEN_RUNTIME_CALIBRATE_BENCH_H

#include <stdint.h>

#include "leyden/failure.h"

#define LEVELS 2u /* no charge, and about half of the range */

/* A measurement of all columns. `shift`: the converter looks at 2^-shift of its range. */
struct round {
  uint32_t shift;
  uint32_t jobs;
};

/* Columns measured together: outputs of `bits` columns each from `first` on. */
struct pass {
  uint32_t first;
  uint32_t bits;
  uint32_t outputs;
};

/* One macro under calibration. */
struct bench {
  uint32_t macro;
  uint32_t columns;
  uint32_t rows; /* in use, all on the line */
  uint32_t units;
  uint32_t in_bits;
  uint32_t weight_bits;
  uint32_t out_bits;
  uint32_t range_shift;
  uint32_t abn_entries; /* 0: gain 1, offset half scale */
  uint32_t positions;
  uint32_t inputs[LEVELS]; /* bus addresses in LMEM */
  uint32_t outputs;
  uint32_t serial;       /* jobs so far: names their draws */
  int32_t span;          /* second level in LSB/16, less the first, for weights below 0 */
  int32_t* sums[LEVELS]; /* of the outputs of a pass: errors in code/16 */
  uint8_t* pattern;      /* a row of cells */
  uint16_t* scores;      /* how bad each column is: calibrate_repair.c */
  const struct round* rounds;
  uint32_t round_count;
};

/* Writes `pattern` into the first rows. */
enum leyden_failure calibrate_write_rows(const struct bench* bench, uint32_t rows);
/* Sets the last column of every output in all rows: its weight is -2^(bits-1), or 1 of one bit. */
enum leyden_failure calibrate_write_weights(const struct bench* bench, const struct pass* pass);
/* Sums, over all conversions of a round, what the codes of a level are off. */
enum leyden_failure calibrate_measure(struct bench* bench, const struct pass* pass,
                                      const struct round* round, uint32_t level);
int64_t calibrate_divide(int64_t numerator, int64_t denominator); /* to the nearest */

#endif
