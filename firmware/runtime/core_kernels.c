#include "runtime/core_kernels.h"

#include "leyden/registers.h"

#define BYTE(word, n) ((word) >> 8 * (n)&0xffu)
#define LOW_HALF(word) ((word)&0xffffu)
#define HIGH_HALF(word) ((word) >> 16)
#define MOST_ROW_ELEMENTS 65535u /* their sum of products of 255 and 128 fits 32 bits */

struct core_job core_decode(const uint32_t* words, uint32_t origin) {
  const uint32_t first = words[LEYDEN_CORE_WORD_KERNEL];
  const uint32_t window = words[LEYDEN_CORE_WORD_WINDOW];
  const uint32_t pad = words[LEYDEN_CORE_WORD_PAD];
  const uint32_t groups = words[LEYDEN_CORE_WORD_GROUPS];
  const struct core_job job = {
      .kernel = BYTE(first, 0),
      .low = BYTE(first, 1),
      .high = BYTE(first, 2),
      .shift = BYTE(first, 3),
      .source = words[LEYDEN_CORE_WORD_SRC],
      .destination = words[LEYDEN_CORE_WORD_DST],
      .data = words[LEYDEN_CORE_WORD_DATA] + origin,
      .in_width = LOW_HALF(words[LEYDEN_CORE_WORD_IN_SIZE]),
      .in_height = HIGH_HALF(words[LEYDEN_CORE_WORD_IN_SIZE]),
      .in_channels = LOW_HALF(words[LEYDEN_CORE_WORD_CHANNELS]),
      .out_width = LOW_HALF(words[LEYDEN_CORE_WORD_OUT_SIZE]),
      .out_height = HIGH_HALF(words[LEYDEN_CORE_WORD_OUT_SIZE]),
      .out_channels = HIGH_HALF(words[LEYDEN_CORE_WORD_CHANNELS]),
      .kernel_width = BYTE(window, 0),
      .kernel_height = BYTE(window, 1),
      .stride_x = BYTE(window, 2),
      .stride_y = BYTE(window, 3),
      .pad_left = BYTE(pad, 0),
      .pad_top = BYTE(pad, 1),
      .dilation_x = BYTE(pad, 2),
      .dilation_y = BYTE(pad, 3),
      .groups = LOW_HALF(groups),
      .fill = BYTE(groups, 2),
      .flag = groups & LEYDEN_CORE_FLAG,
      .factor = (int32_t)words[LEYDEN_CORE_WORD_FACTOR],
      .second = (int32_t)words[LEYDEN_CORE_WORD_SECOND],
      .offset = (int32_t)words[LEYDEN_CORE_WORD_OFFSET],
  };
  return job;
}

/* Weights of one output: at most 255 * 255 * 65535. */
static uint64_t row_elements(const struct core_job* job) {
  return (uint64_t)job->kernel_width * job->kernel_height * (job->in_channels / job->groups);
}

uint64_t core_data_bytes(const struct core_job* job) {
  switch (job->kernel) {
    case LEYDEN_CORE_SOFTMAX:
      return 4 * (LEYDEN_CORE_EXP_ENTRIES + LEYDEN_CORE_EXP_ENTRIES);
    case LEYDEN_CORE_LOG_SOFTMAX:
      return 4 * (LEYDEN_CORE_EXP_ENTRIES + LEYDEN_CORE_LOG_ENTRIES);
    case LEYDEN_CORE_CONV:
      return (row_elements(job) + LEYDEN_CORE_CONV_ENTRY_BYTES) * job->out_channels;
    default:
      return 0;
  }
}

/* Whether [first, first + bytes) lies in a block of `size` bytes from `base`. */
static int inside(uint32_t first, uint64_t bytes, uint32_t base, uint32_t size) {
  return first >= base && first - base <= size && bytes <= size - (first - base);
}

static uint64_t in_bytes(const struct core_job* job) {
  return (uint64_t)job->in_width * job->in_height * job->in_channels;
}
static uint64_t out_bytes(const struct core_job* job) {
  return (uint64_t)job->out_width * job->out_height * job->out_channels;
}

static int window_is_good(const struct core_job* job) {
  return job->kernel_width && job->kernel_height && job->stride_x && job->stride_y &&
         job->dilation_x && job->dilation_y;
}

/* Whether the shapes are ones the kernel can do. */
static int shape_is_good(const struct core_job* job) {
  const int same_channels = job->in_channels == job->out_channels;
  const int same_size = job->in_width == job->out_width && job->in_height == job->out_height;
  if (in_bytes(job) == 0 || out_bytes(job) == 0) return 0;
  if (job->shift > 31 || job->low > job->high) return 0;
  switch (job->kernel) {
    case LEYDEN_CORE_COPY:
    case LEYDEN_CORE_FLATTEN:
      return in_bytes(job) == out_bytes(job);
    case LEYDEN_CORE_PAD:
      return same_channels;
    case LEYDEN_CORE_MAX_POOL:
      return same_channels && window_is_good(job);
    case LEYDEN_CORE_AVERAGE_POOL:
      return same_channels && window_is_good(job) && job->factor >= 0;
    case LEYDEN_CORE_SOFTMAX:
    case LEYDEN_CORE_LOG_SOFTMAX:
      return same_channels && same_size;
    case LEYDEN_CORE_ARG_MAX:
      return same_size && job->out_channels == 1 && job->in_channels <= 256;
    case LEYDEN_CORE_CONV:
      return window_is_good(job) && job->groups && job->in_channels % job->groups == 0 &&
             job->out_channels % job->groups == 0 && row_elements(job) <= MOST_ROW_ELEMENTS;
    default:
      return 0;
  }
}

int core_step_is_good(const struct leyden_step* step, uint32_t lmem_bytes, uint32_t image_bytes) {
  if (step->word_count != LEYDEN_CORE_WORDS) return 0;
  if (step->spaces != LEYDEN_SPACE_BUS && step->spaces != LEYDEN_SPACE_IMAGE) return 0;
  const struct core_job job = core_decode(step->words, 0);
  if (!shape_is_good(&job)) return 0;
  const uint64_t in = in_bytes(&job), out = out_bytes(&job), data = core_data_bytes(&job);
  if (!inside(job.source, in, LEYDEN_LMEM_BASE, lmem_bytes)) return 0;
  if (!inside(job.destination, out, LEYDEN_LMEM_BASE, lmem_bytes)) return 0;
  if (job.source < job.destination + out && job.destination < job.source + in) return 0;
  if (data == 0) return job.data == 0;
  if (job.data % 4 != 0) return 0;
  if (step->spaces == LEYDEN_SPACE_BUS) return inside(job.data, data, LEYDEN_LMEM_BASE, lmem_bytes);
  const uint32_t header = sizeof(struct leyden_image_header);
  return image_bytes >= header && inside(job.data, data, header, image_bytes - header);
}

void core_run(const struct core_job* job) {
  static void (*const kernels[LEYDEN_CORE_KERNELS])(const struct core_job*) = {
      [LEYDEN_CORE_COPY] = core_copy,
      [LEYDEN_CORE_FLATTEN] = core_flatten,
      [LEYDEN_CORE_PAD] = core_pad,
      [LEYDEN_CORE_MAX_POOL] = core_max_pool,
      [LEYDEN_CORE_AVERAGE_POOL] = core_average_pool,
      [LEYDEN_CORE_SOFTMAX] = core_softmax,
      [LEYDEN_CORE_LOG_SOFTMAX] = core_log_softmax,
      [LEYDEN_CORE_ARG_MAX] = core_arg_max,
      [LEYDEN_CORE_CONV] = core_conv,
  };
  kernels[job->kernel](job);
}
