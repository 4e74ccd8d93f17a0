#include "platform/validate/shared_model.h"

#include <gmock/gmock.h>

#include <cmath>

#include "models/base/error.h"
#include "platform/validate/library_file.h"

namespace leyden::validate {
namespace {

using testing::DoubleNear;

Structure macro_of() {
  Structure macro;
  macro.node_nm = 28;
  macro.supply_v = 0.9;
  macro.rows = 256;
  macro.columns = 64;
  macro.input_bits = macro.weight_bits = 4;
  macro.output_bits = 8;
  return macro;
}

Point point_of(const Structure& macro) {
  return {macro.supply_v, macro.input_bits, macro.weight_bits, macro.output_bits};
}

/// Every coefficient a plain number, so that each term can be worked out by hand.
Coefficients plain() {
  Coefficients with;
  with.cell_capacitance_ff = 2;
  with.word_line_capacitance_ff = 3;
  with.converter_energy = with.step_time = with.converter_area = with.dac_energy = 1;
  with.datapath_energy_pj = 0.5;
  with.supply_exponent = 2;
  with.cell_area_um2 = 0.3;
  with.line_area_um2 = 40;
  with.datapath_area_um2 = 500;
  with.capacitor_area_um2 = 1.5;
  with.rram_cell_area_f2 = 60;
  with.dac_area_um2 = 2;
  with.line_converter_area = 0.5;
  with.flash_area = 3;
  with.integration_energy = 5;
  with.integration_time = 0.5;
  with.threshold_v = kThresholdV;
  return with;
}

TEST(SharedModel, AddsUpABitSerialMacroAsByHand) {
  const Structure macro = macro_of();
  const Prediction p = predict(macro, point_of(macro), plain());
  EXPECT_EQ(p.operations, 2.0 * 256 * 16);
  EXPECT_EQ(p.conversions, 16);  // four columns an output, combined before
  EXPECT_THAT(p.array_pj, DoubleNear(2e-3 * 256 * 64 * 4 * 0.81, 1e-9));
  EXPECT_THAT(p.converter_pj, DoubleNear(16 * 0.865536 * 0.81, 1e-9));
  EXPECT_EQ(p.dac_pj + p.datapath_pj + p.word_line_pj, 0);
  EXPECT_THAT(p.time_ns, DoubleNear((4 + 8) * (0.00653 * 256 + 0.640), 1e-9));
  EXPECT_THAT(p.cells_um2, DoubleNear(256 * 64 * 0.3 * 10 / 6, 1e-9));
  EXPECT_THAT(p.lines_um2, DoubleNear(320 * 40, 1e-9));
  EXPECT_THAT(p.converters_um2, DoubleNear(64 * std::pow(10, 1.206 - 0.0369 * 8) * 256, 1e-6));
  EXPECT_THAT(p.area_um2(), DoubleNear(p.cells_um2 + p.lines_um2 + p.converters_um2, 1e-9));
}

TEST(SharedModel, ConvertsEveryColumnAndPhaseWhenCombiningIsDigital) {
  Structure macro = macro_of();
  macro.combine = Combine::kDigital;
  macro.datapath = true;
  const Prediction p = predict(macro, point_of(macro), plain());
  EXPECT_EQ(p.conversions, 64 * 4);
  EXPECT_THAT(p.datapath_pj, DoubleNear(0.5 * 64 * 4, 1e-9));
  EXPECT_THAT(p.time_ns, DoubleNear(4 * (1 + 8) * (0.00653 * 256 + 0.640), 1e-9));
}

TEST(SharedModel, KnowsItsAlternatives) {
  Structure macro = macro_of();
  macro.drive = Drive::kDac;
  macro.cells_per_circuit = 8;
  macro.capacitors_per_circuit = 3;
  macro.converter = Converter::kFlash;
  const Prediction p = predict(macro, point_of(macro), plain());
  EXPECT_THAT(p.array_pj, DoubleNear(3 * 2e-3 * 256 * 64 * 0.81, 1e-9));  // one phase
  EXPECT_THAT(p.dac_pj, DoubleNear(256 * 0.05 * 4 * 0.81, 1e-9));
  EXPECT_THAT(p.converter_pj, DoubleNear(16 * 0.865536 * 0.81 * 255 / 8, 1e-9));
  EXPECT_THAT(p.circuits_um2, DoubleNear(256 * 64 * 3 * 1.5, 1e-9));
  EXPECT_THAT(p.dacs_um2, DoubleNear(256 * 16 * 2, 1e-9));
  EXPECT_EQ(p.stored_bits, 256 * 64 * 8);
}

TEST(SharedModel, TakesTernaryPulsesOfRramInOneOrTwoPhases) {
  Structure macro = macro_of();
  macro.cell = Cell::kRram;
  macro.drive = Drive::kTernaryPulses;
  macro.converter = Converter::kLine;
  macro.read_v = 0.5;
  macro.word_line_v = 2;
  macro.word_line_swing_v = 1;
  macro.cells_per_weight = 2;
  macro.columns_per_output = 1;
  Point point = point_of(macro);
  point.input_bits = 6;  // five pulses: 31 integrations, or 3 and 7 in two phases
  const Prediction one = predict(macro, point, plain());
  EXPECT_THAT(one.array_pj, DoubleNear(2e-3 * 256 * 64 * 5 * 0.25, 1e-9));
  EXPECT_THAT(one.word_line_pj, DoubleNear(3e-3 * 256 * 64 * 5 * 2, 1e-9));
  EXPECT_THAT(one.converter_pj, DoubleNear(64 * 0.1 * (8 + 5 * 5) * 0.81, 1e-9));
  const double step = 0.00653 * 256 + 0.640;
  EXPECT_THAT(one.time_ns, DoubleNear((8 + 0.5 * 31) * step, 1e-9));
  point.two_phase = true;
  const Prediction two = predict(macro, point, plain());
  EXPECT_THAT(two.time_ns, DoubleNear((8 + 5 + 0.5 * 10) * step, 1e-9));
  EXPECT_THAT(two.converter_pj, DoubleNear(64 * 0.1 * (8 + 5 + 5 * 5) * 0.81, 1e-9));
}

TEST(SharedModel, MovesWithSupplyByThePowersGiven) {
  Structure macro = macro_of();
  macro.datapath = true;
  Coefficients with = plain();
  with.supply_exponent = 1.6;
  Point point = point_of(macro);
  const Prediction nominal = predict(macro, point, with);
  point.supply_v = 0.6;
  const Prediction low = predict(macro, point, with);
  EXPECT_THAT(low.energy_pj() / nominal.energy_pj(), DoubleNear(std::pow(0.6 / 0.9, 1.6), 1e-12));
  EXPECT_THAT(low.time_ns / nominal.time_ns,
              DoubleNear(0.6 / 0.9 * std::pow(0.57 / 0.27, 1.3), 1e-9));
  point.supply_v = 0.3;
  EXPECT_THROW(predict(macro, point, with), base::UsageError);
}

TEST(SharedModel, HasNoValueBelowZeroOrOutsideTheNumbersInItsWholeRange) {
  const Library library = load_library("configs/calibration");
  for (const double node : {7.0, 22.0, 28.0, 65.0, 130.0}) {
    for (const unsigned size : {16U, 64U, 4096U}) {
      for (const unsigned bits : {1U, 8U, 16U}) {
        for (const auto drive : {Drive::kBitSerial, Drive::kDac, Drive::kPulseCount}) {
          Structure macro = macro_of();
          macro.node_nm = node;
          macro.supply_v = 0.9;
          macro.rows = macro.columns = size;
          macro.input_bits = macro.weight_bits = macro.output_bits = bits;
          macro.drive = drive;
          macro.datapath = true;
          const Prediction p =
              predict(macro, point_of(macro), coefficients_of(library.knobs, "new", node));
          for (const Quantity& quantity : quantities()) {
            const double value = quantity.of(macro, p);
            EXPECT_TRUE(std::isfinite(value) && value >= 0) << quantity.name << " at " << node;
          }
          EXPECT_GT(p.time_ns, 0);
          EXPECT_GT(p.array_pj, 0);
        }
      }
    }
  }
}

}  // namespace
}  // namespace leyden::validate
