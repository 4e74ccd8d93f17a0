/* Convolution with any groups and dilation, for what a macro cannot take. */
#include "leyden/mmio.h"
#include "runtime/core_kernels.h"

/* sum (x[i] - zero) * w[i] over `count` codes and signed weights. */
static inline int32_t dot(uint32_t x, uint32_t w, uint32_t count, int32_t zero, int32_t sum) {
  uint32_t i = 0;
  if (((x | w) & 3) == 0) { /* a word of LMEM costs what a byte costs */
    for (; count - i >= 4; i += 4) {
      const uint32_t codes = mmio_read(x + i);
      const uint32_t weights = mmio_read(w + i);
      sum += ((int32_t)(codes & 0xff) - zero) * (int32_t)(int8_t)weights;
      sum += ((int32_t)(codes >> 8 & 0xff) - zero) * (int32_t)(int8_t)(weights >> 8);
      sum += ((int32_t)(codes >> 16 & 0xff) - zero) * (int32_t)(int8_t)(weights >> 16);
      sum += ((int32_t)(codes >> 24) - zero) * (int32_t)(int8_t)(weights >> 24);
    }
  }
  for (; i < count; ++i) {
    sum += ((int32_t)mmio_read8(x + i) - zero) * (int32_t)(int8_t)mmio_read8(w + i);
  }
  return sum;
}

/* Taps of one output; rows and columns outside the source count as 0. */
static int32_t window_sum(const struct core_job* job, uint32_t first_channel, uint32_t count,
                          uint32_t oy, uint32_t ox, uint32_t weights) {
  const int32_t zero = (int32_t)job->fill;
  int32_t y = (int32_t)(oy * job->stride_y) - (int32_t)job->pad_top;
  int32_t sum = 0;
  for (uint32_t ky = 0; ky < job->kernel_height; ++ky, y += (int32_t)job->dilation_y) {
    if (y < 0 || y >= (int32_t)job->in_height) {
      weights += job->kernel_width * count;
      continue;
    }
    const uint32_t row =
        job->source + (uint32_t)y * job->in_width * job->in_channels + first_channel;
    int32_t x = (int32_t)(ox * job->stride_x) - (int32_t)job->pad_left;
    for (uint32_t kx = 0; kx < job->kernel_width; ++kx, x += (int32_t)job->dilation_x) {
      if (x >= 0 && x < (int32_t)job->in_width) {
        sum = dot(row + (uint32_t)x * job->in_channels, weights, count, zero, sum);
      }
      weights += count;
    }
  }
  return sum;
}

void core_conv(const struct core_job* job) {
  const uint32_t count = job->in_channels / job->groups;
  const uint32_t outputs = job->out_channels / job->groups;
  const uint32_t row = job->kernel_width * job->kernel_height * count;
  const uint32_t weights = job->data + LEYDEN_CORE_CONV_ENTRY_BYTES * job->out_channels;
  uint32_t to = job->destination;
  for (uint32_t oy = 0; oy < job->out_height; ++oy) {
    for (uint32_t ox = 0; ox < job->out_width; ++ox) {
      uint32_t entry = job->data, kernel = weights;
      for (uint32_t group = 0; group < job->groups; ++group) {
        for (uint32_t o = 0; o < outputs; ++o, kernel += row) {
          const int32_t sum = window_sum(job, group * count, count, oy, ox, kernel);
          const int32_t multiplier = (int32_t)mmio_read(entry);
          const int32_t offset = (int32_t)mmio_read(entry + 4);
          entry += LEYDEN_CORE_CONV_ENTRY_BYTES;
          mmio_write8(to++, (uint8_t)core_requantise(job, (int64_t)sum * multiplier + offset, 0));
        }
      }
    }
  }
}
