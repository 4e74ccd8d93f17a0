// Keys of effects, every one by its text as --set gives it; extreme values; column errors.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/cim/column_error.h"
#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/effects_support.h"

namespace leyden::cim {
namespace {

using base::Fidelity;
using test::kDigital;
using test::kResistive;
using test::kSilent;
using test::macro_of;
using test::parameters_of;
using test::Settings;
using test::with;

/// Keys of effects, on what they act and how far they are turned up.
struct Key {
  const char* key;
  const char* value;
  Settings base;
  bool temporal = false;
};

std::vector<Key> keys() {
  const Settings supply = {{"converter.reference", "supply"}};
  const Settings dac = with(kDigital, {{"drive.kind", "dac"}, {"drive.bits", "4"}});
  const Settings injection = {{"converter.kind", "charge_injection_sar"}};
  const Settings flash = {{"converter.kind", "flash"}};
  return {
      {"cell.mismatch_percent_sqrt_ff", "10", {}},
      {"cell.stuck_on_ppm", "1000", {}},
      {"cell.stuck_off_ppm", "1000", {}},
      {"cell.on_off_ratio", "17", kResistive},
      {"cell.variation_percent", "10", kResistive},
      {"cell.read_noise_percent", "10", kResistive, true},
      {"dot_product.wire_resistance_ohm", "2", kResistive},
      {"dot_product.settling_tau_ns", "5", supply},
      {"dot_product.leakage_tau_us", "1", supply},
      {"dot_product.parasitic_ratio", "0.5", supply},
      {"dot_product.charge_injection_mv", "5", {{"weight_bits", "1"}}},
      {"drive.inl_lsb", "0.5", dac},
      {"combine.column_mismatch_percent", "3", {}},
      {"combine.input_mismatch_percent", "3", {}},
      {"combine.settling_tau_ns", "5", {}},
      {"temperature_k", "500", with(kResistive, {{"combine.capacitance_ff", "1"}}), true},
      {"supply_noise_mv", "10", {}, true},
      {"converter.noise_mv", "2", {}, true},
      {"converter.offset_mv", "2", {}},
      {"converter.gain_percent", "5", {}},
      {"converter.inl_lsb", "3", {}},
      {"converter.unit_mismatch_percent", "5", {}},
      {"converter.unit_mismatch_percent", "5", injection},
      {"converter.comparator_offset_mv", "3", flash},
      {"converter.compression", "1.2", {}},
      {"converter.metastability_tau_ps", "20", {{"converter.decision_time_ps", "100"}}, true},
  };
}

std::vector<std::uint8_t> run_codes(const MacroParameters& macro, std::vector<double>* levels) {
  Macro model(macro);
  const unsigned bits = macro.post.digital() ? 8 : macro.convert.bits;
  fill_array(model.array(), macro, 256, bits, 4);
  const FullArrayJob full = full_array_job(macro, macro.input_bits, macro.weight_bits, bits, 2, 4);
  std::vector<std::uint8_t> codes(full.job.positions() * full.job.position_bytes());
  model.run(full.job, full.input.data(), Fidelity::kAnalog, {{3, 1}, 0}, codes.data());
  if (levels != nullptr) {
    model.levels(full.job, full.input.data(), Fidelity::kAnalog, {{3, 1}, 0}, true, *levels);
  }
  return codes;
}

TEST(Keys, EachTurnedUpAloneChangesCodesAndBackToItsNeutralValueNothing) {
  const Settings small = {{"rows", "288"}, {"columns", "64"}};
  for (const Key& key : keys()) {
    const Settings base = with(with(small, kSilent), key.base);
    const Settings up = with(base, {{key.key, key.value}});
    const auto neutral = run_codes(macro_of(base), nullptr);
    EXPECT_NE(run_codes(macro_of(up), nullptr), neutral) << key.key;
    const base::ParameterSet before = parameters_of(base);
    const std::string back = std::to_string(before.real("cim." + std::string(key.key)));
    EXPECT_EQ(run_codes(macro_of(with(up, {{key.key, back}})), nullptr), neutral) << key.key;
  }
}

TEST(Keys, EveryEffectOfTheStagesIsAmongThem) {
  // What a spec calls an error, a deviation or a noise: a new one must be tested above.
  const std::vector<std::string> words = {"sigma",    "rms",      "stuck", "Time constant", "ratio",
                                          "wire",     "mismatch", "Error", "offset",        "Bound",
                                          "Exponent", "Pedestal", "noise", "Change"};
  const std::vector<std::string> other_units = {"fF", "fJ", "um2", "nm"};
  std::vector<std::string> tested;
  for (const Key& key : keys()) tested.push_back(key.key);
  for (const base::ParameterSpec& spec : macro_parameter_specs()) {
    const bool numeric = spec.choices.empty() && !spec.integer;
    const bool effect = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return spec.text.find(word) != std::string::npos;
    });
    const bool physical = spec.unit == "%" || spec.unit == "mV" || spec.unit == "ppm";
    const bool other =
        std::find(other_units.begin(), other_units.end(), spec.unit) != other_units.end();
    if (!numeric || other || (!effect && !physical)) continue;
    EXPECT_NE(std::find(tested.begin(), tested.end(), spec.key), tested.end()) << spec.key;
  }
}

TEST(ColumnErrors, TellEveryTermAndAddUp) {
  const Settings small = {{"rows", "288"}, {"columns", "64"}};
  const MacroParameters charge = macro_of(with(small, {{"cell.stuck_on_ppm", "300"},
                                                       {"combine.column_mismatch_percent", "0.5"},
                                                       {"combine.input_mismatch_percent", "0.5"},
                                                       {"supply_noise_mv", "1"},
                                                       {"converter.unit_mismatch_percent", "2"}}));
  const MacroParameters current =
      macro_of(with(with(small, kResistive), {{"cell.bits", "2"},
                                              {"cell.representation", "shifted_unsigned"},
                                              {"cell.variation_percent", "3"},
                                              {"cell.read_noise_percent", "3"},
                                              {"cell.on_off_ratio", "150"},
                                              {"dot_product.wire_resistance_ohm", "0.01"}}));
  const ColumnError a = column_error_lsb_rms(charge, 1, 100);
  const ColumnError b = column_error_lsb_rms(current, 1, 8);
  for (const double term :
       {a.temporal, a.offset, a.gain, a.mismatch, a.inl, a.transfer, a.stuck, a.columns, a.inputs,
        b.temporal, b.mismatch, b.read, b.on_off, b.wire}) {
    EXPECT_GT(term, 1e-4);
  }
  for (const double term : {a.read, a.on_off, a.wire, b.stuck, b.columns, b.inputs}) {
    EXPECT_EQ(term, 0);
  }
  // Those of the charge macro are independent: squares add up, but for the correlation that 800
  // columns have by chance, 3.5 % rms.
  double squares = 0;
  for (const double term : {a.temporal, a.offset, a.gain, a.mismatch, a.inl, a.transfer, a.stuck,
                            a.columns, a.inputs}) {
    squares += term * term;
  }
  EXPECT_NEAR(a.total, std::sqrt(squares), 0.05 * a.total);
}

TEST(Keys, ExtremeValuesStayFiniteAndInRange) {
  const Settings small = {{"rows", "144"}, {"columns", "32"}};
  const Settings bases[] = {
      {},
      {{"converter.reference", "supply"}, {"converter.decision_time_ps", "10"}},
      kResistive,
      with(kResistive, with(kDigital, {{"cell.bits", "3"},
                                       {"cell.representation", "shifted_unsigned"},
                                       {"drive.kind", "dac"},
                                       {"drive.bits", "3"}})),
      with(kDigital, {{"converter.kind", "flash"}, {"rows_per_unit", "1"}, {"rows", "2"}}),
      {{"converter.kind", "charge_injection_sar"}},
  };
  unsigned runs = 0;
  for (const base::ParameterSpec& spec : macro_parameter_specs()) {
    if (spec.integer || !spec.choices.empty()) continue;
    for (const double value : {spec.minimum, spec.maximum}) {
      for (const Settings& base : bases) {
        base::ParameterSet parameters = parameters_of(with(small, base));
        parameters.set("cim." + spec.key, value, base::Source::kAssumed, "test", "test");
        try {
          const MacroParameters macro = read_macro_parameters(parameters);
          std::vector<double> levels;
          const auto codes = run_codes(macro, &levels);
          ++runs;
          const unsigned top = 1u << (macro.post.digital() ? 8 : macro.convert.bits);
          for (const double level : levels) {
            ASSERT_TRUE(std::isfinite(level)) << spec.key << " = " << value;
          }
          for (const unsigned code : codes) ASSERT_LT(code, top);
        } catch (const base::UsageError& refused) {
          EXPECT_NE(std::string(refused.what()).find("cannot be"), std::string::npos)
              << refused.what();
        }
      }
    }
  }
  EXPECT_GT(runs, 300u);
}

TEST(Keys, AllExtremesTogetherStayFiniteAndInRange) {
  for (const Settings& base : {Settings{}, kResistive}) {
    base::ParameterSet parameters = parameters_of(with(
        with({{"rows", "144"}, {"columns", "32"}}, base), {{"converter.decision_time_ps", "1"}}));
    for (const Key& key : keys()) {
      const std::string name = "cim." + std::string(key.key);
      const base::ParameterSpec& spec = parameters.declared().at(name);
      base::ParameterSet tried = parameters;
      tried.set(name, spec.key == "cell.on_off_ratio" ? 1.001 : spec.maximum,
                base::Source::kAssumed, "test", "test");
      try {
        read_macro_parameters(tried);
        parameters = tried;
      } catch (const base::UsageError&) {
        continue;  // belongs to another kind of macro
      }
    }
    std::vector<double> levels;
    run_codes(read_macro_parameters(parameters), &levels);
    for (const double level : levels) ASSERT_TRUE(std::isfinite(level));
  }
}

}  // namespace
}  // namespace leyden::cim
