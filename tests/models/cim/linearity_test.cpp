// The ramp and what is made of it, against the converters' own errors and hand-made transfers.
#include "models/cim/linearity.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "models/cim/die.h"
#include "models/cim/trim_entry.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

constexpr std::uint32_t kDie = 5;
constexpr double kResolution = 1.0 / kRampPointsPerLsb;

/// A small macro without any static error.
MacroParameters quiet_macro() {
  base::ParameterSet parameters = test::imagine_parameters();
  parameters.set("cim.rows", 144, base::Source::kAssumed, "test", "test");
  parameters.set("cim.columns", 32, base::Source::kAssumed, "test", "test");
  parameters.set("cim.weight_bits", 4, base::Source::kAssumed, "test", "test");
  MacroParameters macro = read_macro_parameters(parameters);
  macro.convert.offset_mv = 0;
  macro.convert.gain_percent = 0;
  macro.convert.inl_lsb = 0;
  macro.dot_product.mismatch_percent_sqrt_ff = 0;
  macro.dot_product.charge_injection_mv = 0;
  return macro;
}

double lsb_v(const MacroParameters& macro) {
  return macro.supply_v * macro.dot_product.gain(macro.input_bits) / 512;
}

Linearity measured(const MacroParameters& macro, const std::vector<std::uint32_t>& trims = {}) {
  return linearity_of(measure_transfers(macro, kDie, 0, trims), 8);
}

template <typename Value>
double rms(unsigned columns, Value value) {
  double sum = 0;
  for (unsigned c = 0; c < columns; ++c) sum += value(c) * value(c);
  return std::sqrt(sum / columns);
}

TEST(Linearity, AnIdealMacroHasNoneButTheRampsSteps) {
  const Linearity line = measured(quiet_macro());
  EXPECT_EQ(line.columns, 32u - 3u);  // the last three cannot be the first of four
  EXPECT_LE(line.inl_max_lsb, kResolution);
  EXPECT_LE(line.dnl_max_lsb, 1.02 * kResolution);  // sums of inputs are whole
  EXPECT_LE(line.error_max_lsb, kResolution);
  EXPECT_LE(line.offset_rms_lsb, kResolution);
  EXPECT_LE(line.gain_rms_percent, 0.02);
  EXPECT_EQ(line.missing_codes, 0u);
}

TEST(Linearity, FindsTheOffsetsOfTheConverters) {
  MacroParameters macro = quiet_macro();
  macro.convert.offset_mv = 6;
  const Die die(macro, kDie, 0);
  const double expected = rms(29, [&](unsigned c) { return die.offset_v(c) / lsb_v(macro); });
  const Linearity line = measured(macro);
  EXPECT_NEAR(line.offset_rms_lsb, expected, kResolution);
  EXPECT_NEAR(line.error_rms_lsb, expected, kResolution);
  EXPECT_LE(line.inl_max_lsb, kResolution);
}

TEST(Linearity, FindsTheGainsOfTheConverters) {
  MacroParameters macro = quiet_macro();
  macro.convert.gain_percent = 4;
  const Die die(macro, kDie, 0);
  const double expected = 100 * rms(29, [&](unsigned c) { return die.gain(c) - 1; });
  const Linearity line = measured(macro);
  EXPECT_NEAR(line.gain_rms_percent, expected, 0.02);
  EXPECT_LE(line.offset_rms_lsb, kResolution);
  EXPECT_LE(line.inl_max_lsb, kResolution);
}

// Transitions solved from the INL's equation by bisection, then the same line by the textbook.
TEST(Linearity, FindsTheInlOfTheConverters) {
  MacroParameters macro = quiet_macro();
  macro.convert.inl_lsb = 3;
  const Die die(macro, kDie, 0);
  double greatest = 0;
  double squares = 0;
  for (unsigned c = 0; c < 29; ++c) {
    std::vector<double> at;
    for (int k = 1; k < 256; ++k) {
      double low = -20;
      double high = 280;
      for (int i = 0; i < 60; ++i) {
        const double t = 0.5 * (low + high);
        const double u = std::min(1.0, std::max(-1.0, (t - 128) / 128));
        const double inl = die.inl_bow_lsb(c) * (1 - u * u) +
                           die.inl_curve_lsb(c) * (u * u * u - u) * 1.5 * std::sqrt(3.0);
        (t + inl < k ? low : high) = t;
      }
      at.push_back(low);
    }
    double mean = 0;
    double covariance = 0;
    double variance = 0;
    for (int k = 1; k < 256; ++k) mean += at[k - 1] / 255;
    for (int k = 1; k < 256; ++k) {
      covariance += (k - 128) * (at[k - 1] - mean);
      variance += (k - 128.0) * (k - 128.0);
    }
    const double slope = covariance / variance;
    for (int k = 1; k < 256; ++k) {
      const double inl = (at[k - 1] - mean) / slope - (k - 128);
      greatest = std::max(greatest, std::fabs(inl));
      squares += inl * inl;
    }
  }
  const Linearity line = measured(macro);
  EXPECT_GT(greatest, 0.5);
  EXPECT_NEAR(line.inl_max_lsb, greatest, kResolution);
  EXPECT_NEAR(line.inl_rms_lsb, std::sqrt(squares / (29 * 255)), 0.3 * kResolution);
}

TEST(Linearity, SeesTrims) {
  MacroParameters macro = quiet_macro();
  TrimEntry trim;
  trim.offset = 48;  // 3 LSB
  trim.gain = 32768 + 1638;
  const Linearity line = measured(macro, std::vector<std::uint32_t>(32, trim.word()));
  EXPECT_NEAR(line.offset_rms_lsb, 3, kResolution);
  EXPECT_NEAR(line.gain_rms_percent, 5, 0.02);
}

TEST(Linearity, CountsByHand) {
  // Codes begin at -1.5, -0.5, -0.5 (one is missing), 1.5; all about code 2 of 4.
  const Linearity line = linearity_of({{{-2.5, -1.5, -1.5, 0.5, 1.5}, 1}}, 3);
  EXPECT_EQ(line.columns, 1u);
  EXPECT_EQ(line.missing_codes, 1u);
  EXPECT_NEAR(line.error_max_lsb, 1.0, 1e-12);  // begins: -3.5 -2.5 -1.5 -0.5 0.5 is ideal
  // Line by hand: mean -0.7, slope (2 * 2.5 + 1.5 + 0.5 + 2 * 1.5) / 10 = 1.
  EXPECT_NEAR(line.gain_rms_percent, 0, 1e-9);
  EXPECT_NEAR(line.dnl_max_lsb, 1, 1e-12);
  EXPECT_NEAR(line.inl_max_lsb, 0.8, 1e-12);
}

TEST(Linearity, HoldsForOtherShapes) {
  for (const char* post : {"abn", "none"}) {
    for (const unsigned range : {0u, 1u, 3u}) {
      for (const unsigned in_bits : {1u, 4u, 8u}) {
        base::ParameterSet parameters = test::imagine_parameters();
        parameters.set("cim.rows", 72, base::Source::kAssumed, "test", "test");
        parameters.set("cim.columns", 16, base::Source::kAssumed, "test", "test");
        parameters.set("cim.abn_entries", 3, base::Source::kAssumed, "test", "test");
        parameters.set("cim.weight_bits", 3, base::Source::kAssumed, "test", "test");
        parameters.set("cim.input_bits", in_bits, base::Source::kAssumed, "test", "test");
        parameters.set("cim.converter.range_shift", range, base::Source::kAssumed, "test", "test");
        parameters.set("cim.converter.bits", 5, base::Source::kAssumed, "test", "test");
        MacroParameters macro = read_macro_parameters(parameters);
        macro.post.kind = std::string(post) == "abn" ? PostKind::kAbn : PostKind::kNone;
        macro.convert.inl_lsb = 0;
        macro.convert.offset_mv = 0;
        macro.convert.gain_percent = 0;
        const Linearity line =
            linearity_of(measure_transfers(macro, kDie, 0, {}), macro.convert.bits);
        EXPECT_EQ(line.columns, 14u) << post << range << in_bits;
        EXPECT_TRUE(std::isfinite(line.inl_max_lsb));
        // One more row that is on moves the ramp by 4 of N 2^(bx + bw - b - r).
        const double row =
            4 / std::ldexp(72, static_cast<int>(in_bits) + 3 - 5 - static_cast<int>(range));
        const double step = std::max(kResolution, row);
        EXPECT_LT(line.inl_max_lsb, step + 0.05);
        EXPECT_LT(line.error_max_lsb, step + 0.1);
      }
    }
  }
}

// The ramp is built for any stages; what comes behind the converters is in it where it is digital.
TEST(Linearity, HoldsForOtherStages) {
  using Settings = std::map<std::string, std::string>;
  const std::vector<Settings> kinds = {
      {{"cell.representation", "shifted_unsigned"}},
      {{"cell.representation", "differential"}, {"cell.bits", "2"}},
      {{"cell.pages", "2"}},
      {{"combine.inputs", "digital"},
       {"combine.columns", "digital"},
       {"post.kind", "digital_scale"}},
      {{"combine.columns", "digital"},
       {"post.kind", "digital_scale"},
       {"cell.representation", "ternary_pair"},
       {"cell.pages", "4"}}};
  for (const Settings& kind : kinds) {
    base::ParameterSet parameters = test::imagine_parameters();
    parameters.set("cim.rows", 144, base::Source::kAssumed, "test", "test");
    parameters.set("cim.columns", 32, base::Source::kAssumed, "test", "test");
    parameters.set("cim.weight_bits", 4, base::Source::kAssumed, "test", "test");
    for (const auto& [key, value] : kind) {
      parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
    }
    const MacroParameters macro = read_macro_parameters(parameters);
    const Linearity line =
        linearity_of(measure_transfers(macro, kDie, 0, {}), std::min(8u, macro.output_bits(false)));
    const std::string name = kind.begin()->first + " " + kind.begin()->second;
    EXPECT_GT(line.columns, 0u) << name;
    EXPECT_TRUE(std::isfinite(line.inl_max_lsb)) << name;
    EXPECT_GT(line.error_max_lsb, 0.1) << name;
    EXPECT_LT(line.error_max_lsb, 40) << name;
  }
}

}  // namespace
}  // namespace leyden::cim
