#include "runtime/calibrate_repair.h"

#include <string.h>

#include "hal/cim.h"
#include "hal/uart.h"
#include "leyden/mmio.h"
#include "leyden/registers.h"

/* A score is the number of stuck cells; a column that gives no codes is worse than any number. */
#define SCORE_MOST 0x7fffu
#define SCORE_NO_CODES 0x8000u

static void add_stuck(struct bench* bench, uint32_t column) {
  if (bench->scores[column] < SCORE_MOST) ++bench->scores[column];
}

/* Columns that are looked at. */
struct span {
  uint32_t first;
  uint32_t end;
};

/* Cells that read back otherwise than written, of the columns from `first` on that are in a word.
 */
static void compare(struct bench* bench, const struct span* span, uint32_t row, uint32_t first,
                    uint32_t written) {
  const uint32_t address = LEYDEN_CIM_WEIGHTS_BASE(bench->macro) + LEYDEN_CIM_WEIGHTS_WINDOW +
                           row * (bench->columns / 8) + first / 8;
  const uint32_t bits = bench->columns % 32 == 0 ? 32 : 8; /* rows of whole words, or of bytes */
  uint32_t wrong = (bits == 32 ? mmio_read(address) : mmio_read8(address)) ^ written;
  if (bits == 8) wrong &= 0xffu;
  for (uint32_t c = first; wrong != 0; ++c, wrong >>= 1) {
    if (wrong & 1 && c >= span->first && c < span->end) add_stuck(bench, c);
  }
}

/* Counts stuck cells: all cells 0, then all 1, read back. */
static enum leyden_failure count_stuck(struct bench* bench, const struct span* span) {
  const uint32_t rows = cim_rows(bench->macro), step = bench->columns % 32 == 0 ? 32 : 8;
  for (uint32_t value = 0; value < 2; ++value) {
    memset(bench->pattern, value ? 0xff : 0, bench->columns / 8);
    const enum leyden_failure failure = calibrate_write_rows(bench, rows);
    if (failure != LEYDEN_FAIL_NONE) return failure;
    for (uint32_t row = 0; row < rows; ++row) {
      for (uint32_t c = span->first & ~(step - 1); c < span->end; c += step) {
        compare(bench, span, row, c, value ? 0xffffffffu : 0);
      }
    }
  }
  return LEYDEN_FAIL_NONE;
}

/* Measures columns one by one, one bit each, at both levels. */
static enum leyden_failure find_codeless(struct bench* bench, const struct pass* pass) {
  const struct round* round = &bench->rounds[0];
  enum leyden_failure failure = calibrate_write_weights(bench, pass);
  for (uint32_t level = 0; level < LEVELS && failure == LEYDEN_FAIL_NONE; ++level) {
    failure = calibrate_measure(bench, pass, round, level);
  }
  if (failure != LEYDEN_FAIL_NONE) return failure;
  const int64_t count = (int64_t)(round->jobs * bench->positions) << round->shift;
  const int64_t end = (16 << (bench->out_bits - 1)) - 16; /* of the range, from its middle */
  for (uint32_t j = 0; j < pass->outputs; ++j) {
    const int64_t span = -bench->span * count;
    const int64_t found = span + bench->sums[1][j] - bench->sums[0][j];
    const int64_t slope_256 = calibrate_divide(256 * found, span);
    int bad = slope_256 < 128 || slope_256 > 512;
    for (uint32_t level = 0; bench->abn_entries != 0 && level < LEVELS; ++level) {
      /* Each level belongs in the middle: a code at an end is one that does not move. */
      const int64_t off = bench->sums[level][j];
      bad |= (off < 0 ? -off : off) >= count * end;
    }
    if (bad) bench->scores[pass->first + j] |= SCORE_NO_CODES;
  }
  return LEYDEN_FAIL_NONE;
}

static enum leyden_failure score(struct bench* bench, const struct span* span) {
  const uint32_t most = bench->abn_entries ? bench->abn_entries : bench->columns;
  for (uint32_t c = span->first; c < span->end; ++c) bench->scores[c] = 0;
  enum leyden_failure failure = LEYDEN_FAIL_NONE;
  for (uint32_t c = span->first; c < span->end && failure == LEYDEN_FAIL_NONE; c += most) {
    const struct pass pass = {c, 1, span->end - c < most ? span->end - c : most};
    failure = find_codeless(bench, &pass);
  }
  return failure == LEYDEN_FAIL_NONE ? count_stuck(bench, span) : failure;
}

/* @return the column with the highest score, or `columns` when all are good */
static uint32_t worst(const struct bench* bench) {
  uint32_t column = bench->columns, most = 0;
  for (uint32_t c = 0; c < bench->columns; ++c) {
    if (bench->scores[c] <= most) continue;
    most = bench->scores[c];
    column = c;
  }
  return column;
}

enum leyden_failure calibrate_repair(struct bench* bench, struct calibrate_repairs* repairs) {
  const uint32_t macro = bench->macro, spares = cim_spares(macro);
  repairs->spares += spares;
  for (uint32_t spare = 0; spare < spares; ++spare) cim_write_repair(macro, spare, 0);
  const struct span all = {0, bench->columns};
  enum leyden_failure failure = score(bench, &all);
  for (uint32_t spare = 0; spare < spares && failure == LEYDEN_FAIL_NONE; ++spare) {
    const uint32_t column = worst(bench);
    if (column == bench->columns) break;
    const uint16_t before = bench->scores[column];
    cim_write_repair(macro, spare, CIM_REPAIR_VALID | column);
    const struct span one = {column, column + 1};
    failure = score(bench, &one);
    if (bench->scores[column] < before) {
      ++repairs->replaced;
      repairs->left += bench->scores[column] != 0;
      bench->scores[column] = 0; /* it has its spare: no other one is tried */
    } else {                     /* the spare is no better: the column waits for the next one */
      cim_write_repair(macro, spare, 0);
      bench->scores[column] = before;
    }
  }
  for (uint32_t c = 0; c < bench->columns; ++c) repairs->left += bench->scores[c] != 0;
  return failure;
}

void calibrate_print_repairs(const struct calibrate_repairs* repairs) {
  uart_print("calibrate: spare columns ");
  uart_print_decimal(repairs->spares);
  uart_print(", columns replaced ");
  uart_print_decimal(repairs->replaced);
  uart_print(", bad ones left ");
  uart_print_decimal(repairs->left);
  uart_print("\n");
}
