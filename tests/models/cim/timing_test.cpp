// Cycles of a job: closed form against a walk over the positions, and by hand.
#include "models/cim/timing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

constexpr double kClockHz = 400e6;

MacroParameters imagine() { return read_macro_parameters(test::imagine_parameters()); }

std::uint64_t sum(const base::CauseCycles& split) {
  return std::accumulate(split.begin(), split.end(), std::uint64_t{0});
}

Job convolution(unsigned side, unsigned kernel, unsigned channels, unsigned outputs) {
  Job job;
  job.in_width = job.in_height = side + kernel - 1;
  job.in_channels = job.in_pixel_stride = channels;
  job.kernel_width = job.kernel_height = kernel;
  job.window_count = kernel * kernel * channels;
  job.out_width = job.out_height = side;
  job.outputs = job.out_pixel_stride = outputs;
  job.unit_count = (job.window_count + 35) / 36;
  job.in_bits = job.weight_bits = job.out_bits = 8;
  return job;
}

using Element = std::array<unsigned, 3>;  // kernel row, pixel, channel

/// What the shift registers take in for position p: what its window holds and that of no earlier
/// position of the same row did, found by comparing input coordinates.
std::set<Element> fed_elements(const Job& job, std::uint64_t p, const FeederShape& shape) {
  const auto elements = [&](unsigned ox) {
    std::set<Element> set;
    for (unsigned e = job.window_first; e < job.window_first + job.window_count; ++e) {
      const unsigned channel = e % job.in_channels;
      const unsigned kx = e / job.in_channels % job.kernel_width;
      const unsigned ky = e / job.in_channels / job.kernel_width;
      set.insert({ky, ox * job.stride_x + kx * job.dilation_x, channel});
    }
    return set;
  };
  const auto ox = static_cast<unsigned>(p % job.out_width);
  std::set<Element> fresh = elements(ox);
  if (!shape.shifts_dilated && job.dilation_x > 1) return fresh;
  for (unsigned earlier = 0; earlier < ox; ++earlier) {
    for (const Element& e : elements(earlier)) fresh.erase(e);
  }
  return fresh;
}
std::uint64_t fed_bytes(const Job& job, std::uint64_t p, const FeederShape& shape) {
  return fed_elements(job, p, shape).size();
}

/// Beats of 16 bytes; of pixels that lie apart each has its own, and without a line buffer of what
/// does not lie side by side.
std::uint64_t fed_beats(const Job& job, std::uint64_t p, const FeederShape& shape) {
  std::map<std::pair<unsigned, unsigned>, std::uint64_t> pixels;
  for (const Element& e : fed_elements(job, p, shape)) {
    std::pair<unsigned, unsigned> beat(e[0], e[1]);
    if (job.in_pixel_stride == job.in_channels) {
      if (shape.line_buffer) {
        beat = {0, 0};
      } else if (job.dilation_x == 1) {
        beat.second = 0;
      }
    }
    ++pixels[beat];
  }
  std::uint64_t sum = 0;
  for (const auto& [pixel, bytes] : pixels) sum += (bytes + 15) / 16;
  return sum;
}

/// Lock-step pipeline of three stages, slot by slot.
std::uint64_t walk(const Job& job, const MacroParameters& macro) {
  const auto beats = [](std::uint64_t bytes) { return (bytes + 15) / 16; };
  const auto mvm = static_cast<std::uint64_t>(
      std::ceil(job.in_bits * macro.dot_product.step_time_ns * kClockHz * 1e-9 - 1e-9));
  const auto adc =
      static_cast<std::uint64_t>(std::ceil((job.out_bits + 1) * kClockHz * 1e-9 - 1e-9));
  const std::uint64_t positions = job.positions();
  std::uint64_t cycles = macro.job_overhead_cycles;
  for (std::uint64_t slot = 0; slot < positions + 2; ++slot) {
    const std::uint64_t feed = slot < positions ? fed_beats(job, slot, macro.feeder()) : 0;
    const std::uint64_t in_macro = slot >= 1 && slot <= positions ? mvm + adc : 0;
    const std::uint64_t write = slot >= 2 ? beats(job.position_bytes()) : 0;
    cycles += std::max({feed, in_macro, write});
  }
  return cycles;
}

TEST(Timing, ClosedFormEqualsWalkOverThePositions) {
  std::mt19937 random(8);
  MacroParameters macro = imagine();
  for (int round = 0; round < 400; ++round) {
    macro.line_buffer = round % 4 < 2;
    macro.shifts_dilated = round % 8 < 4;
    macro.job_overhead_cycles = round % 5;
    Job job =
        convolution(1 + random() % 9, 1 + random() % 5, 1 + random() % 45, 1 + random() % 256);
    job.out_height = 1 + random() % 5;
    job.stride_x = 1 + random() % 4;
    if (round % 2 == 0) job.dilation_x = 1 + random() % 6;
    if (round % 3 == 0) job.in_pixel_stride += 1 + random() % 9;
    job.window_first = random() % job.window_count;
    job.window_count = 1 + random() % (job.window_count - job.window_first);
    job.in_bits = 1 + random() % 8;
    job.out_bits = 1 + random() % 8;
    job.partial = random() % 2;
    const JobTiming timing = job_timing(job, macro, kClockHz);
    ASSERT_EQ(timing.cycles, walk(job, macro)) << "round " << round;
    EXPECT_EQ(sum(timing.split), timing.cycles);
    EXPECT_LE(timing.feed_end, timing.cycles);
    std::uint64_t bytes = 0;
    for (std::uint64_t p = 0; p < job.positions(); ++p) {
      bytes += fed_bytes(job, p, macro.feeder());
    }
    EXPECT_EQ(timing.feed_bytes, bytes);
  }
}

TEST(Timing, FullMacroByHand) {
  // 8 b: 8 x 16.8 ns = 134.4 ns = 54 cycles, (8 + 1) ns = 4 cycles. Window 1152 B = 72 cycles, a
  // step 384 B = 24, 32 outputs 2. 2 x 2 positions: 72 + max(58, 24) + max(58, 72, 2)
  // + max(58, 24, 2) + max(58, 2) + 2 = 320.
  const JobTiming timing = job_timing(convolution(2, 3, 128, 32), imagine(), kClockHz);
  EXPECT_EQ(timing.mvm_cycles, 54u);
  EXPECT_EQ(timing.convert_cycles, 4u);
  EXPECT_EQ(timing.cycles, 320u);
  EXPECT_EQ(timing.read_beats, 2u * 72 + 2 * 24);
  EXPECT_EQ(timing.write_beats, 8u);
  EXPECT_EQ(timing.split[static_cast<std::size_t>(base::Cause::kFeed)], 144u);
  EXPECT_EQ(timing.split[static_cast<std::size_t>(base::Cause::kMvm)], 3u * 54);
  EXPECT_EQ(timing.split[static_cast<std::size_t>(base::Cause::kAdc)], 3u * 4);
  EXPECT_EQ(timing.split[static_cast<std::size_t>(base::Cause::kWriteBack)], 2u);
}

TEST(Timing, DilatedFeedByHand) {
  // Taps 2 apart, a step of 1: two registers in turn. 5 positions of 3 taps of 16 B in a row: two
  // empty registers, 48 B each, then 16 B a position; a step of 2 has one register of 16 B a step,
  // and a step of 6 takes all three taps anew.
  Job job = convolution(5, 3, 16, 1);
  job.kernel_height = job.out_height = 1;
  job.window_count = 48;
  job.dilation_x = 2;
  EXPECT_EQ(job_timing(job, imagine(), kClockHz).feed_bytes, 2u * 48 + 3 * 16);
  job.stride_x = 2;
  EXPECT_EQ(job_timing(job, imagine(), kClockHz).feed_bytes, 48u + 4 * 16);
  job.stride_x = 6;
  EXPECT_EQ(job_timing(job, imagine(), kClockHz).feed_bytes, 5u * 48);
  EXPECT_EQ(job_timing(job, imagine(), kClockHz).read_beats, 5u * 3);
}

TEST(Timing, APartOfAKernelRowIsFedByItself) {
  // The first two of three taps: after the first window the second tap's pixel comes in every step.
  Job job = convolution(4, 3, 16, 1);
  job.kernel_height = job.out_height = 1;
  job.window_count = 32;
  EXPECT_EQ(job_timing(job, imagine(), kClockHz).feed_bytes, 32u + 3 * 16);
}

TEST(Timing, ABeatBringsOnePixelOfAGroup) {
  // 3 x 3 taps of 20 of 64 channels: two beats a pixel, 18 for a window and 6 for each step.
  Job job = convolution(4, 3, 20, 20);
  job.in_pixel_stride = 64;
  job.out_height = 1;
  const JobTiming timing = job_timing(job, imagine(), kClockHz);
  EXPECT_EQ(timing.read_beats, 18u + 3 * 6);
  EXPECT_EQ(timing.feed_bytes, 180u + 3 * 60);
}

TEST(Timing, OnePositionIsTheSumOfItsStages) {
  Job job = convolution(1, 1, 96, 10);
  EXPECT_EQ(job_timing(job, imagine(), kClockHz).cycles, 6u + 58 + 1);
}

TEST(Timing, ASharedConverterServesTheOutputsOfItsColumnsInTurn) {
  // Eight columns a converter, 8 b in 4 cycles each: an output of 8 columns has a converter of its
  // own, of 3 columns the eight hold at most three, of one column eight; never more than there are.
  MacroParameters macro = imagine();
  macro.convert.sharing = 8;
  Job job = convolution(2, 1, 36, 32);
  const std::array<std::array<unsigned, 3>, 5> cases{
      {{8, 32, 4}, {3, 32, 12}, {1, 32, 32}, {1, 2, 8}, {4, 1, 4}}};
  for (const auto& [weight_bits, outputs, cycles] : cases) {
    job.weight_bits = weight_bits;
    job.outputs = outputs;
    EXPECT_EQ(job_timing(job, macro, kClockHz).convert_cycles, cycles) << weight_bits;
  }
}

TEST(Timing, MoreBandwidthOrAFasterMacroIsNeverSlower) {
  std::mt19937 random(9);
  for (int round = 0; round < 100; ++round) {
    const Job job =
        convolution(1 + random() % 9, 1 + random() % 4, 1 + random() % 60, 1 + random() % 256);
    MacroParameters macro = imagine();
    const std::uint64_t cycles = job_timing(job, macro, kClockHz).cycles;
    macro.port_bytes = 32;
    EXPECT_LE(job_timing(job, macro, kClockHz).cycles, cycles);
    macro.port_bytes = 16;
    macro.pipelined = true;
    const JobTiming pipelined = job_timing(job, macro, kClockHz);
    EXPECT_LE(pipelined.cycles, cycles);
    EXPECT_EQ(sum(pipelined.split), pipelined.cycles);
    macro.pipelined = false;
    macro.convert.sharing = 4;
    EXPECT_GE(job_timing(job, macro, kClockHz).cycles, cycles);
  }
}

TEST(Timing, AnalogTimesRoundUpAndWholeCyclesStay) {
  EXPECT_EQ(cycles_for_ns(2.5, 400e6), 1u);
  EXPECT_EQ(cycles_for_ns(2.5000001, 400e6), 2u);
  EXPECT_EQ(cycles_for_ns(0.1, 400e6), 1u);
  EXPECT_EQ(cycles_for_ns(150, 400e6), 60u);
  EXPECT_EQ(cycles_for_ns(0, 400e6), 0u);
}

}  // namespace
}  // namespace leyden::cim
