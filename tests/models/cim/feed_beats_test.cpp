// The feeder's accesses against an enumeration of the window, element by element.
#include "models/cim/feed_beats.h"

#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "models/cim/timing.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

constexpr unsigned kPort = 16;

struct Element {
  unsigned ky, kx, channel;
  bool fresh;  ///< not in the register from the position before
};

std::vector<Element> enumerate(const Job& job) {
  const unsigned registers = job.dilation_x / std::gcd(job.stride_x, job.dilation_x);
  std::vector<Element> all;
  unsigned number = 0;
  const auto in_tile = [&job](unsigned element) {
    return element >= job.window_first && element < job.window_first + job.window_count;
  };
  for (unsigned ky = 0; ky < job.kernel_height; ++ky) {
    for (unsigned kx = 0; kx < job.kernel_width; ++kx) {
      for (unsigned channel = 0; channel < job.in_channels; ++channel, ++number) {
        if (!in_tile(number)) continue;
        // The column it had `registers` positions earlier, if some tap of the tile was there.
        const unsigned column = kx * job.dilation_x + registers * job.stride_x;
        bool fresh = true;
        for (unsigned other = 0; other < job.kernel_width; ++other) {
          const unsigned at = (ky * job.kernel_width + other) * job.in_channels + channel;
          if (other * job.dilation_x == column && in_tile(at)) fresh = false;
        }
        all.push_back({ky, kx, channel, fresh});
      }
    }
  }
  return all;
}

/// First elements of the beats that elements take: side by side, or tap by tap.
std::vector<Element> beats_of(const Job& job, bool fresh) {
  std::vector<Element> first;
  unsigned used = 0;
  const Element* before = nullptr;
  const std::vector<Element> all = enumerate(job);
  for (const Element& element : all) {
    if (fresh && !element.fresh) continue;
    const bool new_tap =
        before != nullptr && (element.ky != before->ky || element.kx != before->kx);
    if (job.in_pixel_stride != job.in_channels && new_tap) used = 0;
    if (used == 0) first.push_back(element);
    used = (used + 1) % kPort;
    before = &element;
  }
  return first;
}

TEST(FeedBeats, EqualAnEnumerationOfTheWindow) {
  std::mt19937 random(3);
  const auto draw = [&random](unsigned first, unsigned last) {
    return static_cast<unsigned>(first + random() % (last - first + 1));
  };
  MacroParameters macro = read_macro_parameters(test::imagine_parameters());
  macro.port_bytes = kPort;
  for (int i = 0; i < 500; ++i) {
    Job job;
    job.in_channels = draw(1, 40);
    job.in_pixel_stride = job.in_channels + (draw(0, 1) == 0 ? 0 : draw(1, 20));
    job.kernel_width = draw(1, 4);
    job.kernel_height = draw(1, 3);
    job.stride_x = draw(1, 3);
    job.stride_y = draw(1, 2);
    job.dilation_x = draw(1, 3);
    job.dilation_y = draw(1, 2);
    job.in_width = draw(10, 14);
    job.in_height = draw(6, 8);
    job.out_width = draw(1, 5);
    job.out_height = draw(1, 3);
    job.window_first = draw(0, job.window() - 1);
    job.window_count = draw(1, job.window() - job.window_first);
    job.outputs = 4;
    job.unit_count = 1;
    job.in_bits = job.weight_bits = 4;
    job.out_bits = 8;
    const FeedBeats beats(job, kPort);
    const JobTiming timing = job_timing(job, macro, 100e6);
    for (const bool whole : {true, false}) {
      const std::vector<Element> expected = beats_of(job, !whole);
      ASSERT_EQ(beats.count(whole), expected.size()) << "job " << i;
      ASSERT_EQ(beats.count(whole), whole ? timing.fill_cycles : timing.next_feed_cycles);
      const std::uint64_t position = draw(0, static_cast<unsigned>(job.positions()) - 1);
      const auto y = static_cast<unsigned>(position / job.out_width) * job.stride_y;
      const auto x = static_cast<unsigned>(position % job.out_width) * job.stride_x;
      for (std::size_t n = 0; n < expected.size(); ++n) {
        const unsigned row = y + expected[n].ky * job.dilation_y;
        const unsigned column = x + expected[n].kx * job.dilation_x;
        if (row >= job.in_height || column >= job.in_width) continue;  // padding
        EXPECT_EQ(beats.offset(position, whole, n),
                  (std::uint64_t{row} * job.in_width + column) * job.in_pixel_stride +
                      expected[n].channel);
      }
    }
  }
}

TEST(FeedBeats, AreAsManyAsTheClosedFormHas) {
  std::mt19937 random(4);
  const auto draw = [&random](unsigned first, unsigned last) {
    return static_cast<unsigned>(first + random() % (last - first + 1));
  };
  MacroParameters macro = read_macro_parameters(test::imagine_parameters());
  macro.port_bytes = kPort;
  for (int i = 0; i < 500; ++i) {
    macro.line_buffer = draw(0, 1) == 0;
    macro.shifts_dilated = draw(0, 1) == 0;
    Job job;
    job.in_channels = draw(1, 40);
    job.in_pixel_stride = job.in_channels + (draw(0, 1) == 0 ? 0 : draw(1, 20));
    job.kernel_width = draw(1, 4);
    job.kernel_height = draw(1, 3);
    job.stride_x = draw(1, 3);
    job.dilation_x = draw(1, 3);
    job.in_width = job.in_height = 14;
    job.out_width = draw(1, 5);
    job.out_height = draw(1, 3);
    job.window_first = draw(0, job.window() - 1);
    job.window_count = draw(1, job.window() - job.window_first);
    job.outputs = 4;
    job.unit_count = 1;
    job.in_bits = job.weight_bits = 4;
    job.out_bits = 8;
    const FeedBeats beats(job, macro.feeder());
    const JobTiming timing = job_timing(job, macro, 100e6);
    EXPECT_EQ(beats.count(true), timing.fill_cycles) << "job " << i;
    EXPECT_EQ(beats.count(false), timing.next_feed_cycles) << "job " << i;
  }
}

TEST(FeedBeats, PaddingLiesAtTheNearestPixel) {
  Job job;
  job.in_width = job.in_height = 2;
  job.in_channels = job.in_pixel_stride = 16;
  job.kernel_width = job.kernel_height = 3;
  job.pad_left = job.pad_top = 1;
  job.window_count = 9 * 16;
  job.out_width = job.out_height = 2;
  const FeedBeats beats(job, kPort);
  ASSERT_EQ(beats.count(true), 9u);
  EXPECT_EQ(beats.offset(0, true, 0), 0u);       // above and left of pixel (0, 0)
  EXPECT_EQ(beats.offset(0, true, 8), 3u * 16);  // pixel (1, 1)
  EXPECT_EQ(beats.offset(3, true, 8), 3u * 16);  // below and right of it
}

}  // namespace
}  // namespace leyden::cim
