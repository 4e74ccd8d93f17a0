// Windows gathered on every vector target against one element at a time.
#include "models/cim/im2col.h"

#include <random>
#include <vector>

#include <hwy/targets.h>

#include <gtest/gtest.h>

namespace leyden::cim {
namespace {

/// Element `e` of the window of position `m`, as docs/models/cim.md tells.
std::uint8_t element(const Job& job, const std::vector<std::uint8_t>& input, std::size_t m,
                     unsigned e) {
  const unsigned channel = e % job.in_channels;
  const unsigned kx = e / job.in_channels % job.kernel_width;
  const unsigned ky = e / job.in_channels / job.kernel_width;
  const long x =
      static_cast<long>(m % job.out_width * job.stride_x + kx * job.dilation_x) - job.pad_left;
  const long y =
      static_cast<long>(m / job.out_width * job.stride_y + ky * job.dilation_y) - job.pad_top;
  std::uint8_t value = job.pad_value;
  if (x >= 0 && x < job.in_width && y >= 0 && y < job.in_height) {
    value = input[static_cast<std::size_t>((y * job.in_width + x) * job.in_pixel_stride + channel)];
  }
  return value & static_cast<std::uint8_t>((1u << job.in_bits) - 1);
}

void expect_windows(const Job& job, std::mt19937& random) {
  std::vector<std::uint8_t> input(std::size_t{job.in_width} * job.in_height * job.in_pixel_stride);
  for (auto& x : input) x = static_cast<std::uint8_t>(random());
  const std::size_t first = random() % job.positions();
  const std::size_t count = 1 + random() % (job.positions() - first);
  const std::size_t bytes = count * job.window_count;
  std::vector<std::uint8_t> rows(bytes + 64, 0x77);
  im2col(job, input.data(), first, count, rows.data());
  for (std::size_t i = 0; i < bytes; ++i) {
    ASSERT_EQ(rows[i], element(job, input, first + i / job.window_count,
                               job.window_first + static_cast<unsigned>(i % job.window_count)))
        << "element " << i << " of " << job.kernel_width << "x" << job.kernel_height << " windows, "
        << job.in_channels << " channels";
  }
  for (std::size_t i = bytes; i < rows.size(); ++i) ASSERT_EQ(rows[i], 0x77) << "past the end";
}

TEST(Im2col, EqualsOneElementAtATimeOnEveryTarget) {
  for (std::int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1) {
    hwy::SetSupportedTargetsForTest(rest & -rest);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
      Job job;
      job.in_width = 3 + random() % 8;
      job.in_height = 3 + random() % 8;
      // Kernel rows from a byte to several of the widest vectors.
      job.in_channels = round % 3 == 0 ? 1 + random() % 4 : 1 + random() % 90;
      job.in_pixel_stride = job.in_channels + (round % 4 == 0 ? random() % 3 : 0);
      job.kernel_width = 1 + random() % 3;
      job.kernel_height = 1 + random() % 3;
      job.stride_x = 1 + random() % 2;
      job.stride_y = 1 + random() % 2;
      if (round % 3 == 1) job.dilation_x = 1 + random() % 4;
      if (round % 3 == 1) job.dilation_y = 1 + random() % 4;
      job.pad_left = random() % job.kernel_width;
      job.pad_top = random() % job.kernel_height;
      job.pad_value = static_cast<std::uint8_t>(random());
      job.out_width = 1 + random() % 6;
      job.out_height = 1 + random() % 6;
      job.in_bits = round % 5 == 0 ? 1 + random() % 8 : 8;
      job.window_first = round % 4 == 1 ? random() % job.window() : 0;
      job.window_count = job.window() - job.window_first;
      if (round % 4 == 2) job.window_count = 1 + random() % job.window_count;
      ASSERT_NO_FATAL_FAILURE(expect_windows(job, random)) << hwy::TargetName(rest & -rest);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace
}  // namespace leyden::cim
