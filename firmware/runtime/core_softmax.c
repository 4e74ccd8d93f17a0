/* Softmax and its logarithm over the channels of every pixel, in integers. */
#include "leyden/mmio.h"
#include "runtime/core_kernels.h"

static uint32_t greatest(uint32_t from, uint32_t channels) {
  uint32_t most = 0;
  for (uint32_t c = 0; c < channels; ++c) {
    const uint32_t code = mmio_read8(from + c);
    if (code > most) most = code;
  }
  return most;
}

/* Sum of exp over the channels; never 0, whatever the table holds. */
static uint32_t sum_of_exponentials(const struct core_job* job, uint32_t from, uint32_t most) {
  uint32_t sum = 0;
  for (uint32_t c = 0; c < job->in_channels; ++c) {
    sum += mmio_read(job->data + 4 * (most - mmio_read8(from + c)));
  }
  return sum ? sum : 1;
}

void core_softmax(const struct core_job* job) {
  const uint32_t pixels = job->in_width * job->in_height;
  const uint32_t numerators = job->data + 4 * LEYDEN_CORE_EXP_ENTRIES;
  uint32_t from = job->source, to = job->destination;
  for (uint32_t p = 0; p < pixels; ++p, from += job->in_channels) {
    const uint32_t most = greatest(from, job->in_channels);
    const uint32_t sum = sum_of_exponentials(job, from, most);
    const uint32_t half = sum >> 1;
    for (uint32_t c = 0; c < job->in_channels; ++c) {
      const uint32_t numerator = mmio_read(numerators + 4 * (most - mmio_read8(from + c)));
      const int64_t code = (int64_t)((numerator + half) / sum) + job->offset;
      const int64_t clamped = code < job->low ? job->low : code > job->high ? job->high : code;
      mmio_write8(to++, (uint8_t)clamped);
    }
  }
}

/* log2(sum / 2^15) with 16 fraction bits: a table of 257 values, straight lines between them. */
static int32_t binary_logarithm(const struct core_job* job, uint32_t sum) {
  const uint32_t table = job->data + 4 * LEYDEN_CORE_EXP_ENTRIES;
  int32_t exponent = 31;
  while (!(sum & 0x80000000u)) {
    sum <<= 1;
    --exponent;
  }
  const uint32_t entry = table + 4 * (sum >> 23 & 0xffu);
  const uint32_t here = mmio_read(entry), next = mmio_read(entry + 4);
  const uint32_t between = ((next - here) * (sum >> 7 & 0xffffu)) >> 16;
  const int32_t whole = exponent - (int32_t)LEYDEN_CORE_EXP_BITS;
  return (int32_t)((uint32_t)whole << 16) + (int32_t)(here + between);
}

void core_log_softmax(const struct core_job* job) {
  const uint32_t pixels = job->in_width * job->in_height;
  uint32_t from = job->source, to = job->destination;
  for (uint32_t p = 0; p < pixels; ++p, from += job->in_channels) {
    const uint32_t most = greatest(from, job->in_channels);
    const int32_t logarithm = binary_logarithm(job, sum_of_exponentials(job, from, most));
    const int64_t base = -(int64_t)job->second * logarithm;
    for (uint32_t c = 0; c < job->in_channels; ++c) {
      const int32_t below = (int32_t)mmio_read8(from + c) - (int32_t)most;
      mmio_write8(to++,
                  (uint8_t)core_requantise(job, base + (int64_t)job->factor * below, job->offset));
    }
  }
}
