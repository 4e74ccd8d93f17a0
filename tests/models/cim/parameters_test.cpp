// The macro's configuration: what is refused, with which words.
#include "models/cim/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/cim/job.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& key, const std::string& value) {
  base::ParameterSet parameters = test::imagine_parameters();
  try {
    parameters.set_text(key, value, base::Source::kAssumed, "test", "chip.yaml");
    read_macro_parameters(parameters);
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Parameters, AStageThatDoesNotExistIsRefusedNamingWhatExists) {
  EXPECT_THAT(refusal("cim.drive.kind", "parallel"), HasSubstr("bit_serial, dac"));
  EXPECT_THAT(refusal("cim.dot_product.kind", "current_summing"), HasSubstr("charge_sharing"));
  EXPECT_THAT(refusal("cim.combine.inputs", "analog"), HasSubstr("charge_sharing"));
  EXPECT_THAT(refusal("cim.converter.kind", "ramp"), HasSubstr("sar, charge_injection_sar, flash"));
  EXPECT_THAT(refusal("cim.post.kind", "relu"), HasSubstr("abn, none, digital_scale, adder_tree"));
}

TEST(Parameters, ValuesOutOfRangeAndUnknownKeysAreRefused) {
  EXPECT_THAT(refusal("cim.supply_v", "60"), HasSubstr("cim.supply_v"));
  EXPECT_THAT(refusal("cim.supply_v", "nan"), HasSubstr("cim.supply_v"));
  EXPECT_THAT(refusal("cim.converter.bits", "13"), HasSubstr("cim.converter.bits"));
  EXPECT_THAT(refusal("cim.cell.capacitance_ff", "0"), HasSubstr("cim.cell.capacitance_ff"));
  EXPECT_THAT(refusal("cim.colums", "8"), HasSubstr("cim.columns"));
}

TEST(Parameters, GeometryThatCannotExistIsRefusedWithTheReason) {
  EXPECT_THAT(refusal("cim.rows_per_unit", "35"), HasSubstr("divide"));
  EXPECT_THAT(refusal("cim.columns", "252"), HasSubstr("multiple of 8"));
  EXPECT_THAT(refusal("cim.converter.sharing", "3"), HasSubstr("divide"));
  EXPECT_THAT(refusal("cim.rows_per_unit", "2"), HasSubstr("255"));
}

TEST(Parameters, AnEffectThatHasNothingToActOnIsRefused) {
  EXPECT_THAT(refusal("cim.cell.variation_percent", "3"), HasSubstr("mismatch_percent_sqrt_ff"));
  EXPECT_THAT(refusal("cim.cell.read_noise_percent", "3"), HasSubstr("rram"));
  EXPECT_THAT(refusal("cim.dot_product.wire_resistance_ohm", "3"), HasSubstr("settling_tau_ns"));
  EXPECT_THAT(refusal("cim.converter.comparator_offset_mv", "3"), HasSubstr("flash"));
  EXPECT_THAT(refusal("cim.converter.metastability_tau_ps", "3"), HasSubstr("no time"));
  EXPECT_THAT(refusal("cim.drive.inl_lsb", "0.1"), HasSubstr("dac"));
  EXPECT_EQ(refusal("cim.combine.column_mismatch_percent", "1"), "");
  EXPECT_EQ(refusal("cim.combine.input_mismatch_percent", "1"), "");
  EXPECT_EQ(refusal("cim.cell.stuck_on_ppm", "1000"), "");
  base::ParameterSet parameters = test::imagine_parameters();
  for (const char* key : {"cim.cell.stuck_on_ppm", "cim.cell.stuck_off_ppm"}) {
    parameters.set(key, 6e5, base::Source::kAssumed, "test", "test");
  }
  EXPECT_THROW(read_macro_parameters(parameters), base::UsageError);
  parameters = test::imagine_parameters();
  parameters.set("cim.combine.settling_tau_ns", 2, base::Source::kAssumed, "test", "test");
  EXPECT_NO_THROW(read_macro_parameters(parameters));
  parameters.set("cim.input_bits", 1, base::Source::kAssumed, "test", "test");
  EXPECT_THROW(read_macro_parameters(parameters), base::UsageError);
}

TEST(Parameters, AreaIsTheSumOfItsParts) {
  const MacroParameters macro = read_macro_parameters(test::imagine_parameters());
  EXPECT_NEAR(macro.area_um2(), 1152 * 256 * 0.483 + 256 * 133 + 1152 * 18, 1e-6);
}

Job good_job() {
  Job job;
  job.in_width = job.in_height = 6;
  job.in_channels = job.in_pixel_stride = 4;
  job.kernel_width = job.kernel_height = 3;
  job.window_count = 36;
  job.out_width = job.out_height = 4;
  job.outputs = job.out_pixel_stride = 32;
  job.unit_count = 1;
  job.in_bits = job.weight_bits = job.out_bits = 8;
  return job;
}

TEST(Validate, NamesTheFirstError) {
  const MacroParameters macro = read_macro_parameters(test::imagine_parameters());
  const auto after = [&](auto change) {
    Job job = good_job();
    change(job);
    return validate(job, macro);
  };
  EXPECT_EQ(after([](Job&) {}), JobError::kNone);
  EXPECT_EQ(after([](Job& j) { j.unit_count = 0; }), JobError::kOutsideArray);
  EXPECT_EQ(after([](Job& j) { j.unit_first = 32; }), JobError::kOutsideArray);
  EXPECT_EQ(after([](Job& j) { j.column_first = 1; }), JobError::kOutsideArray);
  EXPECT_EQ(after([](Job& j) { j.in_bits = 0; }), JobError::kPrecision);
  EXPECT_EQ(after([](Job& j) { j.weight_bits = 9; }), JobError::kPrecision);
  EXPECT_EQ(after([](Job& j) { j.out_bits = 15; }), JobError::kPrecision);
  EXPECT_EQ(after([](Job& j) { j.window_count = 37; }), JobError::kShapes);
  EXPECT_EQ(after([](Job& j) { j.window_count = 0; }), JobError::kShapes);
  EXPECT_EQ(after([](Job& j) { j.stride_x = 0; }), JobError::kShapes);
  EXPECT_EQ(after([](Job& j) { j.out_pixel_stride = 31; }), JobError::kShapes);
  EXPECT_EQ(after([](Job& j) { j.partial = true; }), JobError::kShapes);
  EXPECT_EQ(after([](Job& j) { j.in_pixel_stride = 3; }), JobError::kShapes);
  EXPECT_EQ(after([](Job& j) { j.out_width = 7; }), JobError::kNone);  // padding after the input
  EXPECT_EQ(after([](Job& j) { j.out_width = 262; }), JobError::kShapes);
  EXPECT_EQ(after([](Job& j) { j.dilation_x = 0; }), JobError::kShapes);
  EXPECT_EQ(after([](Job& j) { j.outputs = 0; }), JobError::kShapes);
  EXPECT_EQ(after([](Job& j) { j.abn_first = 1000; }), JobError::kAbn);
}

}  // namespace
}  // namespace leyden::cim
