#include "platform/chip/chip_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"

namespace leyden::chip {
namespace {

using base::UsageError;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::vector<Scope> scopes() {
  base::ParameterSpec capacitance;
  capacitance.key = "cell.capacitance_ff";
  capacitance.unit = "fF";
  capacitance.minimum = 0.1;
  capacitance.maximum = 10;
  base::ParameterSpec rows;
  rows.key = "rows";
  rows.unit = "1";
  rows.minimum = 1;
  rows.maximum = 4096;
  rows.integer = true;
  base::ParameterSpec kind;
  kind.key = "converter.kind";
  kind.choices = {"sar", "flash"};
  base::ParameterSpec clock;
  clock.key = "point1.clock_mhz";
  clock.maximum = 100;
  base::ParameterSpec supply = clock;
  supply.key = "point1.supply_v";
  return {{"cim", {capacitance, rows, kind}, {}}, {"system", {clock, supply}, {"point1"}}};
}

constexpr const char* kGood =
    "chip: jar\n"
    "description: a test chip\n"
    "cim:\n"
    "  rows: {value: 1152, source: stated, note: \"table: 1, \\\"a\\\"\"}\n"
    "  cell:\n"
    "    capacitance_ff: {value: 0.7, source: fitted, note: n, unit: fF}\n"
    "  converter:\n"
    "    kind: {value: flash, source: assumed, note: n}\n";

/// kGood with one line replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = kGood;
  text.replace(text.find(from), from.size(), to);
  return text;
}

ChipDescription load(const std::string& text, const Overrides& overrides = {}) {
  return load_chip_text(text, "jar.yaml", scopes(), overrides);
}

#define EXPECT_REFUSED(text, ...) \
  EXPECT_THAT([&] { load(text); }, ThrowsMessage<UsageError>(AllOf(__VA_ARGS__)))

TEST(ChipFile, ReadsValuesWithProvenance) {
  const ChipDescription chip = load(kGood);
  EXPECT_EQ(chip.name, "jar");
  EXPECT_EQ(chip.text, "a test chip");
  EXPECT_EQ(chip.parameters.integer("cim.rows"), 1152);
  EXPECT_EQ(chip.parameters.real("cim.cell.capacitance_ff"), 0.7);
  EXPECT_EQ(chip.parameters.choice("cim.converter.kind"), "flash");
  EXPECT_EQ(chip.parameters.at("cim.cell.capacitance_ff").source, base::Source::kFitted);
  EXPECT_EQ(chip.parameters.at("cim.rows").note, "table: 1, \"a\"");
}

TEST(ChipFile, OverridesAreAssumedAndSaySo) {
  const ChipDescription chip = load(kGood, {"cim.rows=64"});
  EXPECT_EQ(chip.parameters.integer("cim.rows"), 64);
  EXPECT_EQ(chip.parameters.at("cim.rows").source, base::Source::kAssumed);
  EXPECT_EQ(chip.parameters.at("cim.rows").note, "set on the command line");
}

TEST(ChipFile, OverrideCanGiveWhatTheFileLacks) {
  const std::string text = with("    kind: {value: flash, source: assumed, note: n}\n", "    {}\n");
  EXPECT_REFUSED(text, HasSubstr("jar.yaml"), HasSubstr("cim.converter.kind"));
  EXPECT_EQ(load(text, {"cim.converter.kind=sar"}).parameters.choice("cim.converter.kind"), "sar");
}

TEST(ChipFile, OptionalGroupsAreGivenAsAWholeOrNot) {
  EXPECT_FALSE(load(kGood).parameters.has("system.point1.clock_mhz"));
  EXPECT_THAT([] { load(kGood, {"system.point1.clock_mhz=5"}); },
              ThrowsMessage<UsageError>(HasSubstr("system.point1.supply_v")));
  EXPECT_EQ(load(kGood, {"system.point1.clock_mhz=5", "system.point1.supply_v=1"})
                .parameters.real("system.point1.supply_v"),
            1);
}

TEST(ChipFile, BadOverridesAreRefused) {
  for (const char* bad : {"cim.rows", "=3", "cim.rows=", "cim.rows=x", "cim.rows=5000",
                          "cim.rows=1.5", "cim.converter.kind=slow", "cim.row=3"}) {
    EXPECT_THAT([&] { load(kGood, {bad}); }, ThrowsMessage<UsageError>(HasSubstr("--set"))) << bad;
  }
  EXPECT_THAT([] { load(kGood, {"cim.row=3"}); },
              ThrowsMessage<UsageError>(HasSubstr("did you mean 'cim.rows'?")));
}

TEST(ChipFile, UnknownKeysAreNamedWithLineAndSuggestion) {
  EXPECT_REFUSED(with("  rows:", "  rwos:"), HasSubstr("jar.yaml:4: the key cim.rwos is unknown"),
                 HasSubstr("did you mean 'cim.rows'?"));
  EXPECT_REFUSED(with("  converter:", "  convrter:"), HasSubstr("jar.yaml:7"),
                 HasSubstr("did you mean 'cim.converter'?"));
  EXPECT_REFUSED(with("source: stated", "sorce: stated"),
                 HasSubstr("cim.rows has the unknown key sorce; did you mean 'source'?"));
}

TEST(ChipFile, RefusesValuesWithoutProvenance) {
  EXPECT_REFUSED(with("{value: 1152, source: stated, note: \"table: 1, \\\"a\\\"\"}", "1152"),
                 HasSubstr("jar.yaml:4: cim.rows must be a map {value, source, note}"));
  EXPECT_REFUSED(with("source: fitted, ", ""),
                 HasSubstr("jar.yaml:6: cim.cell.capacitance_ff has no source"));
  EXPECT_REFUSED(with(", note: n, unit: fF", ""), HasSubstr("has no note"));
  EXPECT_REFUSED(with("fitted", "guessed"), HasSubstr("cim.cell.capacitance_ff"),
                 HasSubstr("assumed"));
}

TEST(ChipFile, RefusesWrongValues) {
  EXPECT_REFUSED(with("1152", "0"), HasSubstr("jar.yaml:4"), HasSubstr("cim.rows"));
  EXPECT_REFUSED(with("1152", "1.5"), HasSubstr("cim.rows"));
  EXPECT_REFUSED(with("unit: fF", "unit: pF"), HasSubstr("given in pF, but its unit is fF"));
  EXPECT_REFUSED(with("flash", "flesh"), HasSubstr("cim.converter.kind"), HasSubstr("flash"));
}

TEST(ChipFile, RefusesWhatIsNoChipFile) {
  EXPECT_REFUSED("{", HasSubstr("jar.yaml:"), HasSubstr("not YAML"));
  EXPECT_REFUSED(",", HasSubstr("100 or more YAML documents"));  // and does not hang
  EXPECT_REFUSED("- a\n", HasSubstr("no chip file"));
  EXPECT_REFUSED("", HasSubstr("no chip file"));
  EXPECT_REFUSED(with("chip: jar\n", ""), HasSubstr("no key chip"));
  EXPECT_REFUSED(std::string(kGood) + "chip: again\n", HasSubstr("chip is given twice"));
  EXPECT_REFUSED(with("  cell:\n", "  cell: 3\n  rows2:\n"), HasSubstr("group of keys"));
  EXPECT_THAT([] { load_chip_file("/nonexistent/x.yaml", scopes()); },
              ThrowsMessage<UsageError>(HasSubstr("/nonexistent/x.yaml cannot be read")));
}

TEST(ChipFile, DumpReadsBackToTheSameParameters) {
  const ChipDescription chip = load(kGood, {"cim.cell.capacitance_ff=0.30000000000000004"});
  const std::string dump = dump_chip_file(chip);
  const ChipDescription again = load(dump);
  EXPECT_EQ(again.name, chip.name);
  EXPECT_EQ(again.text, chip.text);
  ASSERT_EQ(again.parameters.all().size(), 3u);
  for (const auto& [key, parameter] : chip.parameters.all()) {
    const base::Parameter& other = again.parameters.at(key);
    EXPECT_EQ(other.value, parameter.value) << key;
    EXPECT_EQ(other.source, parameter.source) << key;
    EXPECT_EQ(other.note, parameter.note) << key;
  }
  EXPECT_EQ(dump_chip_file(again), dump);
}

}  // namespace
}  // namespace leyden::chip
