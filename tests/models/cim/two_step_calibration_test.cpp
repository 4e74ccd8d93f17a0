// The two-step calibration against closed forms, and capram against its publication.
#include "models/cim/two_step_calibration.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

// Sums are whole numbers and a step is 15/4 of them: errors are multiples of 1/15 LSB, uniform.
const double kQuantisation = std::sqrt((1 - 1 / 225.0) / 12);
constexpr SamplingPlan kSmall{1, 2, 262144};

/// capram without anything that is drawn, per die or per conversion, and an ideal line.
MacroParameters quiet() {
  MacroParameters macro = read_macro_parameters(test::preset_parameters("capram"));
  macro.dot_product.mismatch_percent_sqrt_ff = 0;
  macro.dot_product.charge_injection_mv = 0;
  macro.dot_product.parasitic_ratio = 0;  // an LSB is then 1.2 V / 2^8 at the line
  macro.dot_product.settling_tau_ns = 0;
  macro.drive.inl_lsb = 0;
  macro.convert.noise_mv = 0;
  macro.convert.offset_mv = 0;
  macro.convert.gain_percent = 0;
  macro.convert.inl_lsb = 0;
  macro.convert.unit_mismatch_percent = 0;
  macro.temperature_k = 0;
  return macro;
}

TEST(TwoStepCalibration, LeavesQuantisationAlone) {
  const CalibratedLinearity found = calibrated_linearity(quiet(), kSmall);
  EXPECT_EQ(found.samples, 262144u);
  EXPECT_EQ(found.converters, 64u);
  EXPECT_LE(found.raw.max_lsb, 0.5 + 1e-9);
  EXPECT_NEAR(found.raw.rms_lsb, kQuantisation, 0.02 * kQuantisation);
  EXPECT_NEAR(found.master.rms_lsb, kQuantisation, 0.03 * kQuantisation);
}

TEST(TwoStepCalibration, TakesGainAndOffsetOfEveryConverterAway) {
  MacroParameters macro = quiet();
  macro.convert.gain_percent = 1;
  macro.convert.offset_mv = 10;
  const CalibratedLinearity found = calibrated_linearity(macro, kSmall);
  EXPECT_GT(found.raw.max_lsb, 3);
  EXPECT_LT(found.linear.max_lsb, 0.65);  // half a step, and what the fits leave
  EXPECT_NEAR(found.linear.rms_lsb, kQuantisation, 0.02 * kQuantisation);
}

TEST(TwoStepCalibration, MasterCurveTakesWhatAllConvertersShare) {
  // Eight converters with gains and offsets of their own and one bend of up to 3 LSB.
  std::vector<ConversionSample> samples;
  for (unsigned i = 0; i < 80000; ++i) {
    const unsigned converter = i % 8;
    const double exact = 8 + 112.0 * (i / 8) / 10000;
    const double bent = exact + 3 * std::sin(2 * 3.14159265358979 * exact / 64);
    const double code = std::floor((1 + 0.005 * converter) * bent + 0.3 * converter + 0.5);
    samples.push_back({converter, exact, code});
  }
  const CalibratedLinearity found = calibrate(samples, 8, 128);
  EXPECT_GT(found.raw.max_lsb, 5);
  EXPECT_GT(found.linear.max_lsb, 2.5);  // lines cannot follow a sine
  EXPECT_LT(found.master.max_lsb, 1.2);
  EXPECT_LT(found.master.rms_lsb, 0.45);
}

TEST(TwoStepCalibration, NoiseStays) {
  MacroParameters macro = quiet();
  macro.convert.noise_mv = 2;  // LSB: 1.2 V / 2^8
  const double sigma = 2 / (1200.0 / 256);
  const CalibratedLinearity found = calibrated_linearity(macro, kSmall);
  const double expected = std::hypot(kQuantisation, sigma);
  EXPECT_NEAR(found.linear.rms_lsb, expected, 0.02 * expected);
}

TEST(TransientEnob, FollowsTheClosedForm) {
  for (const double noise_mv : {0.0, 1.0, 4.0}) {
    MacroParameters macro = quiet();
    macro.convert.noise_mv = noise_mv;
    const double sigma = noise_mv / (1200.0 / 256);
    // A sine of 127 steps, peak to peak.
    const double sndr =
        10 * std::log10(63.5 * 63.5 / 2 / (kQuantisation * kQuantisation + sigma * sigma));
    EXPECT_NEAR(transient_enob(macro).sndr_db, sndr, 0.15) << noise_mv << " mV";
  }
}

TEST(Capram, IsAsLinearAsPublished) {
  const MacroParameters macro = read_macro_parameters(test::preset_parameters("capram"));
  const CalibratedLinearity found = calibrated_linearity(macro, {});
  EXPECT_EQ(found.samples, 524288u);
  EXPECT_GT(found.raw.max_lsb, 2);
  EXPECT_LT(found.master.max_lsb, 2);  // published: < 2 LSB over as many samples of two chips
  EXPECT_LE(found.master.rms_lsb, found.linear.rms_lsb);
  EXPECT_NEAR(transient_enob(macro).enob, 6.85, 0.01);
}

TEST(TwoStepCalibration, RefusesConversionsItCannotRead) {
  const MacroParameters imagine = read_macro_parameters(test::imagine_parameters());
  EXPECT_THROW(calibrated_linearity(imagine, {}), base::UsageError);
}

}  // namespace
}  // namespace leyden::cim
