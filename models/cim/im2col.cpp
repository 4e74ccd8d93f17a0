#include "models/cim/im2col.h"

#include <algorithm>
#include <cstring>

// Highway compiles what lies between BEFORE and AFTER once per instruction set and chooses at run
// time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/cim/im2col.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace leyden::cim {
namespace HWY_NAMESPACE {  // NOLINT(readability-identifier-naming): a macro, N_AVX2 and so on
namespace hn = hwy::HWY_NAMESPACE;

/// Copies 4 to 16 bytes (Word of half to all of them) as a first and a last word that may overlap.
template <typename Word>
void copy_ends(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes) {
  Word first;
  Word last;
  std::memcpy(&first, from, sizeof first);
  std::memcpy(&last, from + bytes - sizeof last, sizeof last);
  std::memcpy(to, &first, sizeof first);
  std::memcpy(to + bytes - sizeof last, &last, sizeof last);
}

/// Copies at least a vector: the last one ends with the row, over bytes that are there already.
HWY_INLINE void copy_vectors(std::uint8_t* HWY_RESTRICT to, const std::uint8_t* HWY_RESTRICT from,
                             std::size_t bytes) {
  constexpr hn::ScalableTag<std::uint8_t> kBytes;
  const std::size_t lanes = hn::Lanes(kBytes);
  for (std::size_t i = 0; i + lanes < bytes; i += lanes) {
    hn::StoreU(hn::LoadU(kBytes, from + i), kBytes, to + i);
  }
  hn::StoreU(hn::LoadU(kBytes, from + bytes - lanes), kBytes, to + bytes - lanes);
}

/// `lines` runs of `bytes`, line_bytes apart, one after the other. They are short: a call of memcpy
/// for each costs more than the bytes.
void copy_lines(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes, unsigned lines,
                std::size_t line_bytes) {
  const auto each = [&](auto copy) HWY_ATTR {
    for (unsigned i = 0; i < lines; ++i) copy(to + i * bytes, from + i * line_bytes);
  };
  if (bytes > 16 && bytes >= hn::Lanes(hn::ScalableTag<std::uint8_t>())) {
    each([=](auto* t, const auto* f) HWY_ATTR { copy_vectors(t, f, bytes); });
  } else if (bytes > 16) {
    each([=](auto* t, const auto* f) { std::memcpy(t, f, bytes); });
  } else if (bytes >= 8) {
    each([=](auto* t, const auto* f) { copy_ends<std::uint64_t>(t, f, bytes); });
  } else if (bytes >= 4) {
    each([=](auto* t, const auto* f) { copy_ends<std::uint32_t>(t, f, bytes); });
  } else {
    each([=](auto* t, const auto* f) {
      for (std::size_t i = 0; i < bytes; ++i) t[i] = f[i];
    });
  }
}
void copy(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes) {
  copy_lines(to, from, bytes, 1, 0);
}

/// One kernel row of one window, elements [first, last) of its kernel_width * channels.
void gather_row(const Job& job, const std::uint8_t* line, int x0, unsigned first, unsigned last,
                std::uint8_t* to) {
  const unsigned channels = job.in_channels;
  // Dense pixels wholly inside the input: one run of bytes.
  if (job.in_pixel_stride == channels && job.dilation_x == 1 && x0 >= 0 &&
      x0 + static_cast<int>(job.kernel_width) <= static_cast<int>(job.in_width)) {
    copy(to, line + static_cast<std::size_t>(x0) * channels + first, last - first);
    return;
  }
  for (unsigned e = first; e < last;) {
    const unsigned kx = e / channels;
    const unsigned channel = e % channels;
    const unsigned count = std::min(last - e, channels - channel);
    const int x = x0 + static_cast<int>(kx * job.dilation_x);
    if (x < 0 || x >= static_cast<int>(job.in_width)) {
      std::memset(to, job.pad_value, count);
    } else {
      copy(to, line + static_cast<std::size_t>(x) * job.in_pixel_stride + channel, count);
    }
    to += count;
    e += count;
  }
}

void gather_windows(const Job& job, const std::uint8_t* input, std::size_t first_position,
                    std::size_t count, std::uint8_t* rows) {
  const unsigned run = job.kernel_width * job.in_channels;  // elements of a kernel row
  const unsigned end = job.window_first + job.window_count;
  const unsigned ky_first = job.window_first / run;
  const unsigned ky_last = (end - 1) / run;
  const std::size_t line_bytes = std::size_t{job.in_width} * job.in_pixel_stride;
  const bool whole = job.window_count == job.window() && job.in_pixel_stride == job.in_channels &&
                     job.dilation_x == 1 && job.dilation_y == 1;
  const int last_x0 = static_cast<int>(job.in_width) - static_cast<int>(job.kernel_width);
  const int last_y0 = static_cast<int>(job.in_height) - static_cast<int>(job.kernel_height);
  std::uint8_t* to = rows;
  auto oy = static_cast<unsigned>(first_position / job.out_width);
  auto ox = static_cast<unsigned>(first_position % job.out_width);
  for (std::size_t left = count; left > 0; ++oy, ox = 0) {
    const int y0 = static_cast<int>(oy * job.stride_y) - static_cast<int>(job.pad_top);
    for (; ox < job.out_width && left > 0; ++ox, --left) {
      const int x0 = static_cast<int>(ox * job.stride_x) - static_cast<int>(job.pad_left);
      if (whole && x0 >= 0 && x0 <= last_x0 && y0 >= 0 && y0 <= last_y0) {
        // Dense pixels, all inside the input.
        copy_lines(to,
                   input + static_cast<std::size_t>(y0) * line_bytes +
                       static_cast<std::size_t>(x0) * job.in_channels,
                   run, job.kernel_height, line_bytes);
        to += job.window_count;
        continue;
      }
      for (unsigned ky = ky_first; ky <= ky_last; ++ky) {
        const unsigned first = ky == ky_first ? job.window_first - ky * run : 0;
        const unsigned last = ky == ky_last ? end - ky * run : run;
        const int y = y0 + static_cast<int>(ky * job.dilation_y);
        if (y < 0 || y >= static_cast<int>(job.in_height)) {
          std::memset(to, job.pad_value, last - first);
        } else {
          gather_row(job, input + static_cast<std::size_t>(y) * line_bytes, x0, first, last, to);
        }
        to += last - first;
      }
    }
  }
  if (job.in_bits < 8) {
    const std::uint8_t mask = static_cast<std::uint8_t>((1u << job.in_bits) - 1);
    const std::size_t bytes = count * job.window_count;
    for (std::size_t i = 0; i < bytes; ++i) rows[i] &= mask;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace leyden::cim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace leyden::cim {
HWY_EXPORT(gather_windows);

void im2col(const Job& job, const std::uint8_t* input, std::size_t first_position,
            std::size_t count, std::uint8_t* rows) {
  HWY_DYNAMIC_DISPATCH(gather_windows)(job, input, first_position, count, rows);
}

}  // namespace leyden::cim
#endif
