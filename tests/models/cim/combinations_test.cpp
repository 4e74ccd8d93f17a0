// What cannot be combined: every rule has a macro it refuses, with its reason.
#include "models/cim/combinations.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/cim/job.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

using Settings = std::map<std::string, std::string>;

base::ParameterSet parameters_of(const Settings& settings) {
  base::ParameterSet parameters = test::imagine_parameters();
  for (const auto& [key, value] : settings) {
    parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  return parameters;
}

std::string refusal(const Settings& settings) {
  try {
    read_macro_parameters(parameters_of(settings));
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

const Settings kResistive = {{"cell.kind", "rram"},
                             {"cell.on_conductance_us", "50"},
                             {"dot_product.kind", "current_summing"},
                             {"dot_product.read_voltage_v", "0.2"},
                             {"combine.capacitance_ff", "20"},
                             {"converter.reference", "supply"}};

Settings resistive(const Settings& more) {
  Settings settings = kResistive;
  for (const auto& [key, value] : more) settings[key] = value;
  return settings;
}

/// A refused macro for every rule, in their order.
std::vector<Settings> refused() {
  return {
      {{"drive.bits", "2"}},
      {{"drive.inl_lsb", "0.1"}},
      {{"drive.kind", "dac"}, {"drive.bits", "2"}},
      {{"drive.order", "msb_first"}},
      {{"drive.zero_skipping", "yes"}},
      resistive({{"dot_product.kind", "charge_sharing"}}),
      {{"dot_product.kind", "current_summing"}},
      resistive({{"cell.pages", "2"}}),
      resistive({{"dot_product.read_voltage_v", "0"}}),
      {{"cell.variation_percent", "5"}},
      resistive({{"cell.on_off_ratio", "0.5"}}),
      {{"cell.representation", "ternary_pair"}, {"cell.bits", "2"}},
      {{"cell.representation", "differential"}, {"weight_bits", "1"}},
      resistive({{"combine.capacitance_ff", "0"}}),
      resistive({{"converter.reference", "replica"}}),
      {{"combine.inputs", "digital"}},
      {{"combine.columns", "digital"}},
      {{"dot_product.rows_active", "36"}, {"post.kind", "digital_scale"}},
      {{"pipelined", "yes"}, {"combine.inputs", "digital"}, {"post.kind", "digital_scale"}},
      {{"converter.kind", "flash"}, {"converter.bits", "9"}, {"post.kind", "digital_scale"}},
      {{"converter.comparator_offset_mv", "1"}},
      {{"converter.kind", "flash"}, {"converter.unit_mismatch_percent", "1"}},
      {{"cell.stuck_on_ppm", "6e5"}, {"cell.stuck_off_ppm", "6e5"}},
      {{"dot_product.settling_tau_ns", "1e6"}},
      {{"dot_product.wire_resistance_ohm", "1"}},
      resistive({{"combine.columns", "digital"},
                 {"post.kind", "digital_scale"},
                 {"combine.column_mismatch_percent", "1"}}),
      {{"combine.settling_tau_ns", "1"}, {"input_bits", "1"}},
      {{"converter.metastability_tau_ps", "1"}},
      {{"converter.range_bits", "4"}},
      {{"converter.bits", "9"}},
  };
}

TEST(Combinations, EveryRuleRefusesWithItsReason) {
  const std::vector<Settings> settings = refused();
  std::set<std::string> told;
  for (const Settings& macro : settings) {
    const std::string text = refusal(macro);
    for (const CombinationRule& rule : combination_rules()) {
      const std::string sentence = "cim: " + rule.subject + " cannot be: " + rule.reason;
      if (text == sentence) told.insert(rule.subject);
    }
  }
  for (const CombinationRule& rule : combination_rules()) {
    EXPECT_TRUE(told.count(rule.subject)) << "nothing was refused for: " << rule.subject;
  }
}

TEST(Combinations, GeometryOfPagesAndSegmentsIsChecked) {
  EXPECT_THAT(refusal({{"cell.pages", "5"}}), testing::HasSubstr("pages of whole units"));
  EXPECT_THAT(refusal({{"cell.pages", "64"}}), testing::HasSubstr("cim.cell.pages is 64"));
  EXPECT_THAT(refusal({{"post.kind", "adder_tree"}, {"dot_product.rows_active", "40"}}),
              testing::HasSubstr("whole units of 36"));
  EXPECT_THAT(
      refusal(
          {{"cell.pages", "2"}, {"post.kind", "adder_tree"}, {"dot_product.rows_active", "1152"}}),
      testing::HasSubstr("at most the 576 of a page"));
  EXPECT_THAT(refusal({{"columns", "8"}, {"cell.representation", "differential"}}),
              testing::HasSubstr("a weight takes 14 columns"));
  EXPECT_THAT(refusal({{"rows", "8190"}, {"rows_per_unit", "63"}, {"columns", "1024"}}),
              testing::HasSubstr("the weight window holds 524288"));
}

TEST(Combinations, AJobStaysInItsPageAndItsPrecision) {
  const MacroParameters macro =
      read_macro_parameters(parameters_of({{"cell.pages", "4"},
                                           {"cell.representation", "ternary_pair"},
                                           {"combine.columns", "digital"},
                                           {"post.kind", "digital_scale"}}));
  Job job;
  job.in_width = job.in_height = 4;
  job.in_channels = job.in_pixel_stride = 40;
  job.window_count = 40;
  job.out_width = job.out_height = 4;
  job.outputs = 3;
  job.out_pixel_stride = 12;
  job.unit_count = 2;
  job.in_bits = 8;
  job.weight_bits = 2;
  job.out_bits = 8;
  const auto after = [&](auto change) {
    Job changed = job;
    change(changed);
    return validate(changed, macro);
  };
  EXPECT_EQ(validate(job, macro), JobError::kNone);
  EXPECT_EQ(after([](Job& j) { j.unit_first = 6; }), JobError::kNone);  // the last two of page 0
  EXPECT_EQ(after([](Job& j) { j.unit_first = 7; }), JobError::kOutsideArray);
  EXPECT_EQ(after([](Job& j) { j.unit_first = 8; }), JobError::kNone);
  EXPECT_EQ(after([](Job& j) { j.unit_first = 31; }), JobError::kOutsideArray);
  EXPECT_EQ(after([](Job& j) { j.unit_first = 40; }), JobError::kOutsideArray);
  EXPECT_EQ(after([](Job& j) { j.weight_bits = 1; }), JobError::kPrecision);
  EXPECT_EQ(after([](Job& j) { j.out_bits = 9; }), JobError::kPrecision);
  EXPECT_EQ(after([](Job& j) {
              j.out_bits = 15;
              j.partial = true;
            }),
            JobError::kNone);
  EXPECT_EQ(after([](Job& j) { j.abn_first = 1022; }), JobError::kAbn);  // a digital scale table
  EXPECT_EQ(after([](Job& j) { j.column_first = 251; }), JobError::kOutsideArray);
}

}  // namespace
}  // namespace leyden::cim
