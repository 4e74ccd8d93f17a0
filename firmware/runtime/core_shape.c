/* Kernels that move codes: copy, flatten, pad, and the number of the greatest channel. */
#include "leyden/mmio.h"
#include "runtime/core_kernels.h"

/* An access to LMEM costs the same for a byte and for a word. */
static void copy_bytes(uint32_t to, uint32_t from, uint32_t bytes) {
  uint32_t i = 0;
  if (((to ^ from) & 3) == 0) {
    for (; i < bytes && ((from + i) & 3) != 0; ++i) mmio_write8(to + i, mmio_read8(from + i));
    for (; bytes - i >= 4; i += 4) mmio_write(to + i, mmio_read(from + i));
  }
  for (; i < bytes; ++i) mmio_write8(to + i, mmio_read8(from + i));
}

static void fill_bytes(uint32_t to, uint8_t code, uint32_t bytes) {
  const uint32_t word = code * 0x01010101u;
  uint32_t i = 0;
  for (; i < bytes && ((to + i) & 3) != 0; ++i) mmio_write8(to + i, code);
  for (; bytes - i >= 4; i += 4) mmio_write(to + i, word);
  for (; i < bytes; ++i) mmio_write8(to + i, code);
}

void core_copy(const struct core_job* job) {
  copy_bytes(job->destination, job->source, job->in_width * job->in_height * job->in_channels);
}

void core_flatten(const struct core_job* job) {
  const uint32_t pixels = job->in_width * job->in_height;
  uint32_t to = job->destination;
  for (uint32_t c = 0; c < job->in_channels; ++c) {
    uint32_t from = job->source + c;
    for (uint32_t p = 0; p < pixels; ++p, from += job->in_channels) {
      mmio_write8(to++, mmio_read8(from));
    }
  }
}

void core_pad(const struct core_job* job) {
  const uint32_t pixel = job->out_channels;
  const uint32_t row = job->out_width * pixel;
  const uint8_t fill = (uint8_t)job->fill;
  /* Columns [left, right) of the result come from the source. */
  const uint32_t left = job->pad_left < job->out_width ? job->pad_left : job->out_width;
  const uint32_t room = job->out_width - left;
  const uint32_t columns = job->in_width < room ? job->in_width : room;
  uint32_t to = job->destination;
  for (uint32_t y = 0; y < job->out_height; ++y, to += row) {
    const uint32_t from = y - job->pad_top; /* wraps above the source */
    if (from >= job->in_height) {
      fill_bytes(to, fill, row);
      continue;
    }
    fill_bytes(to, fill, left * pixel);
    copy_bytes(to + left * pixel, job->source + from * job->in_width * pixel, columns * pixel);
    fill_bytes(to + (left + columns) * pixel, fill, (room - columns) * pixel);
  }
}

void core_arg_max(const struct core_job* job) {
  const uint32_t pixels = job->in_width * job->in_height;
  uint32_t from = job->source;
  for (uint32_t p = 0; p < pixels; ++p) {
    uint32_t best = 0, best_code = mmio_read8(from);
    for (uint32_t c = 1; c < job->in_channels; ++c) {
      const uint32_t code = mmio_read8(from + c);
      if (code > best_code || (job->flag && code == best_code)) {
        best_code = code;
        best = c;
      }
    }
    from += job->in_channels;
    mmio_write8(job->destination + p, (uint8_t)best);
  }
}
