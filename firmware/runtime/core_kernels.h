/* Kernels the core runs itself: what no other unit can do. docs/abi.md gives their equations. */
#ifndef LEYDEN_RUNTIME_CORE_KERNELS_H
#define LEYDEN_RUNTIME_CORE_KERNELS_H

#include <stdint.h>

#include "leyden/core_step.h"
#include "leyden/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The words of a step, taken apart. Sizes in pixels; addresses are bus addresses. */
struct core_job {
  uint32_t kernel, low, high, shift;
  uint32_t source, destination, data;
  uint32_t in_width, in_height, in_channels;
  uint32_t out_width, out_height, out_channels;
  uint32_t kernel_width, kernel_height, stride_x, stride_y;
  uint32_t pad_left, pad_top, dilation_x, dilation_y;
  uint32_t groups, fill, flag;
  int32_t factor, second, offset;
};

/* @param origin start of the space that DATA counts from */
struct core_job core_decode(const uint32_t* words, uint32_t origin);

/* Bytes that `job` reads at DATA. */
uint64_t core_data_bytes(const struct core_job* job);

/* Whether the step's shapes fit together and all it touches lies in LMEM, DATA possibly in the
 * image of `image_bytes` bytes behind its header. */
int core_step_is_good(const struct leyden_step* step, uint32_t lmem_bytes, uint32_t image_bytes);

/* Runs a step that core_step_is_good() has accepted. */
void core_run(const struct core_job* job);

/* The kernels. */
void core_copy(const struct core_job* job);
void core_flatten(const struct core_job* job);
void core_pad(const struct core_job* job);
void core_max_pool(const struct core_job* job);
void core_average_pool(const struct core_job* job);
void core_softmax(const struct core_job* job);
void core_log_softmax(const struct core_job* job);
void core_arg_max(const struct core_job* job);
void core_conv(const struct core_job* job);

/* clamp(((value + half) >> shift) + zero, low, high), half = 2^(shift-1), 0 for shift 0. */
static inline uint32_t core_requantise(const struct core_job* job, int64_t value, int32_t zero) {
  if (job->shift > 0) value = (value + ((int64_t)1 << (job->shift - 1))) >> job->shift;
  value += zero;
  if (value < (int64_t)job->low) return job->low;
  if (value > (int64_t)job->high) return job->high;
  return (uint32_t)value;
}

#ifdef __cplusplus
}
#endif
#endif
