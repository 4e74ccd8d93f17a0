// Every effect, and all together, against the same macro computed digit by digit and cell by cell.
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"
#include "tests/models/cim/combination.h"
#include "tests/models/cim/statistics.h"

namespace leyden::cim {
namespace {

using test::Combination;
using test::job_of;
using test::macro_of;
using test::Settings;

const Settings kCells = {{"cell.stuck_on_ppm", "20000"}, {"cell.stuck_off_ppm", "30000"}};
const Settings kAnalogColumns = {{"combine.column_mismatch_percent", "3"}};
const Settings kAnalogInputs = {{"combine.input_mismatch_percent", "4"},
                                {"combine.settling_tau_ns", "4"}};
const Settings kDigital = {
    {"combine.inputs", "digital"}, {"combine.columns", "digital"}, {"post.kind", "digital_scale"}};
const Settings kDac = {{"drive.kind", "dac"}, {"drive.bits", "3"}, {"drive.inl_lsb", "0.4"}};
const Settings kSar = {{"converter.unit_mismatch_percent", "4"}, {"converter.compression", "1.3"}};
const Settings kInjection = {{"converter.kind", "charge_injection_sar"},
                             {"converter.bits", "7"},
                             {"converter.unit_mismatch_percent", "3"}};
const Settings kFlash = {
    {"converter.kind", "flash"}, {"converter.bits", "5"}, {"converter.comparator_offset_mv", "6"}};
const Settings kResistive = {{"cell.kind", "rram"},
                             {"cell.on_conductance_us", "160"},
                             {"cell.on_off_ratio", "17"},
                             {"cell.variation_percent", "8"},
                             {"dot_product.kind", "current_summing"},
                             {"dot_product.read_voltage_v", "0.2"},
                             {"dot_product.wire_resistance_ohm", "3"},
                             {"combine.capacitance_ff", "20"},
                             {"converter.reference", "supply"}};

Settings all_of(std::initializer_list<Settings> parts) {
  Settings settings;
  for (const Settings& part : parts) {
    for (const auto& [key, value] : part) settings[key] = value;
  }
  return settings;
}

std::vector<Combination> combinations() {
  return {
      {"charge, all analog, SAR", all_of({kCells, kAnalogColumns, kAnalogInputs, kSar}), 8, 8},
      {"charge, all analog, shifted unsigned, flash",
       all_of({kCells,
               kAnalogColumns,
               kAnalogInputs,
               kFlash,
               {{"cell.representation", "shifted_unsigned"}, {"cell.bits", "2"}}}),
       6, 6},
      {"charge, pages, charge injection",
       all_of({kCells,
               kAnalogColumns,
               kAnalogInputs,
               kInjection,
               {{"cell.pages", "2"}, {"cell.representation", "differential"}}}),
       5, 4},
      {"charge, one step of a DAC",
       all_of({kCells, kAnalogColumns, kDac, kSar, {{"input_bits", "3"}}}), 3, 5},
      {"charge, digital, DAC, charge injection",
       all_of({kCells,
               kDigital,
               kDac,
               kInjection,
               {{"post.kind", "adder_tree"}, {"dot_product.rows_active", "72"}}}),
       8, 6},
      {"charge, digital columns, analog inputs, ternary pairs, flash",
       all_of({kCells,
               kAnalogInputs,
               kFlash,
               {{"combine.columns", "digital"},
                {"post.kind", "digital_scale"},
                {"cell.representation", "ternary_pair"}}}),
       5, 4},
      {"resistive, digital, two's complement of four bits",
       all_of({kCells, kResistive, kDigital, kDac, kSar, {{"cell.bits", "4"}}}), 8, 8},
      {"resistive, digital, differential of two bits, zero skipping",
       all_of({kCells,
               kResistive,
               kDigital,
               kFlash,
               {{"cell.bits", "2"},
                {"cell.representation", "differential"},
                {"drive.zero_skipping", "yes"}}}),
       4, 5},
      {"resistive, digital, shifted unsigned of two bits, segments",
       all_of({kCells,
               kResistive,
               kDigital,
               kDac,
               kSar,
               {{"cell.bits", "2"},
                {"cell.representation", "shifted_unsigned"},
                {"post.kind", "adder_tree"},
                {"dot_product.rows_active", "36"}}}),
       7, 7},
      {"resistive, all analog, shifted unsigned",
       all_of({kCells,
               kResistive,
               kAnalogColumns,
               kAnalogInputs,
               kInjection,
               {{"cell.bits", "3"}, {"cell.representation", "shifted_unsigned"}}}),
       6, 5},
  };
}

TEST(EffectsBitwise, EqualBitForBitWithoutTemporalNoise) {
  for (const Combination& combination : combinations()) {
    const MacroParameters macro = macro_of(combination);
    const FullArrayJob full = job_of(combination, macro);
    ASSERT_EQ(validate(full.job, macro), JobError::kNone) << combination.name;
    MacroParameters quiet = macro;
    quiet.convert.noise_mv = 0;
    quiet.temperature_k = 0;
    Macro model(quiet);
    fill_array(model.array(), macro, 500, full.job.out_bits, 1);
    const JobDraws draws{{7, 0}, 0};
    std::vector<double> fast;
    std::vector<double> slow;
    std::vector<std::uint8_t> codes(full.job.positions() * full.job.outputs);
    std::vector<std::uint8_t> slow_codes(codes.size());
    std::vector<std::uint8_t> exact(codes.size());
    model.levels(full.job, full.input.data(), base::Fidelity::kAnalog, draws, false, fast);
    model.run_bitwise(full.job, full.input.data(), base::Fidelity::kAnalog, draws, false, slow,
                      slow_codes.data());
    ASSERT_EQ(fast, slow) << combination.name;
    model.run(full.job, full.input.data(), base::Fidelity::kAnalog, draws, codes.data());
    ASSERT_EQ(codes, slow_codes) << combination.name;
    model.run(full.job, full.input.data(), base::Fidelity::kQuantised, draws, exact.data());
    EXPECT_NE(codes, exact) << combination.name << ": the errors change nothing";
  }
}

TEST(EffectsBitwise, WithoutEffectsTheirPathIsQuantised) {
  // A supply noise too small to matter sends conversions the slow way.
  for (Combination combination : combinations()) {
    for (const char* key :
         {"cell.mismatch_percent_sqrt_ff", "cell.stuck_on_ppm", "cell.stuck_off_ppm",
          "cell.on_off_ratio", "cell.variation_percent", "dot_product.wire_resistance_ohm",
          "dot_product.charge_injection_mv", "combine.column_mismatch_percent",
          "combine.input_mismatch_percent", "combine.settling_tau_ns", "drive.inl_lsb",
          "converter.unit_mismatch_percent", "converter.comparator_offset_mv", "converter.noise_mv",
          "converter.offset_mv", "converter.gain_percent", "converter.inl_lsb"}) {
      combination.settings[key] = "0";
    }
    combination.settings["converter.compression"] = "1";
    MacroParameters macro = macro_of(combination);
    macro.temperature_k = 0;
    macro.dot_product.settling_tau_ns = 0;
    macro.convert.reference = ReferenceKind::kReplica;
    macro.supply_noise_mv = 1e-300;
    ASSERT_TRUE(Effects::needed(macro));
    const FullArrayJob full = job_of(combination, macro);
    Macro model(macro);
    fill_array(model.array(), macro, 500, full.job.out_bits, 1);
    std::vector<std::uint8_t> codes(full.job.positions() * full.job.outputs);
    std::vector<std::uint8_t> exact(codes.size());
    model.run(full.job, full.input.data(), base::Fidelity::kAnalog, {}, codes.data());
    model.run(full.job, full.input.data(), base::Fidelity::kQuantised, {}, exact.data());
    EXPECT_EQ(codes, exact) << combination.name;
  }
}

TEST(EffectsBitwise, EqualInMeanAndVarianceWithNoise) {
  constexpr std::uint32_t kDraws = 3000;
  const std::vector<Combination> table = combinations();
  const double z = test::z99_of_all(table.size());
  for (const Combination& combination : table) {
    MacroParameters macro = macro_of(combination);
    const bool resistive = macro.cells.kind == CellKind::kRram;
    macro.convert.noise_mv = 0.3;
    macro.supply_noise_mv = 3;
    macro.cells.read_noise_percent = resistive ? 20 : 0;
    macro.convert.metastability_tau_ps = 10;
    macro.convert.decision_time_ps = 50;
    test::expect_same_moments(combination, macro, kDraws, z);
  }
}

}  // namespace
}  // namespace leyden::cim
