// Effects in whole jobs: statistics of levels against closed forms at 99 %, every key by its text
// as
// --set gives it, extreme values.
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/effects_support.h"
#include "tests/models/cim/statistics.h"

namespace leyden::cim {
namespace {

using base::Fidelity;
using test::expect_normal;
using test::kResistive;
using test::kSilent;
using test::macro_of;
using test::Settings;
using test::with;

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

}  // namespace
}  // namespace leyden::cim
