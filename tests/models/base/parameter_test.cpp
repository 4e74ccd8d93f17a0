#include "models/base/parameter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"

namespace leyden::base {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ParameterSet declared() {
  ParameterSet set;
  set.declare("cim", {{"cell.capacitance_ff", "fF", 0.1, 10, false, {}, "Unit capacitor"},
                      {"rows", "1", 1, 4096, true, {}, "Rows"},
                      {"drive", "", 0, 0, false, {"bit_serial", "multi_level"}, "Drive stage"}});
  return set;
}

/// The sentence that an expression throws as a usage error, "" when it does not.
template <typename Expression>
std::string usage_error(Expression expression) {
  try {
    expression();
  } catch (const UsageError& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    return error.what();
  }
  return "";
}

TEST(Parameter, ValuesKeepTheirProvenance) {
  ParameterSet set = declared();
  EXPECT_THAT(set.missing(), ElementsAre("cim.cell.capacitance_ff", "cim.drive", "cim.rows"));
  set.set("cim.cell.capacitance_ff", 1.5, Source::kStated, "Table 1", "chip.yaml");
  set.set("cim.rows", 1152, Source::kDerived, "36 x 32", "chip.yaml");
  set.set_text("cim.drive", "multi_level", Source::kAssumed, "", "chip.yaml");
  EXPECT_DOUBLE_EQ(set.real("cim.cell.capacitance_ff"), 1.5);
  EXPECT_EQ(set.integer("cim.rows"), 1152);
  EXPECT_EQ(set.choice("cim.drive"), "multi_level");
  EXPECT_EQ(set.at("cim.rows").note, "36 x 32");
  EXPECT_EQ(set.at("cim.rows").source, Source::kDerived);
  EXPECT_TRUE(set.missing().empty());
  set.set_text("cim.cell.capacitance_ff", "2.5e0", Source::kAssumed, "", "--set");
  EXPECT_DOUBLE_EQ(set.real("cim.cell.capacitance_ff"), 2.5);
}

TEST(Parameter, AnUnknownKeyIsRefusedWithDidYouMean_bad) {
  ParameterSet set = declared();
  const auto set_key = [&](const std::string& key) {
    return usage_error([&] { set.set(key, 1, Source::kStated, "", "chip.yaml"); });
  };
  EXPECT_EQ(set_key("cim.cell.capacitence_ff"),
            "chip.yaml: the parameter 'cim.cell.capacitence_ff' is not known; did you mean "
            "'cim.cell.capacitance_ff'?");
  EXPECT_EQ(set_key("rom.zones_mw"),
            "chip.yaml: the parameter 'rom.zones_mw' is not known; 'leyden list parameters' names "
            "them all");
}

TEST(Parameter, WrongValuesAreRefusedWithWhatWouldBeRight_bad) {
  ParameterSet set = declared();
  const auto text = [&](const std::string& key, const std::string& value) {
    return usage_error([&] { set.set_text(key, value, Source::kAssumed, "", "--set"); });
  };
  EXPECT_EQ(text("cim.cell.capacitance_ff", "20"),
            "--set: cim.cell.capacitance_ff is 20 fF; it must be from 0.1 to 10 fF");
  EXPECT_EQ(text("cim.cell.capacitance_ff", "nan"),
            "--set: cim.cell.capacitance_ff is nan fF; it must be from 0.1 to 10 fF");
  EXPECT_EQ(text("cim.rows", "12.5"), "--set: cim.rows is 12.5; it must be a whole number");
  EXPECT_EQ(text("cim.rows", "12x"), "--set: cim.rows is '12x'; it must be a number");
  EXPECT_EQ(text("cim.rows", ""), "--set: cim.rows is ''; it must be a number");
  EXPECT_EQ(text("cim.drive", "bit_seral"),
            "--set: cim.drive is 'bit_seral'; it must be one of bit_serial, multi_level; did you "
            "mean 'bit_serial'?");
  EXPECT_THAT(usage_error([&] { set.set("cim.drive", 1, Source::kStated, "", "chip.yaml"); }),
              HasSubstr("it must be one of bit_serial, multi_level"));
  EXPECT_FALSE(set.has("cim.rows"));
}

TEST(Parameter, AModelThatReadsWhatIsNotThereIsTold) {
  ParameterSet set = declared();
  EXPECT_THROW(set.real("cim.rows"), ModelError);
  set.set("cim.cell.capacitance_ff", 1, Source::kStated, "", "");
  EXPECT_THROW(set.integer("cim.cell.capacitance_ff"), ModelError);
  EXPECT_THROW(set.choice("cim.cell.capacitance_ff"), ModelError);
  EXPECT_THROW(set.declare("cim", {{"rows", "1", 1, 2, true, {}, ""}}), ModelError);
}

TEST(Parameter, SourcesAreWords) {
  for (const Source source :
       {Source::kStated, Source::kDerived, Source::kFitted, Source::kAssumed}) {
    EXPECT_EQ(parse_source(to_string(source), "x"), source);
  }
  EXPECT_EQ(usage_error([] { parse_source("guessed", "chip.yaml: cim.rows"); }),
            "chip.yaml: cim.rows: the source 'guessed' is not known; it must be stated, derived, "
            "fitted or assumed");
}

TEST(NearestWord, FollowsTheEditDistance) {
  const std::vector<std::string> known = {"images", "chip", "fidelity", "a"};
  EXPECT_EQ(nearest_word("image", known), "images");
  EXPECT_EQ(nearest_word("fidelty", known), "fidelity");
  EXPECT_EQ(nearest_word("fdlt", known), "");             // distance 4
  EXPECT_EQ(nearest_word("fidliyt", known), "fidelity");  // distance 3
  EXPECT_EQ(nearest_word("ch", known), "");               // distance 2 is not under half of 2
  EXPECT_EQ(nearest_word("chps", known), "");             // nor under half of 4
  EXPECT_EQ(nearest_word("chips", known), "chip");
  EXPECT_EQ(nearest_word("anything", {}), "");
}

}  // namespace
}  // namespace leyden::base
