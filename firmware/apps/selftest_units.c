/* Vector unit and CIM units on small jobs whose results can be told without knowing the chip. */
#include <string.h>

#include "apps/selftest.h"
#include "hal/cim.h"
#include "hal/sysctl.h"
#include "hal/vector.h"
#include "leyden/registers.h"

#define SOURCE SELFTEST_LMEM
#define SOURCE1 (SELFTEST_LMEM + 0x400u)
#define TABLE (SELFTEST_LMEM + 0x800u)
#define TARGET (SELFTEST_LMEM + 0xc00u)
#define PAIR(low, high) ((uint32_t)(low) | (uint32_t)(high) << 16)
#define BYTES4(a, b, c, d) (PAIR((a) | (b) << 8, (c) | (uint32_t)(d) << 8))

static uint8_t* at(uint32_t address) { return (uint8_t*)(uintptr_t)address; }

static int target_is(const uint8_t* expected, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    if (mmio_read8(TARGET + i) != expected[i]) return 0;
  }
  return 1;
}

static struct vector_job vector_job(enum vector_operation operation, uint32_t pixels,
                                    uint32_t channels) {
  const struct vector_job job = {
      .operation = (uint32_t)operation,
      .source0 = SOURCE,
      .source1 = SOURCE1,
      .destination = TARGET,
      .in_size = PAIR(1, 1),
      .out_size = PAIR(pixels, 1),
      .channels = channels,
      .kernel = BYTES4(1, 1, 1, 1),
      .table = TABLE,
      .scale0 = 1,
      .scale1 = 1,
      .result = 255u << LEYDEN_VECTOR_RESULT_HIGH_SHIFT,
  };
  return job;
}

static int pools(void) {
  static const uint8_t pixels[16] = {1, 5, 2, 0, 3, 4, 9, 7, 0, 0, 255, 1, 8, 6, 1, 3};
  static const uint8_t highest[4] = {5, 9, 8, 255}, means[4] = {3, 5, 4, 65};
  memcpy(at(SOURCE), pixels, sizeof pixels);
  struct vector_job job = vector_job(VECTOR_MAX_POOL, 2, 1);
  job.in_size = PAIR(4, 4);
  job.out_size = PAIR(2, 2);
  job.kernel = BYTES4(2, 2, 2, 2);
  int good = vector_run(&job) == 0 && target_is(highest, 4);
  job.operation = VECTOR_AVERAGE_POOL;
  job.result |= 2; /* a quarter, rounded */
  return vector_run(&job) == 0 && target_is(means, 4) && good;
}

static int adds(void) {
  static const uint8_t a[4] = {1, 100, 200, 0}, b[4] = {2, 20, 100, 9}, sums[4] = {3, 120, 255, 9};
  memcpy(at(SOURCE), a, sizeof a);
  memcpy(at(SOURCE1), b, sizeof b);
  const struct vector_job job = vector_job(VECTOR_ADD, 4, 1);
  return vector_run(&job) == 0 && target_is(sums, 4);
}

static int scales(void) {
  static const uint8_t codes[4] = {10, 20, 30, 40}, expected[4] = {15, 5, 45, 0};
  static const uint32_t table[8] = {3, 0, 0, 0, (uint32_t)-1, 30, 0, 0};
  memcpy(at(SOURCE), codes, sizeof codes);
  memcpy(at(TABLE), table, sizeof table);
  struct vector_job job = vector_job(VECTOR_SCALE, 2, 2);
  job.result |= 1; /* (3 a + 1) >> 1, (30 - a + 1) >> 1 */
  return vector_run(&job) == 0 && target_is(expected, 4);
}

void selftest_vector(void) {
  selftest_check("vector: max and average pool", pools());
  selftest_check("vector: add", adds());
  selftest_check("vector: scale", scales());
  struct vector_job job = vector_job(VECTOR_ADD, 1, 1);
  job.destination = LEYDEN_LMEM_BASE + sysctl_lmem_bytes();
  selftest_check("vector: refuses a region outside lmem", vector_run(&job) == 3);
}

/* One unit of rows, all inputs 255, 2-bit weights. Output 0: all +1, saturates high; output 1: all
 * -1, saturates low; output 2: all 0, gives beta. So for every chip, whatever its range; the
 * tolerance is for noise and offset in fidelity analog. */
static int macro_works(uint32_t macro) {
  enum { OUTPUTS = 3, BETA = 128, TOLERANCE = 8 };
  const uint32_t rows = cim_rows_per_unit(macro);
  memset(at(SOURCE), 255, rows);
  for (uint32_t row = 0; row < rows; ++row) cim_write_cells(macro, row, 0, 0x0d); /* 01 11 00 */
  cim_write_abn(macro, 0, 16 << 8, BETA << 4);
  cim_write_abn(macro, 1, 16 << 8, BETA << 4);
  cim_write_abn(macro, 2, 1 << 8, BETA << 4);
  const struct cim_job job = {
      .in_address = SOURCE,
      .in_size = PAIR(1, 1),
      .in_channels = PAIR(rows, rows),
      .kernel = BYTES4(1, 1, 1, 1),
      .window = PAIR(0, rows),
      .out_address = TARGET,
      .out_size = PAIR(1, 1),
      .out_channels = PAIR(OUTPUTS, OUTPUTS),
      .place = 1u << LEYDEN_CIM_PLACE_UNIT_COUNT_SHIFT,
      .precision = 8u << LEYDEN_CIM_PRECISION_IN_BITS_SHIFT |
                   2u << LEYDEN_CIM_PRECISION_WEIGHT_BITS_SHIFT |
                   8u << LEYDEN_CIM_PRECISION_OUT_BITS_SHIFT,
  };
  if (cim_run(macro, &job) != 0) return 0;
  const uint32_t middle = mmio_read8(TARGET + 2);
  return mmio_read8(TARGET) == 255 && mmio_read8(TARGET + 1) == 0 && middle >= BETA - TOLERANCE &&
         middle <= BETA + TOLERANCE;
}

static int refuses_too_many_rows(void) {
  struct cim_job job = {0};
  job.window = PAIR(0, cim_rows(0) + 1);
  return cim_run(0, &job) != 0;
}

void selftest_cim(void) {
  int good = 1;
  for (uint32_t macro = 0; macro < sysctl_macros(); ++macro) good &= macro_works(macro);
  selftest_check("cim: known job on every macro", good);
  selftest_check("cim: refuses a job that does not fit", refuses_too_many_rows());
}
