/* The network image: what the compiler writes and the firmware walks. The one definition of the
 * format, shared by C11 firmware and C++17 compiler. All fields little-endian, all structures made
 * of 32-bit words, offsets in bytes from the start of the image, the image 16-byte aligned in
 * off-chip memory. docs/abi.md tells the whole. */
#ifndef LEYDEN_IMAGE_H
#define LEYDEN_IMAGE_H

#include <stdint.h>

#include "core_step.h"

#define LEYDEN_IMAGE_MAGIC 0x4e44594cu /* "LYDN" */
#define LEYDEN_IMAGE_VERSION 2u

/* Layer numbers given to PERF.LAYER_BEGIN besides 0 .. layer_count - 1. */
#define LEYDEN_LAYER_BOOT 0xffff0000u   /* boot and weight load */
#define LEYDEN_LAYER_INPUT 0xffff0001u  /* input: off-chip memory to LMEM */
#define LEYDEN_LAYER_OUTPUT 0xffff0002u /* output: LMEM to off-chip memory, class on the core */
#define LEYDEN_LAYER_CALIBRATION 0xffff0004u /* trimming, before the weight load */

enum leyden_unit {
  LEYDEN_UNIT_CIM = 0,    /* instance n is bit n of a wait mask */
  LEYDEN_UNIT_VECTOR = 1, /* bit 16 */
  LEYDEN_UNIT_DMA = 2,    /* channel n is bit 24 + n */
  LEYDEN_UNIT_CORE = 3,   /* the core itself (leyden/core_step.h): done when the next step begins */
};
#define LEYDEN_WAIT_CIM(n) (1u << (n))
#define LEYDEN_WAIT_VECTOR (1u << 16)
#define LEYDEN_WAIT_DMA(n) (1u << (24 + (n)))

/* Spaces a DMA address of a step is relative to. */
enum leyden_space {
  LEYDEN_SPACE_BUS = 0,     /* a bus address as it is */
  LEYDEN_SPACE_IMAGE = 1,   /* offset into the image */
  LEYDEN_SPACE_INPUT = 2,   /* offset into the pending input (mailbox INPUT_ADDR) */
  LEYDEN_SPACE_OUTPUT = 3,  /* offset into the output slot (mailbox OUTPUT_ADDR) */
  LEYDEN_SPACE_SCRATCH = 4, /* offset into the scratch region, right behind the image */
};

/* What firmware tells as the class of an image. */
enum leyden_result {
  LEYDEN_RESULT_HIGHEST = 0, /* the first highest output code */
  LEYDEN_RESULT_VALUE = 1,   /* the output code itself: the network ends in an ArgMax */
  LEYDEN_RESULT_NONE = 2,    /* 0: the network is no classifier */
};

/* One command to one unit: wait until the unit itself and every unit of wait_mask is idle, write
 * word_count words to consecutive job registers from the unit's first job register, start it. */
#define LEYDEN_STEP_WORDS 16
struct leyden_step {
  uint32_t unit;      /* enum leyden_unit in [7:0], instance or channel in [15:8] */
  uint32_t wait_mask; /* units that must be idle first */
  uint32_t spaces;    /* DMA: space of words[0] (SRC) in [7:0], of words[1] (DST) in [15:8];
                       * core: space of DATA in [7:0] */
  uint32_t word_count;
  uint32_t words[LEYDEN_STEP_WORDS];
};

struct leyden_layer {
  uint32_t first_step;
  uint32_t step_count;
  uint32_t name_offset; /* NUL-terminated UTF-8 */
  uint32_t out_addr;    /* of the layer's output tensor in out_space, dense NHWC, u8 */
  uint32_t out_width;
  uint32_t out_height;
  uint32_t out_channels;
  uint32_t out_space; /* BUS: in LMEM; OUTPUT, SCRATCH: in off-chip memory */
};

struct leyden_image_header {
  uint32_t magic;
  uint32_t version;
  uint32_t total_bytes; /* of the whole image, a multiple of 16 */
  uint32_t crc32;       /* of all bytes after the header (CRC-32/ISO-HDLC, as zlib) */
  uint32_t chip_rows;   /* geometry it was compiled for; firmware refuses another */
  uint32_t chip_columns;
  uint32_t chip_macros;
  uint32_t lmem_bytes;
  uint32_t load_first_step; /* steps run once after boot: resident weights, ABN tables */
  uint32_t load_step_count;
  uint32_t input_first_step; /* steps per image that bring the input to LMEM */
  uint32_t input_step_count;
  uint32_t output_first_step; /* steps per image that bring the output to the output slot */
  uint32_t output_step_count;
  uint32_t layer_count;
  uint32_t layer_offset; /* struct leyden_layer[layer_count] */
  uint32_t step_count;
  uint32_t step_offset; /* struct leyden_step[step_count] */
  uint32_t input_bytes;
  uint32_t output_addr; /* LMEM bus address of the output tensor (u8 codes), 0: the layers wrote it
                           to the output slot */
  uint32_t output_bytes;
  uint32_t name_offset;
  uint32_t scratch_bytes; /* off-chip memory behind the image that steps write, a multiple of 16 */
  uint32_t result;        /* enum leyden_result */
  uint32_t reserved[8];
};

#endif
