// Stuck cells, dead columns and stuck converters: what they are equal to, by other ways.
#include "models/cim/macro_faults.h"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

using Converter = MacroFaults::Converter;
constexpr base::Fidelity kFidelities[] = {base::Fidelity::kIdeal, base::Fidelity::kQuantised,
                                          base::Fidelity::kAnalog};

MacroParameters macro_of(const std::string& chip) {
  base::ParameterSet parameters = test::preset_parameters(chip);
  return read_macro_parameters(parameters);
}

struct Bench {
  explicit Bench(const MacroParameters& macro) : model(macro) {
    fill(macro);
    full = full_array_job(macro, macro.input_bits, macro.weight_bits, out_bits(macro), 3, 3);
  }
  static unsigned out_bits(const MacroParameters& macro) {
    return macro.post.digital() ? 8 : macro.convert.bits;
  }
  void fill(const MacroParameters& macro) {
    fill_array(model.array(), macro, 700, out_bits(macro), 5);
  }

  std::vector<std::uint8_t> run(base::Fidelity fidelity) {
    std::vector<std::uint8_t> codes(full.job.positions() * full.job.position_bytes());
    model.run(full.job, full.input.data(), fidelity, {{3, 1}, 0}, codes.data());
    return codes;
  }

  Macro model;
  FullArrayJob full;
};

/// Makes one cell hold a level through the weight window's bytes.
void write_cell(WeightArray& array, const MacroParameters& macro, unsigned row, unsigned column,
                unsigned level) {
  for (unsigned bit = 0; bit < macro.cells.bits; ++bit) {
    const std::size_t at = row * array.row_bytes() * 8 + column * macro.cells.bits + bit;
    std::uint8_t byte = array.cells()[at / 8];
    const auto mask = static_cast<std::uint8_t>(1u << at % 8);
    byte = static_cast<std::uint8_t>((level >> bit & 1) != 0 ? byte | mask : byte & ~mask);
    array.write_cells(at / 8, &byte, 1);
  }
}

class MacroFaultsOf : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Presets, MacroFaultsOf,
                         testing::Values("imagine", "rram128", "adapt256", "capram"));

TEST_P(MacroFaultsOf, StuckCellsAreAsIfTheyWereWritten) {
  const MacroParameters macro = macro_of(GetParam());
  const unsigned highest = macro.cells.highest_level();
  const MacroFaults faults{{{0, 0, highest}, {7, 3, 0}, {5, macro.columns - 1, highest}}, {}, {}};
  for (const base::Fidelity fidelity : kFidelities) {
    Bench broken(macro);
    broken.model.set_faults(faults);
    broken.fill(macro);  // they stay so
    Bench written(macro);
    for (const MacroFaults::StuckCell& cell : faults.cells) {
      write_cell(written.model.array(), macro, cell.row, cell.column, cell.level);
    }
    EXPECT_EQ(std::memcmp(broken.model.array().cells(), written.model.array().cells(),
                          broken.model.array().cell_bytes()),
              0);
    EXPECT_EQ(broken.run(fidelity), written.run(fidelity));
  }
}

TEST_P(MacroFaultsOf, DeadColumnsAreAsIfAllTheirCellsWereAtLevel0) {
  const MacroParameters macro = macro_of(GetParam());
  MacroFaults faults;
  faults.dead_columns.resize(macro.columns);
  faults.dead_columns[1] = faults.dead_columns[macro.columns / 2] = true;
  for (const base::Fidelity fidelity : kFidelities) {
    Bench broken(macro);
    Bench good(macro);
    const std::vector<std::uint8_t> before = broken.run(fidelity);  // packed tiles are made anew
    broken.model.set_faults(faults);
    // Firmware reads back what it wrote.
    EXPECT_EQ(std::memcmp(broken.model.array().cells(), good.model.array().cells(),
                          good.model.array().cell_bytes()),
              0);
    for (unsigned row = 0; row < macro.rows; ++row) {
      write_cell(good.model.array(), macro, row, 1, 0);
      write_cell(good.model.array(), macro, row, macro.columns / 2, 0);
    }
    const std::vector<std::uint8_t> after = broken.run(fidelity);
    EXPECT_EQ(after, good.run(fidelity));
    EXPECT_NE(after, before);
  }
}

TEST_P(MacroFaultsOf, FlippedBitsFlipBack) {
  const MacroParameters macro = macro_of(GetParam());
  Bench bench(macro);
  const std::vector<std::uint8_t> before = bench.run(base::Fidelity::kQuantised);
  const unsigned bit = macro.cells.bits - 1;
  const unsigned level = bench.model.array().level(2, 3);
  const auto flip = [&] {
    for (unsigned row = 0; row < 40; ++row) {
      for (unsigned column = 0; column < 8; ++column) {
        bench.model.array().flip_cell(row, column, bit);
      }
    }
  };
  flip();
  EXPECT_EQ(bench.model.array().level(2, 3), level ^ 1u << bit);
  EXPECT_NE(bench.run(base::Fidelity::kQuantised), before);
  flip();
  EXPECT_EQ(bench.run(base::Fidelity::kQuantised), before);
}

TEST(MacroFaults, ADeadColumnsClosedForm) {
  // D without the bit of the column, then the equation of docs/models/cim.md by integers.
  const MacroParameters macro = macro_of("imagine");
  Bench bench(macro);
  const Job& job = bench.full.job;
  const unsigned output = 2;
  const unsigned columns = macro.columns_per_output(job.weight_bits);
  const unsigned dead_bit = job.weight_bits - 2;
  MacroFaults faults;
  faults.dead_columns.resize(macro.columns);
  faults.dead_columns[job.column_first + output * columns + dead_bit] = true;
  bench.model.set_faults(faults);
  const std::vector<std::uint8_t> codes = bench.run(base::Fidelity::kQuantised);
  // The window of a position, by the definition of a convolution without padding.
  for (unsigned m = 0; m < job.positions(); ++m) {
    std::int64_t d = 0;
    for (unsigned i = 0; i < job.window_count; ++i) {
      const unsigned channel = i % job.in_channels;
      const unsigned x = m % job.out_width * job.stride_x + i / job.in_channels % job.kernel_width;
      const unsigned y = m / job.out_width * job.stride_y + i / job.in_channels / job.kernel_width;
      const bool padded = x < job.pad_left || y < job.pad_top || x - job.pad_left >= job.in_width ||
                          y - job.pad_top >= job.in_height;
      if (padded) continue;
      const std::int64_t code =
          bench.full
              .input[((y - job.pad_top) * job.in_width + x - job.pad_left) * job.in_pixel_stride +
                     channel];
      for (unsigned c = 0; c < columns; ++c) {
        if (c == dead_bit) continue;
        const std::size_t column = job.column_first + output * columns + c;
        const std::size_t row = job.unit_first * macro.rows_per_unit + i;
        const bool set =
            (bench.model.array().cells()[row * macro.columns / 8 + column / 8] >> column % 8 & 1) !=
            0;
        const std::int64_t significance = c == columns - 1 ? -(1 << c) : 1 << c;
        d += set ? code * significance : 0;
      }
    }
    const AbnEntry abn = bench.model.array().abn(job.abn_first + output);
    const double lsb =
        std::ldexp(job.line_rows(macro), static_cast<int>(job.in_bits + job.weight_bits) -
                                             static_cast<int>(job.out_bits) -
                                             static_cast<int>(macro.output_range_shift()));
    const double level = static_cast<double>(d) * abn.gamma / 256.0 / lsb + abn.beta / 16.0 + 0.5;
    const double code =
        std::min(std::max(std::floor(level), 0.0), std::ldexp(1.0, job.out_bits) - 1);
    EXPECT_EQ(codes[m * job.outputs + output], code) << m;
  }
}

TEST_P(MacroFaultsOf, StuckConvertersGiveTheirCode) {
  const MacroParameters macro = macro_of(GetParam());
  for (const Converter stuck : {Converter::kLowest, Converter::kHighest}) {
    for (const base::Fidelity fidelity : kFidelities) {
      Bench bench(macro);
      const Job& job = bench.full.job;
      const unsigned output = 1;
      const unsigned columns = macro.columns_per_output(job.weight_bits);
      MacroFaults faults;
      faults.converters.resize(macro.columns);
      for (unsigned c = 0; c < columns; ++c) {
        faults.converters[job.column_first + output * columns + c] = stuck;
      }
      const std::vector<std::uint8_t> before = bench.run(fidelity);
      bench.model.set_faults(faults);
      if (macro.post.digital() && fidelity == base::Fidelity::kIdeal) {
        EXPECT_THROW(bench.run(fidelity), base::UsageError);
        continue;
      }
      const std::vector<std::uint8_t> after = bench.run(fidelity);
      for (std::size_t i = 0; i < before.size(); ++i) {
        if (i % job.outputs != output) {
          EXPECT_EQ(after[i], before[i]);
        } else if (macro.post.digital()) {
          EXPECT_EQ(after[i], after[output]);  // a sum of constants
        } else {
          EXPECT_EQ(after[i], stuck == Converter::kLowest ? 0 : (1u << job.out_bits) - 1);
        }
      }
    }
  }
}

TEST(MacroFaults, CellsOutsideAreRefused) {
  const MacroParameters macro = macro_of("imagine");
  Bench bench(macro);
  EXPECT_THROW(bench.model.set_faults({{{macro.rows, 0, 0}}, {}, {}}), base::UsageError);
  EXPECT_THROW(bench.model.set_faults({{{0, macro.columns, 0}}, {}, {}}), base::UsageError);
  EXPECT_THROW(bench.model.set_faults({{{0, 0, 2}}, {}, {}}), base::UsageError);
}

}  // namespace
}  // namespace leyden::cim
