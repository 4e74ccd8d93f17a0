// Codes against the integer equation in 128-bit integers, and every vector target against the
// scalar steps.
#include "models/cim/codes.h"

#include <random>

#include <hwy/targets.h>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

__extension__ using Wide = __int128;

Wide floor_divide(Wide num, Wide den) {
  const Wide quotient = num / den;
  return num % den != 0 && num < 0 ? quotient - 1 : quotient;
}

/// The equation of docs/models/cim.md as it stands there.
std::int64_t integer_code(const Job& job, unsigned line, unsigned range_shift, std::int64_t d,
                          AbnEntry abn) {
  const Wide num = Wide{d} * abn.gamma * (Wide{1} << (job.out_bits + range_shift));
  const Wide den = Wide{line} << (job.in_bits + job.weight_bits + 8);
  const Wide code = floor_divide(num * 32 + den * (2 * abn.beta + 16), 32 * den);
  const Wide top = (1 << job.out_bits) - 1;
  return static_cast<std::int64_t>(code < 0 ? 0 : code > top ? top : code);
}

MacroParameters macro_with(unsigned range_shift) {
  MacroParameters macro = read_macro_parameters(test::imagine_parameters());
  macro.convert.range_shift = range_shift;
  return macro;
}

Job job_with(unsigned units, unsigned bx, unsigned bw, unsigned b) {
  Job job;
  job.unit_count = units;
  job.window_count = units * 36;
  job.outputs = 1;
  job.in_bits = bx;
  job.weight_bits = bw;
  job.out_bits = b;
  return job;
}

TEST(Codes, DivisionInDoubleIsTheExactFloor) {
  std::mt19937_64 random(5);
  std::uint64_t checked = 0;
  MacroParameters macro = macro_with(0);
  WeightArray array(macro, 0);
  for (int round = 0; round < 4000; ++round) {
    macro.convert.range_shift = static_cast<unsigned>(random() % 9);
    Job job =
        job_with(static_cast<unsigned>(1 + random() % 32), static_cast<unsigned>(1 + random() % 8),
                 static_cast<unsigned>(1 + random() % 8), static_cast<unsigned>(1 + random() % 8));
    const std::uint16_t gammas[] = {1, 255, 256, 257, 65535, 0};
    AbnEntry abn;
    abn.gamma = gammas[random() % 6];
    if (abn.gamma == 0) abn.gamma = static_cast<std::uint16_t>(1 + random() % 65535);
    abn.beta = static_cast<std::int16_t>(random());
    array.write_abn(0, std::uint32_t{static_cast<std::uint16_t>(abn.beta)} << 16 | abn.gamma);
    CodeParameters codes;
    prepare_codes(job, macro, array, codes);
    // Dot products near the steps of the staircase, where a wrong rounding would show.
    const std::int64_t most =
        std::int64_t{job.window_count} * ((1 << job.in_bits) - 1) * (1 << (job.weight_bits - 1));
    for (int k = 0; k < 8; ++k) {
      const double step = codes.denominator / codes.slope[0];
      const double target =
          (static_cast<double>(random() % 260) - codes.base[0] / codes.denominator) * step;
      for (std::int64_t d = static_cast<std::int64_t>(target) - 2; d <= target + 2; ++d) {
        if (d > most || d < -most) continue;
        std::vector<std::int32_t> sums(2 * kLanes, static_cast<std::int32_t>(d));
        std::vector<std::int32_t> out(kLanes);
        convert_codes(codes, 1, sums.data(), 2 * kLanes, nullptr, out.data());
        ASSERT_EQ(out[0],
                  integer_code(job, job.line_rows(macro), macro.convert.range_shift, d, abn))
            << "D " << d << " gamma " << abn.gamma << " beta " << abn.beta << " bits "
            << job.in_bits << job.weight_bits << job.out_bits;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 20000u);
}

TEST(Codes, EveryVectorTargetEqualsTheScalarSteps) {
  const MacroParameters macro = macro_with(1);
  std::mt19937 random(6);
  for (const bool partial : {false, true}) {
    Job job = job_with(32, 8, 8, 8);
    job.outputs = 21;
    job.partial = partial;
    WeightArray array(macro, 0);
    for (unsigned j = 0; j < job.outputs; ++j) array.write_abn(j, 0x08000000u + 200 + 100 * j);
    const Die die(macro, 3, 0);
    CodeParameters codes;
    prepare_codes(job, macro, array, codes);
    prepare_analog(job, macro, die, codes);
    codes.correction_scale = 1.0 / 32;
    const std::size_t positions = 50;
    const std::size_t width = padded(job.outputs);
    std::vector<std::int32_t> sums(positions * 2 * width);
    for (auto& sum : sums) sum = static_cast<std::int32_t>(random() % 30000000) - 15000000;
    std::vector<float> z(positions * job.outputs + kLanes);
    for (auto& draw : z) draw = static_cast<float>(random() % 1000) / 250 - 2;

    std::vector<std::int32_t> expected(positions * width);
    for (std::size_t m = 0; m < positions; ++m) {
      for (std::size_t j = 0; j < job.outputs; ++j) {
        const std::int32_t* row = sums.data() + m * 2 * width;
        const double noise = static_cast<double>(z[m * job.outputs + j]) * codes.noise;
        expected[m * width + j] = code_of_level(
            codes, code_level(codes, j, row[j] + row[width + j] * codes.correction_scale, noise));
      }
    }
    std::int64_t targets = hwy::SupportedTargets();
    int tried = 0;
    for (; targets != 0; targets &= targets - 1) {
      hwy::SetSupportedTargetsForTest(targets & -targets);
      hwy::GetChosenTarget().Update(hwy::SupportedTargets());
      std::vector<std::int32_t> out(positions * width, -9);
      convert_codes(codes, positions, sums.data(), 2 * width, z.data(), out.data());
      for (std::size_t m = 0; m < positions; ++m) {
        for (std::size_t j = 0; j < job.outputs; ++j) {
          ASSERT_EQ(out[m * width + j], expected[m * width + j])
              << "target " << (targets & -targets);
        }
      }
      if (!partial) {
        std::vector<std::uint8_t> bytes(positions * width, 99);
        convert_codes(codes, positions, sums.data(), 2 * width, z.data(), bytes.data());
        for (std::size_t m = 0; m < positions; ++m) {
          for (std::size_t j = 0; j < job.outputs; ++j) {
            ASSERT_EQ(bytes[m * width + j], expected[m * width + j])
                << "target " << (targets & -targets);
          }
        }
      }
      ++tried;
    }
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    EXPECT_GE(tried, 1);
  }
}

TEST(Codes, NoneIsGainOneAndHalfScale) {
  MacroParameters macro = macro_with(0);
  macro.post.kind = PostKind::kNone;
  Job job = job_with(1, 1, 1, 8);
  WeightArray array(macro, 0);  // power-up contents: they must not matter
  CodeParameters codes;
  prepare_codes(job, macro, array, codes);
  // LSB_D = 36 * 2^(1+1-8-0) = 0.5625: D = 9 is 16 codes above half scale.
  std::vector<std::int32_t> sums(2 * kLanes, 9);
  std::vector<std::int32_t> out(kLanes);
  convert_codes(codes, 1, sums.data(), 2 * kLanes, nullptr, out.data());
  EXPECT_EQ(out[0], 144);
}

}  // namespace
}  // namespace leyden::cim
