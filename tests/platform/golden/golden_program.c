/* The library from C99: what docs/golden.md shows. A dense layer of four inputs and two outputs in
 * one position. Usage: golden_program CHIP_FILE. Prints the two codes and the cycles. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "leyden_golden.h"

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, leyden_last_error());
  return 1;
}

int main(int argc, char** argv) {
  /* weights[i][j] of 4 bits: output j's bits lie in columns 4 j to 4 j + 3, row i has 8 bytes. */
  static const int kWeights[4][2] = {{7, -8}, {1, 2}, {-3, 4}, {0, -1}};
  const uint8_t inputs[4] = {200, 17, 3, 255};
  const uint32_t table[2] = {256 | 128u << 20, 256 | 128u << 20}; /* gamma 1, beta 128 */
  const uint32_t words[LEYDEN_CIM_JOB_WORDS] = {
      0x20000000,                     /* IN_ADDR */
      1 | 1 << 16,                    /* IN_SIZE */
      4 | 4 << 16,                    /* IN_CHANNELS: 4, 4 bytes a pixel */
      1 | 1 << 8 | 1 << 16 | 1 << 24, /* KERNEL */
      0,                              /* PAD */
      4u << 16,                       /* WINDOW: all 4 */
      0x20000100,                     /* OUT_ADDR */
      1 | 1 << 16,                    /* OUT_SIZE */
      2 | 2 << 16,                    /* OUT_CHANNELS */
      1 << 8,                         /* PLACE: one unit */
      8 | 4 << 4 | 8 << 8,            /* PRECISION */
      0                               /* TAG */
  };
  leyden_chip* chip = NULL;
  uint8_t codes[2];
  uint64_t cycles = 0;
  uint32_t error = 0;
  int i;
  if (argc != 2) return 2;
  if (leyden_golden_check(LEYDEN_GOLDEN_VERSION) != LEYDEN_OK) return failed("version");
  if (leyden_open(argv[1], "cim.rows=36 cim.columns=64 cim.rows_per_unit=4", LEYDEN_QUANTISED, 0,
                  &chip) != LEYDEN_OK) {
    return failed("open");
  }
  for (i = 0; i < 4; ++i) {
    uint8_t row[8];
    memset(row, 0, sizeof row);
    row[0] = (uint8_t)((kWeights[i][0] & 15) | (kWeights[i][1] & 15) << 4);
    if (leyden_weights_write(chip, 0, 8u * (uint32_t)i, row, sizeof row) != LEYDEN_OK) {
      return failed("weights");
    }
  }
  for (i = 0; i < 2; ++i) {
    if (leyden_weights_put(chip, 0, 0x80000u + 4u * (uint32_t)i, table[i]) != LEYDEN_OK) {
      return failed("table");
    }
  }
  if (leyden_lmem_write(chip, words[0], inputs, sizeof inputs) != LEYDEN_OK) return failed("input");
  if (leyden_cim_run(chip, 0, words, &error, &cycles) != LEYDEN_OK) return failed("job");
  if (leyden_lmem_read(chip, words[6], codes, sizeof codes) != LEYDEN_OK) return failed("output");
  printf("%u %u %" PRIu64 "\n", codes[0], codes[1], cycles);
  return leyden_close(chip) == LEYDEN_OK ? 0 : failed("close");
}
