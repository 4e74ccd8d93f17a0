#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "models/cim/job_words.h"
#include "models/cim/parameters.h"

namespace leyden::cosim {

/// Jobs that a macro can do, whose regions lie in the first 64 KiB of LMEM: input below 0x8000,
/// output above.
class RandomJobs {
 public:
  static constexpr std::uint32_t kLmem = 0x20000000;

  RandomJobs(const cim::MacroParameters& macro, unsigned seed) : macro_(macro), random_(seed) {}

  cim::DecodedJob next() {
    for (;;) {
      const cim::DecodedJob decoded = draw();
      if (cim::validate(decoded.job, macro_) == cim::JobError::kNone && fits(decoded)) {
        return decoded;
      }
    }
  }
  /// The same with one field that may be wrong.
  cim::DecodedJob next_wrong() {
    cim::DecodedJob decoded = next();
    cim::JobWords words = cim::encode_job(decoded);
    std::uint32_t& word = words[below(words.size())];
    switch (below(4)) {
      case 0:
        word = 0;
        break;
      case 1:
        word ^= 1u << below(32);
        break;
      case 2:
        word |= 0xff000000u;
        break;
      default:
        word += 1u << (16 * below(2));
        break;
    }
    return cim::decode_job(words);
  }
  unsigned below(std::size_t limit) { return static_cast<unsigned>(random_() % limit); }

 private:
  unsigned from_to(unsigned first, unsigned last) { return first + below(last - first + 1); }
  bool once_in(unsigned n) { return below(n) == 0; }

  cim::DecodedJob draw() {
    cim::DecodedJob decoded;
    cim::Job& job = decoded.job;
    job.kernel_width = once_in(3) ? 1 : from_to(1, 5);
    job.kernel_height = once_in(3) ? 1 : from_to(1, 5);
    job.in_channels = once_in(3) ? from_to(1, 4) : once_in(3) ? 16 * from_to(1, 4) : from_to(1, 70);
    job.in_pixel_stride = job.in_channels + (once_in(3) ? from_to(1, 20) : 0);
    job.in_width = from_to(1, 9);
    job.in_height = from_to(1, 6);
    job.stride_x = from_to(1, 3);
    job.stride_y = from_to(1, 3);
    job.dilation_x = once_in(4) ? from_to(1, 3) : 1;
    job.dilation_y = once_in(4) ? from_to(1, 3) : 1;
    job.pad_left = once_in(2) ? from_to(0, 3) : 0;
    job.pad_top = once_in(2) ? from_to(0, 3) : 0;
    job.pad_value = static_cast<std::uint8_t>(random_());
    const unsigned window = job.window();
    const unsigned most = std::min(window, macro_.page_rows());
    job.window_count = once_in(3) ? from_to(1, most) : most;
    job.window_first =
        once_in(2) ? window - job.window_count : from_to(0, window - job.window_count);
    job.out_width = from_to(1, 7);
    job.out_height = from_to(1, 4);
    job.in_bits = from_to(1, macro_.input_bits);
    job.weight_bits = from_to(1, macro_.weight_bits);
    job.partial = once_in(3);
    job.out_bits = from_to(1, macro_.output_bits(job.partial));
    job.outputs = once_in(4) ? from_to(1, macro_.columns) : from_to(1, 40);
    job.out_pixel_stride = job.position_bytes() + (once_in(3) ? 4 * from_to(1, 5) : 0);
    const unsigned needed = (job.window_count + macro_.rows_per_unit - 1) / macro_.rows_per_unit;
    job.unit_count = std::min(255u, from_to(needed, std::max(needed, macro_.page_units())));
    job.unit_first = below(std::min<std::size_t>(macro_.units(), 256));
    job.column_first = below(macro_.columns);
    job.tile = below(1000);
    // Of the whole range in half of the jobs, or any other.
    job.range = job.tile % 2 == 0 ? 0 : job.tile % (macro_.convert.highest_range() + 1);
    job.abn_first = below(macro_.abn_entries);
    decoded.in_address = kLmem + from_to(0, 300);
    decoded.out_address = kLmem + 0x8000 + from_to(0, 300);
    return decoded;
  }
  static bool fits(const cim::DecodedJob& decoded) {
    const cim::Job& job = decoded.job;
    return std::uint64_t{job.in_width} * job.in_height * job.in_pixel_stride + 300 <= 0x8000 &&
           job.positions() * job.out_pixel_stride + 300 <= 0x8000;
  }

  const cim::MacroParameters& macro_;
  std::mt19937 random_;
};

}  // namespace leyden::cosim
