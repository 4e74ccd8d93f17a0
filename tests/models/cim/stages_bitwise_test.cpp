// Every combination of stages against the same macro computed digit by digit and column by column.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"
#include "tests/models/cim/combination.h"

namespace leyden::cim {
namespace {

using test::Combination;
using test::job_of;
using test::Settings;

/// Keys that several combinations share.
const Settings kDigital = {
    {"combine.inputs", "digital"}, {"combine.columns", "digital"}, {"post.kind", "digital_scale"}};
const Settings kResistive = {{"cell.kind", "rram"},
                             {"cell.on_conductance_us", "50"},
                             {"dot_product.kind", "current_summing"},
                             {"dot_product.read_voltage_v", "0.2"},
                             {"combine.capacitance_ff", "20"},
                             {"converter.reference", "supply"}};

Settings with(Settings base, const Settings& more) {
  for (const auto& [key, value] : more) base[key] = value;
  return base;
}

std::vector<Combination> combinations() {
  return {
      {"all analog", {}, 8, 8},
      {"all analog, shifted unsigned", {{"cell.representation", "shifted_unsigned"}}, 7, 6},
      {"all analog, differential of two bits",
       {{"cell.representation", "differential"}, {"cell.bits", "2"}},
       5,
       6},
      {"all analog, pages", {{"cell.pages", "2"}}, 6, 4},
      {"one step of a DAC, analog columns, zero skipping",
       {{"drive.kind", "dac"},
        {"drive.bits", "4"},
        {"input_bits", "4"},
        {"drive.zero_skipping", "yes"}},
       4,
       5},
      {"digital inputs and columns", kDigital, 8, 8},
      {"digital inputs and columns, zero skipping",
       with(kDigital, {{"drive.zero_skipping", "yes"}, {"drive.order", "msb_first"}}), 6, 3},
      {"digital inputs by digits of three bits, shifted unsigned of two",
       with(kDigital, {{"drive.kind", "dac"},
                       {"drive.bits", "3"},
                       {"cell.representation", "shifted_unsigned"},
                       {"cell.bits", "2"}}),
       8, 7},
      {"digital columns, analog inputs, ternary pairs, pages",
       {{"combine.columns", "digital"},
        {"post.kind", "digital_scale"},
        {"cell.representation", "ternary_pair"},
        {"cell.pages", "4"}},
       5,
       4},
      {"digital inputs, analog columns",
       {{"combine.inputs", "digital"}, {"post.kind", "digital_scale"}},
       4,
       8},
      {"segments of rows, all else analog",
       {{"post.kind", "adder_tree"}, {"dot_product.rows_active", "36"}},
       8,
       4},
      {"segments of rows, digital, cells of three bits",
       with(kDigital,
            {{"post.kind", "adder_tree"}, {"dot_product.rows_active", "72"}, {"cell.bits", "3"}}),
       3, 8},
      {"resistive, differential of four bits, digital",
       with(kResistive,
            with(kDigital, {{"cell.representation", "differential"}, {"cell.bits", "4"}})),
       8, 8},
      {"resistive, two's complement, all analog", with(kResistive, {{"cell.bits", "2"}}), 6, 6},
      {"resistive, shifted unsigned, segments",
       with(kResistive, with(kDigital, {{"cell.representation", "shifted_unsigned"},
                                        {"cell.bits", "3"},
                                        {"post.kind", "adder_tree"},
                                        {"dot_product.rows_active", "36"}})),
       2, 5},
  };
}

MacroParameters erring_macro_of(const Combination& combination) {
  MacroParameters macro = test::macro_of(combination);
  macro.dot_product.mismatch_percent_sqrt_ff = 5;  // large, so that it would show
  macro.dot_product.charge_injection_mv = 1.3;
  return macro;
}

TEST(StagesBitwise, EqualBitForBitWithoutTemporalNoise) {
  for (const Combination& combination : combinations()) {
    const MacroParameters macro = erring_macro_of(combination);
    const FullArrayJob full = job_of(combination, macro);
    ASSERT_EQ(validate(full.job, macro), JobError::kNone) << combination.name;
    Macro model(macro);
    fill_array(model.array(), macro, 500, 8, 1);
    const JobDraws draws{{7, 0}, 0};
    std::vector<double> fast;
    std::vector<double> slow;
    std::vector<std::uint8_t> codes(full.job.positions() * full.job.outputs);
    std::vector<std::uint8_t> slow_codes(codes.size());
    model.levels(full.job, full.input.data(), base::Fidelity::kAnalog, draws, false, fast);
    model.run_bitwise(full.job, full.input.data(), base::Fidelity::kAnalog, draws, false, slow,
                      slow_codes.data());
    ASSERT_EQ(fast, slow) << combination.name;

    MacroParameters quiet = macro;
    quiet.convert.noise_mv = 0;
    quiet.temperature_k = 0;
    Macro silent(quiet);
    fill_array(silent.array(), macro, 500, 8, 1);
    silent.run(full.job, full.input.data(), base::Fidelity::kAnalog, draws, codes.data());
    ASSERT_EQ(codes, slow_codes) << combination.name;

    std::vector<std::uint8_t> exact_codes(codes.size());
    model.run_bitwise(full.job, full.input.data(), base::Fidelity::kQuantised, draws, false, slow,
                      exact_codes.data());
    model.run(full.job, full.input.data(), base::Fidelity::kQuantised, draws, codes.data());
    ASSERT_EQ(codes, exact_codes) << combination.name;
    EXPECT_NE(codes, slow_codes) << combination.name << ": the errors change nothing";
  }
}

// The same with ranges of the job and of columns, whose steps are no powers of two.
TEST(StagesBitwise, EqualWithRangesOfConverters) {
  unsigned tried = 0;
  for (const Combination& combination : combinations()) {
    MacroParameters macro = erring_macro_of(combination);
    if (!macro.post.digital()) continue;
    macro.convert.range_bits = 6;
    macro.convert.bits = 4;  // steps above 1
    FullArrayJob full = job_of(combination, macro);
    Macro model(macro);
    fill_array(model.array(), macro, 500, 8, 1);
    const JobDraws draws{{7, 0}, 0};
    std::vector<double> whole;
    model.levels(full.job, full.input.data(), base::Fidelity::kAnalog, draws, false, whole);
    for (const bool columns : {false, true}) {
      full.job.range = 37;
      for (unsigned c = 0; columns && c < macro.columns; ++c) {
        ASSERT_TRUE(model.array().write_range(c, c * 29 % 65));
      }
      ASSERT_EQ(validate(full.job, macro), JobError::kNone) << combination.name;
      for (const base::Fidelity fidelity : {base::Fidelity::kQuantised, base::Fidelity::kAnalog}) {
        std::vector<double> fast;
        std::vector<double> slow;
        std::vector<std::uint8_t> codes(full.job.positions() * full.job.outputs);
        model.levels(full.job, full.input.data(), fidelity, draws, false, fast);
        model.run_bitwise(full.job, full.input.data(), fidelity, draws, false, slow, codes.data());
        ASSERT_EQ(fast, slow) << combination.name;
        if (fidelity == base::Fidelity::kAnalog) {
          EXPECT_NE(fast, whole) << combination.name << ": the ranges change nothing";
        }
      }
      ++tried;
    }
  }
  EXPECT_GE(tried, 16u);
}

// Pages share the MAC circuit: the same weights give the same codes in each, in another row not.
TEST(StagesBitwise, PagesShareTheirCapacitors) {
  Combination combination{"pages", {{"cell.pages", "3"}, {"rows_per_unit", "24"}}};
  const MacroParameters macro = erring_macro_of(combination);
  ASSERT_EQ(macro.page_rows(), 48u);
  Macro model(macro);
  fill_array(model.array(), macro, 1000, 8, 1);
  std::vector<std::uint8_t> page(model.array().row(0), model.array().row(24));
  for (const unsigned row : {24u, 48u, 96u}) {
    model.array().write_cells(row * model.array().row_bytes(), page.data(), page.size());
  }
  FullArrayJob full = job_of(combination, macro);
  full.job.window_count = 24;
  full.job.unit_count = 1;
  const auto run = [&](unsigned unit) {
    full.job.unit_first = unit;
    EXPECT_EQ(validate(full.job, macro), JobError::kNone);
    std::vector<double> levels;
    model.levels(full.job, full.input.data(), base::Fidelity::kAnalog, {{7, 0}, 0}, true, levels);
    return levels;
  };
  const std::vector<double> first = run(0);
  EXPECT_EQ(run(2), first);
  EXPECT_EQ(run(4), first);
  EXPECT_NE(run(1), first);
}

// A job of more positions than stay in the cache: codes, counts and skipped steps of all blocks.
TEST(StagesBitwise, BlocksOfAJobAreTheJob) {
  base::ParameterSet parameters = test::imagine_parameters();
  const Settings settings = {{"drive.kind", "dac"},
                             {"drive.bits", "4"},
                             {"input_bits", "4"},
                             {"drive.zero_skipping", "yes"}};
  for (const auto& [key, value] : settings) {
    parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  const MacroParameters macro = read_macro_parameters(parameters);
  FullArrayJob full = full_array_job(macro, 4, 8, 8, 30, 3);
  Job& job = full.job;
  job.kernel_width = job.kernel_height = 1;
  job.in_width = job.in_height = 30;
  job.in_channels = job.in_pixel_stride = 1152;
  full.input.assign(900u * 1152, 0x39);
  for (std::size_t m = 0; m < 900; m += 7) std::fill_n(&full.input[m * 1152], 1152, 0);
  Macro model(macro);
  fill_array(model.array(), macro, 500, 8, 1);
  const JobDraws draws{{7, 0}, 0};
  std::vector<std::uint8_t> codes(job.positions() * job.outputs);
  const JobCounts counts =
      model.run(job, full.input.data(), base::Fidelity::kAnalog, draws, codes.data());
  const std::uint64_t driven = 900 - 129;
  EXPECT_EQ(counts.conversions, driven * job.outputs);
  EXPECT_EQ(counts.driven_bits, driven * 1152 * 9);
  EXPECT_EQ(counts.driven_digits, driven * 1152);
  EXPECT_EQ(model.steps_taken()[7], 0u);
  EXPECT_EQ(model.steps_taken()[899], 1u);
  std::vector<double> levels;
  model.levels(job, full.input.data(), base::Fidelity::kAnalog, draws, true, levels);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    ASSERT_EQ(codes[i], std::min(std::max(std::floor(levels[i]), 0.0), 255.0)) << i;
  }
}

TEST(StagesBitwise, EqualInMeanAndVarianceWithNoise) {
  constexpr std::uint32_t kDraws = 4000;
  const std::vector<Combination> table = combinations();
  const double z = test::z99_of_all(table.size());
  for (const Combination& combination : table) {
    MacroParameters macro = erring_macro_of(combination);
    macro.convert.noise_mv = 2;
    macro.temperature_k = 300 * 1000;  // so that kT/C, small on a real line, has a part in it
    test::expect_same_moments(combination, macro, kDraws, z);
  }
}

}  // namespace
}  // namespace leyden::cim
