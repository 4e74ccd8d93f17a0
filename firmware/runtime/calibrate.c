#include "runtime/calibrate.h"

#include <string.h>

#include "hal/cim.h"
#include "hal/dma.h"
#include "hal/sysctl.h"
#include "hal/uart.h"
#include "leyden/mmio.h"
#include "leyden/registers.h"
#include "runtime/calibrate_bench.h"
#include "runtime/calibrate_repair.h"

#define PAIR(low, high) ((uint32_t)(low) | (uint32_t)(high) << 16)
#define POSITIONS 16u /* conversions of a column in one job, where LMEM has room */
#define LEAST_BITS 3u /* of a converter whose mean code tells a level */
#define DMA_CHANNEL 0u

enum post { POST_NONE = 0, POST_ABN = 1 };

/* Wide first, so that every column is seen; then close, where INL and steps count little. The last
 * one verifies. Without an ABN table the range is as it is. */
static const struct round abn_rounds[] = {{0, 1}, {2, 2}, {4, 8}, {4, 8}};
static const struct round plain_rounds[] = {{0, 4}, {0, 8}, {0, 8}};

static void* take(struct runtime_arena* arena, uint32_t bytes) {
  bytes = (bytes + 3u) & ~3u;
  if (bytes > arena->bytes) return NULL;
  void* start = arena->start;
  arena->start = (char*)start + bytes;
  arena->bytes -= bytes;
  return start;
}

/* Whether this macro's levels are known: two's complement weights in cells of a bit. */
static int read_macro(struct bench* bench, uint32_t n) {
  const uint32_t is = mmio_read(LEYDEN_CIM_BASE(n) + LEYDEN_CIM_MACRO);
#define FIELD(name) ((is & LEYDEN_CIM_MACRO_##name) >> LEYDEN_CIM_MACRO_##name##_SHIFT)
  const uint32_t post = FIELD(POST);
  const uint32_t page_rows = cim_rows(n) / FIELD(PAGES);
  const uint32_t unit = cim_rows_per_unit(n);
  bench->macro = n;
  bench->columns = cim_columns(n);
  bench->units = page_rows / unit < 255u ? page_rows / unit : 255u;
  bench->rows = bench->units * unit;
  bench->in_bits = FIELD(IN_BITS);
  bench->weight_bits = FIELD(WEIGHT_BITS);
  bench->out_bits = FIELD(OUT_BITS);
  bench->range_shift = FIELD(RANGE_SHIFT);
  bench->abn_entries = post == POST_ABN ? cim_abn_entries(n) : 0;
  bench->rounds = post == POST_ABN ? abn_rounds : plain_rounds;
  bench->round_count = post == POST_ABN ? sizeof abn_rounds / sizeof abn_rounds[0]
                                        : sizeof plain_rounds / sizeof plain_rounds[0];
  return post <= POST_ABN && FIELD(REPRESENTATION) == 0 && FIELD(CELL_BITS) == 1 &&
         bench->out_bits >= LEAST_BITS;
#undef FIELD
}

/* Puts both inputs into LMEM. The second level is x 2^(b + r - bx - 1) LSB of the rows that are on:
 * 3/8 of the range where an input code gives that, else a quarter of it. */
static enum leyden_failure prepare_inputs(struct bench* bench) {
  const uint32_t rows = bench->rows, to_range = bench->range_shift;
  uint32_t code = 1, off = 0;
  int32_t level = 16 << (bench->out_bits - 2);
  if (bench->in_bits >= to_range + 2) {
    code = 3u << (bench->in_bits - 2 - to_range);
    level = 3 * 16 << (bench->out_bits - 3);
  } else if (bench->in_bits == to_range + 1) {
    code = 1;
  } else {
    off = to_range + 1 - bench->in_bits; /* only one row of 2^off is on */
  }
  const uint32_t on = rows >> off;
  if (on == 0) return LEYDEN_FAIL_CALIBRATE;
  bench->span = -(level * (int32_t)(on << off) / (int32_t)rows);
  for (uint32_t i = 0; i < LEVELS; ++i) {
    uint8_t* pixel = (uint8_t*)(uintptr_t)bench->inputs[i];
    memset(pixel, 0, rows);
    if (i == 1) memset(pixel, (int)code, on);
    const struct dma_descriptor copies = {
        bench->inputs[i], bench->inputs[i] + rows, rows, bench->positions - 1, 0, rows, 0, 0};
    if (bench->positions > 1 && dma_transfer(DMA_CHANNEL, &copies) != 0) return LEYDEN_FAIL_DMA;
  }
  return LEYDEN_FAIL_NONE;
}

static enum leyden_failure place(struct bench* bench, struct runtime_arena arena) {
  const uint32_t row_bytes = (bench->rows + 15u) & ~15u, out_bytes = (bench->columns + 15u) & ~15u;
  bench->positions = (sysctl_lmem_bytes() - 64u) / (LEVELS * row_bytes + out_bytes);
  if (bench->positions > POSITIONS) bench->positions = POSITIONS;
  bench->inputs[0] = LEYDEN_LMEM_BASE;
  bench->inputs[1] = bench->inputs[0] + bench->positions * row_bytes;
  bench->outputs = bench->inputs[1] + bench->positions * row_bytes;
  bench->sums[0] = take(&arena, 4u * bench->columns);
  bench->sums[1] = take(&arena, 4u * bench->columns);
  bench->pattern = take(&arena, bench->columns / 8);
  bench->scores = take(&arena, 2u * bench->columns);
  if (bench->positions == 0 || bench->scores == NULL) return LEYDEN_FAIL_CALIBRATE;
  return prepare_inputs(bench);
}

enum leyden_failure calibrate_write_rows(const struct bench* bench, uint32_t rows) {
  const uint32_t bytes = bench->columns / 8;
  const struct dma_descriptor copies = {(uint32_t)(uintptr_t)bench->pattern,
                                        LEYDEN_CIM_WEIGHTS_BASE(bench->macro),
                                        bytes,
                                        rows,
                                        0,
                                        bytes,
                                        0,
                                        0};
  return dma_transfer(DMA_CHANNEL, &copies) == 0 ? LEYDEN_FAIL_NONE : LEYDEN_FAIL_DMA;
}

enum leyden_failure calibrate_write_weights(const struct bench* bench, const struct pass* pass) {
  const uint32_t bytes = bench->columns / 8;
  memset(bench->pattern, 0, bytes);
  for (uint32_t j = 0; j < pass->outputs; ++j) {
    const uint32_t column = pass->first + (j + 1) * pass->bits - 1;
    bench->pattern[column / 8] |= (uint8_t)(1u << column % 8);
  }
  return calibrate_write_rows(bench, bench->rows);
}

static void add_codes(const struct bench* bench, const struct pass* pass, int32_t* sums,
                      int32_t expected) {
  const uint32_t stride = (pass->outputs + 3u) & ~3u;
  for (uint32_t p = 0; p < bench->positions; ++p) {
    for (uint32_t j = 0; j < pass->outputs;) {
      const uint32_t address = bench->outputs + p * stride + j;
      const uint32_t here = pass->outputs - j < 4 ? 1 : 4; /* the last ones were written singly */
      uint32_t codes = here == 4 ? mmio_read(address) : mmio_read8(address);
      for (uint32_t i = j; i < j + here; ++i, codes >>= 8) {
        sums[i] += 16 * (int32_t)(codes & 0xff) - expected;
      }
      j += here;
    }
  }
}

enum leyden_failure calibrate_measure(struct bench* bench, const struct pass* pass,
                                      const struct round* round, uint32_t level) {
  const int32_t middle = 16 << (bench->out_bits - 1); /* code/16 */
  const int32_t sign = pass->bits == 1 ? -1 : 1;
  const int32_t signal = level == 0 ? 0 : sign * bench->span;
  for (uint32_t j = 0; bench->abn_entries != 0 && j < pass->outputs; ++j) {
    cim_write_abn(bench->macro, j, (uint16_t)(256u << round->shift),
                  (int16_t)(middle - signal * (1 << round->shift)));
  }
  const uint32_t stride = (pass->outputs + 3u) & ~3u;
  struct cim_job job = {
      .in_address = bench->inputs[level],
      .in_size = PAIR(bench->positions, 1),
      .in_channels = PAIR(bench->rows, bench->rows),
      .kernel = 0x01010101u,
      .window = PAIR(0, bench->rows),
      .out_address = bench->outputs,
      .out_size = PAIR(bench->positions, 1),
      .out_channels = PAIR(pass->outputs, stride),
      .place = bench->units << LEYDEN_CIM_PLACE_UNIT_COUNT_SHIFT |
               pass->first << LEYDEN_CIM_PLACE_COLUMN_FIRST_SHIFT,
      .precision = bench->in_bits << LEYDEN_CIM_PRECISION_IN_BITS_SHIFT |
                   pass->bits << LEYDEN_CIM_PRECISION_WEIGHT_BITS_SHIFT |
                   bench->out_bits << LEYDEN_CIM_PRECISION_OUT_BITS_SHIFT,
  };
  memset(bench->sums[level], 0, 4u * pass->outputs);
  for (uint32_t i = 0; i < round->jobs; ++i) {
    job.tag = bench->serial++ & LEYDEN_CIM_TAG_TILE;
    if (cim_run(bench->macro, &job) != 0) return LEYDEN_FAIL_CIM;
    add_codes(bench, pass, bench->sums[level], bench->abn_entries ? middle : middle + signal);
  }
  return LEYDEN_FAIL_NONE;
}

int64_t calibrate_divide(int64_t numerator, int64_t denominator) {
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  return (numerator < 0 ? numerator - denominator / 2 : numerator + denominator / 2) / denominator;
}

static int64_t limited(int64_t value, int64_t least, int64_t most) {
  return value < least ? least : value > most ? most : value;
}

/* What one column's sums say. All in units of LSB/16 of the input over `count`. */
struct finding {
  int64_t count; /* conversions times gamma */
  int64_t error; /* of the level without charge */
  int64_t span;  /* ideal difference of the levels */
  int64_t found; /* measured difference */
};

static void note(struct calibrate_errors* errors, const struct finding* f) {
  const int64_t offset = calibrate_divide(f->error * 16, f->count);
  const int64_t gain = calibrate_divide((f->found - f->span) * 100000, f->span);
  errors->offset_squares += (uint64_t)(offset * offset);
  errors->gain_squares += (uint64_t)(gain * gain);
}

/* value = value' of before, with G and O in it: the new ones make the span ideal, the offset 0.
 * @return 0 when the column is out of reach: it is set back to reset */
static int trim(uint32_t macro, uint32_t column, const struct finding* f) {
  const uint32_t old = cim_trim(macro, column);
  const int64_t gain = old & 0xffff, offset = (int16_t)(old >> 16);
  const int64_t slope_256 = calibrate_divide(256 * f->found, f->span);
  if (slope_256 < 128 || slope_256 > 512) {
    cim_write_trim(macro, column, CIM_TRIM_RESET);
    return 0;
  }
  const int64_t new_gain = calibrate_divide(gain * f->span, f->found);
  const int64_t new_offset = calibrate_divide(
      calibrate_divide((offset * f->count - f->error) * f->span, f->found), f->count);
  cim_write_trim(
      macro, column,
      (uint32_t)limited(new_offset, -32768, 32767) << 16 | (uint32_t)limited(new_gain, 1, 65535));
  return 1;
}

static enum leyden_failure run_pass(struct bench* bench, const struct pass* pass,
                                    struct calibrate_summary* summary) {
  enum leyden_failure failure = calibrate_write_weights(bench, pass);
  for (uint32_t r = 0; r < bench->round_count && failure == LEYDEN_FAIL_NONE; ++r) {
    const struct round* round = &bench->rounds[r];
    for (uint32_t level = 0; level < LEVELS && failure == LEYDEN_FAIL_NONE; ++level) {
      failure = calibrate_measure(bench, pass, round, level);
    }
    const int last = r + 1 == bench->round_count;
    for (uint32_t j = 0; j < pass->outputs && failure == LEYDEN_FAIL_NONE; ++j) {
      struct finding f;
      f.count = (int64_t)(round->jobs * bench->positions) << round->shift;
      f.error = bench->sums[0][j];
      f.span = (pass->bits == 1 ? -1 : 1) * bench->span * f.count;
      f.found = f.span + bench->sums[1][j] - f.error;
      if (r == 0) note(&summary->before, &f);
      if (last) note(&summary->after, &f);
      if (!last && !trim(bench->macro, pass->first + j * pass->bits, &f) &&
          r + 2 == bench->round_count) {
        ++summary->out_of_reach;
      }
    }
  }
  return failure;
}

/* The next pass, so that in the end every column was the first one of an output, of as many bits as
 * there are up to weight_bits. @return 0 when all were */
static int next_pass(const struct bench* bench, struct pass* pass) {
  const uint32_t most = bench->weight_bits < bench->columns ? bench->weight_bits : bench->columns;
  const uint32_t room = bench->abn_entries ? bench->abn_entries : bench->columns;
  uint32_t first = 0, bits = most;
  if (pass->outputs != 0) {
    first = pass->first + pass->outputs * pass->bits;
    if (pass->bits < most) {
      bits = pass->bits - 1; /* the last columns, one by one */
      first = bench->columns - bits;
    } else if (first + bits > bench->columns) { /* the next column of each output */
      const uint32_t start = pass->first % most + 1;
      const int fits = start < most && start + most <= bench->columns; /* not in a few columns */
      bits = fits ? most : most - 1;
      first = fits ? start : bench->columns - bits;
    }
  }
  if (bits == 0) return 0;
  pass->first = first;
  pass->bits = bits;
  pass->outputs = bits < most ? 1 : (bench->columns - first) / bits;
  if (pass->outputs > room) pass->outputs = room;
  return 1;
}

static enum leyden_failure calibrate_macro(uint32_t n, struct runtime_arena arena,
                                           struct calibrate_summary* summary) {
  struct bench bench;
  memset(&bench, 0, sizeof bench);
  if (!read_macro(&bench, n)) return LEYDEN_FAIL_CALIBRATE;
  for (uint32_t c = 0; c < bench.columns; ++c) cim_write_trim(n, c, CIM_TRIM_RESET);
  enum leyden_failure failure = place(&bench, arena);
  if (failure == LEYDEN_FAIL_NONE && cim_spares(n) != 0) {
    failure = calibrate_repair(&bench, &summary->repairs);
  }
  struct pass pass = {0, 0, 0};
  while (failure == LEYDEN_FAIL_NONE && next_pass(&bench, &pass)) {
    failure = run_pass(&bench, &pass, summary);
  }
  ++summary->macros;
  summary->columns += bench.columns;
  return failure;
}

enum leyden_failure calibrate_all(struct runtime_arena arena, struct calibrate_summary* summary) {
  memset(summary, 0, sizeof *summary);
  enum leyden_failure failure = LEYDEN_FAIL_NONE;
  for (uint32_t n = 0; n < sysctl_macros() && failure == LEYDEN_FAIL_NONE; ++n) {
    failure = calibrate_macro(n, arena, summary);
  }
  return failure;
}

static uint32_t root(uint64_t square) { /* floor */
  uint32_t result = 0;
  for (uint32_t bit = 1u << 31; bit; bit >>= 1) {
    const uint64_t trial = result | bit;
    if (trial * trial <= square) result |= bit;
  }
  return result;
}

static void print_thousandths(uint32_t value) {
  uart_print_decimal(value / 1000);
  uart_put('.');
  uart_put((char)('0' + value / 100 % 10));
  uart_put((char)('0' + value / 10 % 10));
  uart_put((char)('0' + value % 10));
}

/* Root mean square of `count` squares of units that are `numerator / denominator` thousandths. */
static void print_rms(uint64_t squares, uint32_t count, uint32_t numerator, uint32_t denominator) {
  print_thousandths(root(squares / count * numerator * numerator) / denominator);
}

void calibrate_print(const struct calibrate_summary* summary) {
  if (summary->repairs.spares != 0) calibrate_print_repairs(&summary->repairs);
  uart_print("calibrate: macros ");
  uart_print_decimal(summary->macros);
  uart_print(", columns ");
  uart_print_decimal(summary->columns);
  uart_print(", out of reach ");
  uart_print_decimal(summary->out_of_reach);
  uart_print(", offset rms ");
  print_rms(summary->before.offset_squares, summary->columns, 1000, 256);
  uart_print(" to ");
  print_rms(summary->after.offset_squares, summary->columns, 1000, 256);
  uart_print(" LSB, gain rms ");
  print_rms(summary->before.gain_squares, summary->columns, 1, 1);
  uart_print(" to ");
  print_rms(summary->after.gain_squares, summary->columns, 1, 1);
  uart_print(" %\n");
}
