/* Steps of unit LEYDEN_UNIT_CORE: work the core does itself, as loops of the firmware. Shared by
 * C11 firmware and C++17 compiler. docs/abi.md gives the equation of every kernel. */
#ifndef LEYDEN_CORE_STEP_H
#define LEYDEN_CORE_STEP_H

#include <stdint.h>

enum leyden_core_kernel {
  LEYDEN_CORE_COPY = 0,         /* the source as it is */
  LEYDEN_CORE_FLATTEN = 1,      /* height x width x channels becomes channels x height x width */
  LEYDEN_CORE_PAD = 2,          /* pixels of FILL around the source, or a part of it */
  LEYDEN_CORE_MAX_POOL = 3,     /* any dilation */
  LEYDEN_CORE_AVERAGE_POOL = 4, /* padded taps left out of sum and divisor, or counted as 0 */
  LEYDEN_CORE_SOFTMAX = 5,
  LEYDEN_CORE_LOG_SOFTMAX = 6,
  LEYDEN_CORE_ARG_MAX = 7,
  LEYDEN_CORE_CONV = 8, /* any groups and dilation */
};
#define LEYDEN_CORE_KERNELS 9u

/* Words of a step. Every kernel has all of them; those it does not use are 0. */
enum leyden_core_word {
  LEYDEN_CORE_WORD_KERNEL = 0,   /* kernel [7:0], LOW [15:8], HIGH [23:16], SHIFT [31:24] */
  LEYDEN_CORE_WORD_SRC = 1,      /* LMEM bus address */
  LEYDEN_CORE_WORD_DST = 2,      /* LMEM bus address */
  LEYDEN_CORE_WORD_DATA = 3,     /* tables and weights: LMEM bus address or offset into the image */
  LEYDEN_CORE_WORD_IN_SIZE = 4,  /* width [15:0], height [31:16], pixels */
  LEYDEN_CORE_WORD_OUT_SIZE = 5, /* width [15:0], height [31:16], pixels */
  LEYDEN_CORE_WORD_CHANNELS = 6, /* of the source [15:0], of the result [31:16] */
  LEYDEN_CORE_WORD_WINDOW = 7,   /* kernel width, height, stride x, stride y: a byte each */
  LEYDEN_CORE_WORD_PAD = 8,      /* left, top, dilation x, dilation y: a byte each */
  LEYDEN_CORE_WORD_GROUPS = 9,   /* groups [15:0], FILL [23:16], flag [24] */
  LEYDEN_CORE_WORD_FACTOR = 10,  /* int32 */
  LEYDEN_CORE_WORD_SECOND = 11,  /* int32, second factor */
  LEYDEN_CORE_WORD_OFFSET = 12,  /* int32 */
};
#define LEYDEN_CORE_WORDS 13u

#define LEYDEN_CORE_FLAG (1u << 24) /* average_pool: divide by all taps; arg_max: the last one */

/* Tables at DATA. */
#define LEYDEN_CORE_EXP_ENTRIES 256u     /* uint32 round(2^15 exp(-scale d)), d = 0 .. 255 */
#define LEYDEN_CORE_EXP_BITS 15u         /* exp(0) is 2^15: 65535 of them fit 31 bits */
#define LEYDEN_CORE_LOG_ENTRIES 257u     /* uint32 round(2^16 log2(1 + i / 256)) */
#define LEYDEN_CORE_CONV_ENTRY_BYTES 16u /* int32 multiplier, int32 offset, 0, 0: one an output */

#endif
