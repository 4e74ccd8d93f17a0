// What is frozen in cells, columns and drivers: statistics against closed forms at 99 %.
#include <cmath>

#include <gtest/gtest.h>

#include "models/base/random.h"
#include "models/cim/cell_response.h"
#include "models/cim/die.h"
#include "models/cim/input_errors.h"
#include "models/cim/read_noise.h"
#include "tests/models/cim/chip_parameters.h"
#include "tests/models/cim/statistics.h"

namespace leyden::cim {
namespace {

using test::expect_normal;
using test::expect_rate;

MacroParameters imagine() { return read_macro_parameters(test::imagine_parameters()); }

/// A resistive macro of 4 b cells.
MacroParameters resistive() {
  MacroParameters macro = imagine();
  macro.rows = 128;
  macro.columns = 128;
  macro.rows_per_unit = 128;
  macro.cells.kind = CellKind::kRram;
  macro.cells.bits = 4;
  return macro;
}

TEST(Cells, NothingIsDrawnThatIsOff) {
  const Die die(resistive(), 1, 0);
  EXPECT_FALSE(die.has_stuck_cells());
  EXPECT_FALSE(die.has_dac_errors());
  EXPECT_FALSE(die.has_input_shares());
  EXPECT_EQ(die.mismatch(3, 4), 0.0f);
  EXPECT_EQ(die.held_level(3, 4, 9), 9u);
  EXPECT_EQ(die.column_weight(4), 1.0);
  EXPECT_EQ(die.input_share(4), 0.0);
  EXPECT_EQ(die.dac_error(4, 1), 0.0);
}

TEST(Cells, StuckCellsAreBinomial) {
  MacroParameters macro = resistive();
  macro.cells.stuck_on_ppm = 3000;
  macro.cells.stuck_off_ppm = 9000;
  std::uint64_t on = 0;
  std::uint64_t off = 0;
  std::uint64_t cells = 0;
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    const Die die(macro, seed, 0);
    for (unsigned row = 0; row < macro.rows; ++row) {
      for (unsigned column = 0; column < macro.columns; ++column, ++cells) {
        const unsigned low = die.held_level(row, column, 0);
        const unsigned high = die.held_level(row, column, 15);
        ASSERT_TRUE((low == 0 || low == 15) && (high == 0 || high == 15));
        on += low == 15 ? 1 : 0;
        off += high == 0 ? 1 : 0;
        const unsigned free = low == 0 && high == 15 ? 6 : low;
        ASSERT_EQ(die.held_level(row, column, 6), free);
      }
    }
  }
  expect_rate(on, cells, 0.003);
  expect_rate(off, cells, 0.009);
}

TEST(Cells, ConductanceVariesFromDeviceToDevice) {
  MacroParameters macro = resistive();
  macro.cells.variation_percent = 7;
  const Die die(macro, 1, 0);
  std::vector<double> deviations;
  for (unsigned row = 0; row < macro.rows; ++row) {
    for (unsigned column = 0; column < macro.columns; ++column) {
      deviations.push_back(die.mismatch(row, column));
    }
  }
  expect_normal(deviations, 0, 0.07 * 0.07);
  // A sum of n cells of level l: relative sigma 7 % / sqrt(n).
  const CellResponse response(macro);
  std::vector<double> sums;
  for (unsigned column = 0; column < macro.columns; ++column) {
    double sum = 0;
    for (unsigned row = 0; row < 100; ++row) {
      sum += response.excess(11, die.mismatch(row, column), 0, 1);
    }
    sums.push_back(sum / (100 * 11));
  }
  expect_normal(sums, 0, 0.07 * 0.07 / 100);
}

TEST(Cells, PagesShareTheirCapacitors) {
  MacroParameters macro = imagine();
  macro.cells.pages = 4;
  const Die die(macro, 1, 0);
  for (unsigned row = 0; row < macro.page_rows(); ++row) {
    EXPECT_EQ(die.mismatch(row, 5), die.mismatch(row + macro.page_rows(), 5));
  }
}

TEST(Cells, OnOffRatioLiftsTheLowestLevel) {
  MacroParameters macro = resistive();
  EXPECT_EQ(CellResponse(macro).stored(0), 0);  // the ratio is off
  macro.cells.on_off_ratio = 150;
  const CellResponse response(macro);
  EXPECT_DOUBLE_EQ(response.stored(0), 0.1);
  EXPECT_DOUBLE_EQ(response.stored(15), 15);
  EXPECT_DOUBLE_EQ(response.stored(15) / response.stored(0), 150);
  EXPECT_DOUBLE_EQ(response.stored(6), (1 - 1 / 150.0) * 6 + 15 / 150.0);
  EXPECT_DOUBLE_EQ(response.excess(6, 0.1, 0, 1), 1.1 * response.stored(6) - 6);
}

TEST(Columns, WeightsAndSharesAreNormal) {
  MacroParameters macro = imagine();
  macro.combine.column_mismatch_percent = 2;
  macro.combine.input_mismatch_percent = 3;
  std::vector<double> weights;
  std::vector<double> shares;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    const Die die(macro, seed, 0);
    for (unsigned column = 0; column < macro.columns; ++column) {
      weights.push_back(die.column_weight(column));
      shares.push_back(die.input_share(column));
    }
  }
  expect_normal(weights, 1, 0.02 * 0.02);
  expect_normal(shares, 0, 0.03 * 0.03);
}

TEST(Dac, LevelsOfEveryRowHaveErrorsOfTheirOwn) {
  MacroParameters macro = resistive();
  macro.drive.kind = DriveKind::kDac;
  macro.drive.bits = 4;
  macro.drive.inl_lsb = 0.3;
  std::vector<double> errors;
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    const Die die(macro, seed, 0);
    for (unsigned row = 0; row < macro.rows; ++row) {
      EXPECT_EQ(die.dac_error(row, 0), 0) << "a row that is off is off";
      for (unsigned digit = 1; digit < 16; ++digit) errors.push_back(die.dac_error(row, digit));
    }
  }
  expect_normal(errors, 0, 0.09);

  // Folded: rounded to the scale, and a sum over rows of weight w has sigma^2 = 0.09 sum w^2.
  InputErrors folded;
  const Die die(macro, 9, 0);
  folded.make(macro, die, 4);
  EXPECT_GE(folded.scale_shift(), 5);
  for (unsigned row = 0; row < 128; ++row) {
    for (unsigned digit = 0; digit < 16; ++digit) {
      EXPECT_NEAR(std::ldexp(folded.error(row, digit), -folded.scale_shift()),
                  die.dac_error(row, digit), std::ldexp(0.51, -folded.scale_shift()));
    }
  }
  std::vector<double> sums;
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    const Die other(macro, seed, 0);
    folded.make(macro, other, 4);
    double sum = 0;
    for (unsigned row = 0; row < 128; ++row) {
      sum += (row % 7) * std::ldexp(folded.error(row, 1 + row % 15), -folded.scale_shift());
    }
    sums.push_back(sum);
  }
  double squares = 0;
  for (unsigned row = 0; row < 128; ++row) squares += (row % 7) * (row % 7);
  expect_normal(sums, 0, 0.09 * squares);
}

/// The accumulator bit by bit: a += share (v - a), from 0, in units of the code's LSB.
double accumulate(double share, unsigned bits, unsigned code) {
  double a = 0;
  for (unsigned k = 0; k < bits; ++k) a += share * (((code >> k) & 1u) - a);
  return std::ldexp(a, static_cast<int>(bits));
}

TEST(Settling, FoldsIntoTheLevelsOfInputCodes) {
  MacroParameters macro = imagine();
  macro.dot_product.step_time_ns = 16;
  macro.combine.settling_tau_ns = 4;
  const double share = 0.5 * (1 - std::exp(-4.0));
  const Die die(macro, 1, 0);
  for (unsigned bits = 2; bits <= 8; ++bits) {
    InputErrors errors;
    errors.make(macro, die, bits);
    // Every step is rounded by itself.
    const double bound = std::ldexp(0.5 * bits, -errors.scale_shift());
    for (unsigned code = 0; code < 1u << bits; ++code) {
      ASSERT_NEAR(code + std::ldexp(errors.error(3, code), -errors.scale_shift()),
                  accumulate(share, bits, code), bound);
      std::int32_t sum = 0;
      for (unsigned k = 0; k < bits; ++k) {
        if ((code >> k) & 1u) sum += errors.step_error(3, k, 1);
      }
      ASSERT_EQ(sum, errors.error(3, code));
    }
    EXPECT_LE(bound, 0.125);  // of an LSB of the code, at 2 % of incomplete settling
  }
  EXPECT_FALSE(InputErrors::needed(imagine()));
  EXPECT_TRUE(InputErrors::needed(macro));
}

TEST(InputShare, FirstOrderIsTheSlopeOfTheAccumulation) {
  MacroParameters macro = imagine();
  for (const double tau : {0.0, 6.0}) {
    macro.combine.settling_tau_ns = tau;
    const double share =
        tau > 0 ? 0.5 * (1 - std::exp(-macro.dot_product.step_time_ns / tau)) : 0.5;
    const auto sensitivities = share_sensitivities(macro, 8);
    for (unsigned code = 0; code < 256; code += 5) {
      double slope = 0;
      for (unsigned k = 0; k < 8; ++k) slope += ((code >> k) & 1u) * sensitivities[k];
      constexpr double kStep = 1e-6;
      const double difference =
          (accumulate(share * (1 + kStep), 8, code) - accumulate(share * (1 - kStep), 8, code)) /
          (2 * kStep);
      ASSERT_NEAR(slope, difference, 1e-5);
      // What the first order leaves out at 2 %: less than delta^2 of the range.
      const double left =
          accumulate(share * 1.02, 8, code) - accumulate(share, 8, code) - 0.02 * slope;
      ASSERT_LT(std::abs(left), 0.02 * 0.02 * 256);
    }
  }
  // Equal capacitors that settle: 2^k (k - 6).
  const auto sensitivities = share_sensitivities(imagine(), 8);
  for (int k = 0; k < 8; ++k) EXPECT_DOUBLE_EQ(sensitivities[k], std::ldexp(k - 6, k));
}

TEST(ReadNoise, SquaresAsAnIntegerProduct) {
  const base::RandomStream random({1, 0, 0, 0, 0x7f});
  constexpr std::size_t kRows = 61;
  constexpr std::size_t kOutputs = 9;
  constexpr std::size_t kPositions = 5;
  std::vector<double> squares(kRows * kOutputs);
  for (std::size_t i = 0; i < squares.size(); ++i) squares[i] = 225 * random.uniform(i);
  ReadNoise noise;
  noise.make(squares, kRows, kOutputs);
  IntegerProduct product;
  for (const unsigned bits : {1u, 4u, 8u}) {
    for (const bool bit_by_bit : {false, true}) {
      std::vector<std::uint8_t> codes(kPositions * kRows);
      for (std::size_t i = 0; i < codes.size(); ++i) {
        codes[i] = static_cast<std::uint8_t>((1u << bits) * random.uniform(1000 + i));
      }
      std::vector<double> variances(kPositions * kOutputs);
      noise.multiply(product, codes.data(), kPositions, 0, kRows, bits, bit_by_bit,
                     variances.data());
      for (std::size_t m = 0; m < kPositions; ++m) {
        for (std::size_t j = 0; j < kOutputs; ++j) {
          double exact = 0;
          double inputs = 0;
          for (std::size_t i = 0; i < kRows; ++i) {
            double x2 = 0;
            const unsigned x = codes[m * kRows + i];
            for (unsigned k = 0; k < 8; ++k) x2 += std::pow(((x >> k) & 1u) * std::exp2(k), 2);
            if (!bit_by_bit) x2 = static_cast<double>(x) * x;
            exact += x2 * squares[i * kOutputs + j];
            inputs += x2;
          }
          ASSERT_NEAR(variances[m * kOutputs + j], exact, inputs * 225 / 254);
        }
      }
    }
  }
}

}  // namespace
}  // namespace leyden::cim
