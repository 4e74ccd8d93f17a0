/* Pooling where the vector unit cannot: dilation, and padding that is not to be counted. */
#include "leyden/mmio.h"
#include "runtime/core_kernels.h"

/* Taps of one axis that lie in the source: first coordinate and number. */
struct span {
  uint32_t first, count;
};

static struct span taps(uint32_t out, uint32_t stride, uint32_t pad, uint32_t kernel,
                        uint32_t dilation, uint32_t size) {
  int32_t at = (int32_t)(out * stride) - (int32_t)pad;
  struct span span = {0, 0};
  for (uint32_t k = 0; k < kernel; ++k, at += (int32_t)dilation) {
    if (at < 0 || at >= (int32_t)size) continue;
    if (span.count == 0) span.first = (uint32_t)at;
    ++span.count;
  }
  return span;
}

typedef uint32_t pool_function(const struct core_job* job, uint32_t from, struct span rows,
                               struct span columns, int32_t factor);

static inline void pool(const struct core_job* job, pool_function* reduce, int averages) {
  const uint32_t all = job->kernel_width * job->kernel_height;
  uint32_t to = job->destination;
  for (uint32_t oy = 0; oy < job->out_height; ++oy) {
    const struct span rows =
        taps(oy, job->stride_y, job->pad_top, job->kernel_height, job->dilation_y, job->in_height);
    for (uint32_t ox = 0; ox < job->out_width; ++ox) {
      const struct span columns =
          taps(ox, job->stride_x, job->pad_left, job->kernel_width, job->dilation_x, job->in_width);
      const uint32_t n = job->flag ? all : rows.count * columns.count;
      int32_t factor = 0;
      if (averages && n != 0) factor = (int32_t)(((uint32_t)job->factor + n / 2) / n);
      const uint32_t from =
          job->source + (rows.first * job->in_width + columns.first) * job->in_channels;
      for (uint32_t c = 0; c < job->in_channels; ++c) {
        mmio_write8(to++, (uint8_t)reduce(job, from + c, rows, columns, factor));
      }
    }
  }
}

static inline uint32_t greatest(const struct core_job* job, uint32_t from, struct span rows,
                                struct span columns, int32_t factor) {
  (void)factor;
  const uint32_t step = job->dilation_x * job->in_channels;
  const uint32_t row = job->dilation_y * job->in_width * job->in_channels;
  uint32_t most = 0;
  for (uint32_t y = 0; y < rows.count; ++y, from += row) {
    uint32_t at = from;
    for (uint32_t x = 0; x < columns.count; ++x, at += step) {
      const uint32_t code = mmio_read8(at);
      if (code > most) most = code;
    }
  }
  return most;
}

static inline uint32_t average(const struct core_job* job, uint32_t from, struct span rows,
                               struct span columns, int32_t factor) {
  const uint32_t step = job->dilation_x * job->in_channels;
  const uint32_t row = job->dilation_y * job->in_width * job->in_channels;
  int32_t sum = 0; /* at most 255^3 */
  for (uint32_t y = 0; y < rows.count; ++y, from += row) {
    uint32_t at = from;
    for (uint32_t x = 0; x < columns.count; ++x, at += step) sum += mmio_read8(at);
  }
  sum -= (int32_t)(job->fill * rows.count * columns.count);
  return core_requantise(job, (int64_t)sum * factor, job->offset);
}

void core_max_pool(const struct core_job* job) { pool(job, greatest, 0); }

void core_average_pool(const struct core_job* job) { pool(job, average, 1); }
