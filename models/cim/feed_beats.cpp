#include "models/cim/feed_beats.h"

#include <algorithm>
#include <numeric>

namespace leyden::cim {

FeedBeats::FeedBeats(const Job& job, const FeederShape& shape)
    : job_(job), port_bytes_(shape.port_bytes) {
  const std::uint64_t channels = job.in_channels;
  const std::uint64_t run = job.kernel_width * channels;
  const std::uint64_t step = job.stride_x / std::gcd(job.stride_x, job.dilation_x) * channels;
  const std::uint64_t end = std::uint64_t{job.window_first} + job.window_count;
  // Pixels that lie apart: a beat brings elements of one tap only.
  const bool dense = job.in_pixel_stride == job.in_channels;
  // Without a line buffer: of one kernel row only, if its taps lie side by side.
  const bool by_tap = !dense || (!shape.line_buffer && job.dilation_x > 1);
  std::vector<std::uint64_t> whole;
  std::vector<std::uint64_t> fresh;
  std::uint64_t whole_left = 0;  // bytes that the last beat still brings
  std::uint64_t fresh_left = 0;
  for (std::uint64_t at = job.window_first; at < end;) {
    const std::uint64_t row_end = std::min(end, (at / run + 1) * run);
    const std::uint64_t tap_end = std::min(end, (at / channels + 1) * channels);
    const std::uint64_t kept_end = row_end - std::min(row_end, step);
    if (by_tap || (!shape.line_buffer && at % run == 0)) whole_left = fresh_left = 0;
    add_range(whole, at, tap_end, whole_left);
    add_range(fresh, std::clamp(kept_end, at, tap_end), tap_end, fresh_left);
    at = tap_end;
  }
  whole_ = located(whole);
  fresh_ = located(fresh);
}

/// Adds the first elements of the beats that elements [first, last) take beyond `left`.
void FeedBeats::add_range(std::vector<std::uint64_t>& elements, std::uint64_t first,
                          std::uint64_t last, std::uint64_t& left) const {
  while (first < last) {
    if (left == 0) {
      elements.push_back(first);
      left = port_bytes_;
    }
    const std::uint64_t taken = std::min(left, last - first);
    first += taken;
    left -= taken;
  }
}

std::vector<FeedBeats::Element> FeedBeats::located(
    const std::vector<std::uint64_t>& elements) const {
  std::vector<Element> found;
  found.reserve(elements.size());
  for (const std::uint64_t element : elements) {
    const std::uint64_t tap = element / job_.in_channels;
    found.push_back({static_cast<unsigned>(tap / job_.kernel_width),
                     static_cast<unsigned>(tap % job_.kernel_width),
                     static_cast<unsigned>(element % job_.in_channels)});
  }
  return found;
}

std::uint64_t FeedBeats::offset(std::uint64_t position, bool whole_window,
                                std::uint64_t beat) const {
  const Element& element = (whole_window ? whole_ : fresh_).at(beat);
  const auto inside = [](std::int64_t at, unsigned size) {
    return static_cast<std::uint64_t>(std::clamp<std::int64_t>(at, 0, std::int64_t{size} - 1));
  };
  const auto out_y = static_cast<std::int64_t>(position / job_.out_width);
  const auto out_x = static_cast<std::int64_t>(position % job_.out_width);
  const std::uint64_t y =
      inside(out_y * job_.stride_y + std::int64_t{element.ky} * job_.dilation_y - job_.pad_top,
             job_.in_height);
  const std::uint64_t x =
      inside(out_x * job_.stride_x + std::int64_t{element.kx} * job_.dilation_x - job_.pad_left,
             job_.in_width);
  return (y * job_.in_width + x) * job_.in_pixel_stride + element.channel;
}

}  // namespace leyden::cim
