// Effects in whole jobs: statistics of levels against closed forms at 99 %, every key by its text
// as
// --set gives it, extreme values.
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/cim/column_error.h"
#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"
#include "tests/models/cim/statistics.h"

namespace leyden::cim {
namespace {

using base::Fidelity;
using test::expect_normal;
using Settings = std::map<std::string, std::string>;

const Settings kSilent = {{"cell.mismatch_percent_sqrt_ff", "0"},
                          {"dot_product.charge_injection_mv", "0"},
                          {"converter.noise_mv", "0"},
                          {"converter.offset_mv", "0"},
                          {"converter.gain_percent", "0"},
                          {"converter.inl_lsb", "0"}};
const Settings kResistive = {{"cell.kind", "rram"},
                             {"cell.on_conductance_us", "160"},
                             {"dot_product.parasitic_ratio", "0"},
                             {"dot_product.kind", "current_summing"},
                             {"dot_product.settling_tau_ns", "0"},
                             {"dot_product.read_voltage_v", "0.2"},
                             {"combine.capacitance_ff", "20"},
                             {"converter.reference", "supply"},
                             {"dot_product.leakage_tau_us", "1e12"}};
const Settings kDigital = {
    {"combine.inputs", "digital"}, {"combine.columns", "digital"}, {"post.kind", "digital_scale"}};

Settings with(Settings base, const Settings& more) {
  for (const auto& [key, value] : more) base[key] = value;
  return base;
}

base::ParameterSet parameters_of(const Settings& settings) {
  base::ParameterSet parameters = test::imagine_parameters();
  for (const auto& [key, value] : settings) {
    parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  return parameters;
}

MacroParameters macro_of(const Settings& settings) {
  return read_macro_parameters(parameters_of(settings));
}

/// A one-position job whose cells and inputs a test sets.
struct Bench {
  Bench(const MacroParameters& parameters, unsigned bx, unsigned bw, unsigned rows)
      : macro(parameters), model(parameters), input(rows) {
    job.in_width = job.in_height = job.out_width = job.out_height = 1;
    job.in_channels = job.in_pixel_stride = job.window_count = rows;
    job.unit_count = (rows + macro.rows_per_unit - 1) / macro.rows_per_unit;
    job.in_bits = bx;
    job.weight_bits = bw;
    job.out_bits = macro.post.digital() ? 8 : macro.convert.bits;
    job.outputs = job.out_pixel_stride = macro.columns / macro.columns_per_output(bw);
    cells.resize(model.array().cell_bytes());
    for (unsigned e = 0; e < macro.abn_entries; ++e) model.array().write_abn(e, 256);
  }
  /// Same weight everywhere.
  void fill(int weight) {
    const WeightLayout& layout = macro.layout(job.weight_bits);
    std::vector<std::uint8_t> levels(layout.width());
    layout.encode(weight, levels.data());
    std::fill(cells.begin(), cells.end(), std::uint8_t{0});
    const unsigned bits = macro.cells.bits;
    for (unsigned row = 0; row < macro.rows; ++row) {
      for (unsigned column = 0; column < macro.columns; ++column) {
        const unsigned bit = column * bits;
        const unsigned value = levels[column % layout.width()] << (bit % 8);
        const std::size_t at = std::size_t{row} * macro.row_bytes() + bit / 8;
        cells[at] = static_cast<std::uint8_t>(cells[at] | value);
        if (value > 255) cells[at + 1] = static_cast<std::uint8_t>(cells[at + 1] | value >> 8);
      }
    }
    model.array().write_cells(0, cells.data(), cells.size());
  }
  std::vector<double> levels(std::uint32_t die, std::uint32_t image, bool temporal) {
    std::vector<double> result;
    model.levels(job, input.data(), Fidelity::kAnalog, {{die, image}, 0}, temporal, result);
    return result;
  }
  /// Dot products in the units of the level: one LSB of the code.
  double lsb() const {
    return std::ldexp(job.line_rows(macro),
                      static_cast<int>(job.in_bits + job.weight_bits - job.out_bits) -
                          static_cast<int>(macro.output_range_shift()));
  }

  MacroParameters macro;
  Macro model;
  Job job;
  std::vector<std::uint8_t> input;
  std::vector<std::uint8_t> cells;
};

TEST(ReadNoise, VarianceFollowsInputsAndConductances) {
  MacroParameters macro =
      macro_of(with(with(kSilent, kResistive), {{"cell.bits", "2"},
                                                {"cell.read_noise_percent", "5"},
                                                {"cell.representation", "differential"},
                                                {"drive.kind", "dac"},
                                                {"drive.bits", "4"},
                                                {"input_bits", "4"}}));
  macro.temperature_k = 0;
  Bench bench(macro, 4, 5, 30);
  bench.fill(11);  // digits 3 and 2 of the plus columns
  double squares = 0;
  for (unsigned i = 0; i < 30; ++i) {
    bench.input[i] = static_cast<std::uint8_t>(i % 16);
    const double x = i % 16;
    squares += x * x * (3.0 * 3.0 + 8.0 * 8.0);
  }
  double mean = 0;
  for (unsigned i = 0; i < 30; ++i) mean += 11 * (i % 16);
  std::vector<double> samples;
  for (std::uint32_t image = 0; image < 100; ++image) {
    const auto levels = bench.levels(1, image, true);
    samples.insert(samples.end(), levels.begin(), levels.end());
  }
  expect_normal(samples, mean / bench.lsb() + 0.5,
                0.05 * 0.05 * squares / (bench.lsb() * bench.lsb()));
}

TEST(SampleNoise, IsKtOverTheSamplingCapacitor) {
  // One bit of one bit: sampled, halved by the accumulation, which adds half of kT/C, halved by the
  // combination of columns.
  const MacroParameters macro = macro_of(with(kSilent, kResistive));
  Bench bench(macro, 1, 1, 36);
  bench.fill(0);
  const double sample = 1.380649e-23 * 300 / 20e-15;
  const double lsb_v = 0.6 / 2 / 256;
  std::vector<double> samples;
  for (std::uint32_t image = 0; image < 20; ++image) {
    const auto levels = bench.levels(1, image, true);
    samples.insert(samples.end(), levels.begin(), levels.end());
  }
  expect_normal(samples, 0.5, (sample / 4 + sample / 2) / 4 / (lsb_v * lsb_v));
}

TEST(SupplyNoise, ScalesThePositionsSignals) {
  MacroParameters macro = macro_of(with(kSilent, {{"supply_noise_mv", "3"}}));
  macro.temperature_k = 0;
  Bench bench(macro, 8, 8, 72);
  bench.fill(100);
  std::fill(bench.input.begin(), bench.input.end(), std::uint8_t{200});
  const double mean = 72.0 * 200 * 100 / bench.lsb();
  std::vector<double> samples;
  for (std::uint32_t image = 0; image < 3000; ++image) {
    const auto levels = bench.levels(1, image, true);
    samples.push_back(levels[0]);
    EXPECT_EQ(levels[0], levels[5]) << "one supply for all columns";
  }
  expect_normal(samples, mean + 0.5, std::pow(mean * 3e-3 / 0.6, 2));
}

TEST(ColumnMismatch, WeighsTheColumnsSums) {
  const MacroParameters macro = macro_of(with(kSilent, {{"combine.column_mismatch_percent", "2"}}));
  Bench bench(macro, 8, 4, 36);
  bench.fill(-3);  // 1101: columns 0, 2 and the sign
  std::fill(bench.input.begin(), bench.input.end(), std::uint8_t{77});
  std::vector<double> samples;
  for (std::uint32_t die = 1; die <= 60; ++die) {
    const auto levels = bench.levels(die, 0, false);
    samples.insert(samples.end(), levels.begin(), levels.end());
  }
  const double sum = 36 * 77;
  expect_normal(samples, -3 * sum / bench.lsb() + 0.5,
                0.02 * 0.02 * (1 + 16 + 64) * std::pow(sum / bench.lsb(), 2));
}

TEST(InputShare, VariesWithTheAccumulatorOfEveryColumn) {
  const MacroParameters macro = macro_of(with(kSilent, {{"combine.input_mismatch_percent", "1"}}));
  Bench bench(macro, 8, 4, 36);
  bench.fill(5);                                                          // columns 0 and 2
  std::fill(bench.input.begin(), bench.input.end(), std::uint8_t{0xa0});  // bits 7 and 5
  std::vector<double> samples;
  for (std::uint32_t die = 1; die <= 60; ++die) {
    const auto levels = bench.levels(die, 0, false);
    samples.insert(samples.end(), levels.begin(), levels.end());
  }
  // 2^7 (7 - 6) + 2^5 (5 - 6) = 96 per row and unit of deviation.
  expect_normal(samples, 5.0 * 36 * 0xa0 / bench.lsb() + 0.5,
                0.01 * 0.01 * (1 + 16) * std::pow(36 * 96.0 / bench.lsb(), 2));
}

/// D^ less D of a macro of four-bit cells, in LSB of the output.
double on_off_error(const std::string& representation, bool apart) {
  Settings settings = with(with(kSilent, kResistive), {{"cell.bits", "4"},
                                                       {"cell.on_off_ratio", "100"},
                                                       {"converter.bits", "12"},
                                                       {"cell.representation", representation},
                                                       {"rows_per_unit", "128"},
                                                       {"rows", "128"},
                                                       {"post.kind", "digital_scale"},
                                                       {"combine.inputs", "digital"}});
  if (apart) settings["combine.columns"] = "digital";
  MacroParameters macro = macro_of(settings);
  macro.temperature_k = 0;
  Bench bench(macro, 8, 8, 128);
  bench.fill(37);
  double sum = 0;
  for (unsigned i = 0; i < 128; ++i) {
    bench.input[i] = static_cast<std::uint8_t>(37 * i);
    sum += bench.input[i];
  }
  const double inverse = 0.01;
  const double level = bench.levels(1, 0, false)[0] - 0.5;
  // What cancelling leaves: every level times 1 - 1/r.
  return level - 37 * (1 - inverse) * sum / bench.lsb();
}

TEST(OnOff, PairsAndDummiesCancelTheLowestConductance) {
  // Conversions round to whole levels of 12 bits: at most half of one in each of eight input bits
  // and every digit, and as much in the dummies.
  const double half = 0.5 * 255 / std::ldexp(128, 8 + 8 - 8);
  EXPECT_NEAR(on_off_error("differential", true), 0, half * (1 + 16));
  EXPECT_NEAR(on_off_error("shifted_unsigned", true), 0, half * 2 * (1 + 16));
  EXPECT_NEAR(on_off_error("shifted_unsigned", false), 0, half * 2);
  // Two's complement has nothing to cancel it: every column adds 15/100 for an input of 1.
  double sum = 0;
  for (unsigned i = 0; i < 128; ++i) sum += static_cast<std::uint8_t>(37 * i);
  const double added = 0.15 * (1 + 16 - 128) * sum / std::ldexp(128, 8 + 8 - 8);
  EXPECT_NEAR(on_off_error("twos_complement", true), added, half * (1 + 16 + 128));
  EXPECT_LT(added, -8);
}

TEST(Stuck, CellsTurnTheWeightsThemselves) {
  const MacroParameters macro =
      macro_of(with(kSilent, {{"cell.stuck_on_ppm", "1e6"}, {"converter.range_shift", "0"}}));
  Bench bench(macro, 8, 8, 36);
  bench.fill(5);
  std::fill(bench.input.begin(), bench.input.end(), std::uint8_t{50});
  EXPECT_NEAR(bench.levels(1, 0, false)[0], -1 * 36 * 50 / bench.lsb() + 0.5, 1e-9);  // all bits
}

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
