#include "platform/validate/library_file.h"

#include <gmock/gmock.h>

#include <fstream>

#include "models/base/error.h"
#include "platform/validate/fit.h"

namespace leyden::validate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

const char* const kMinimal =
    "chip: mine\n"
    "macro:\n"
    "  node_nm: 28\n"
    "  supply_v: 0.9\n"
    "  rows: 512\n"
    "  columns: 128\n"
    "  input_bits: 4\n"
    "  weight_bits: 4\n"
    "  output_bits: 6\n";

class NewChipTest : public testing::Test {
 protected:
  std::string written(const std::string& text) const {
    std::ofstream(path_) << text;
    return path_;
  }
  /// The minimal file with the first `from` replaced.
  std::string changed(const std::string& from, const std::string& to) const {
    std::string text = kMinimal;
    text.replace(text.find(from), from.size(), to);
    return written(text);
  }
  void expect_refused(const std::string& path, const std::string& words) const {
    EXPECT_THAT([&] { load_new_chip(path); },
                ThrowsMessage<base::UsageError>(AllOf(HasSubstr(words), HasSubstr(path))));
  }

 private:
  std::string path_ = testing::TempDir() + "leyden_new_chip_" +
                      testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";
};

TEST_F(NewChipTest, NeedsArrayNodeBitsAndSupplyOnly) {
  const Chip chip = load_new_chip(written(kMinimal));
  EXPECT_EQ(chip.name, "mine");
  EXPECT_EQ(chip.macro.rows, 512U);
  EXPECT_EQ(chip.macro.drive, Drive::kBitSerial);
  EXPECT_EQ(chip.macro.converter, Converter::kSar);
}

TEST_F(NewChipTest, RefusesWhatIsMissingOutOfRangeOrUnknown) {
  for (const char* key : {"node_nm: 28", "supply_v: 0.9", "rows: 512", "columns: 128",
                          "input_bits: 4", "weight_bits: 4", "output_bits: 6"}) {
    const std::string name = std::string(key).substr(0, std::string(key).find(':'));
    expect_refused(changed(std::string("  ") + key + "\n", ""), "macro." + name + " is missing");
    expect_refused(changed(key, name + ": 0"), "macro." + name + " is 0; it must be from ");
    expect_refused(changed(key, name + ": nan"), "must be a number, not 'nan'");
    expect_refused(changed(key, name + ": [1]"), "macro." + name + " must be one value");
    expect_refused(changed(key, std::string(key) + "\n  " + key), "is given twice");
  }
  expect_refused(changed("rows: 512", "rows: 1.5"), "macro.rows must be a whole number");
  expect_refused(changed("columns: 128", "colunms: 128"), "is 'colunms' meant to be it?");
  expect_refused(changed("rows: 512", "rows: 512\n  driev: dac"), "did you mean 'drive'?");
  expect_refused(changed("rows: 512", "rows: 512\n  converter: flahs"), "did you mean 'flash'?");
  expect_refused(changed("columns: 128", "columns: 2"), "more than the 2 columns");
  expect_refused(changed("rows: 512", "rows: 512\n  cell: rram"), "macro.read_v is missing");
}

TEST_F(NewChipTest, RefusesWhatIsNoMapOrNoFile) {
  expect_refused(written(""), "must be a map of keys");
  expect_refused(written("- 1\n"), "must be a map of keys");
  expect_refused(written("{\n"), "end of map");
  expect_refused("/nonexistent.yaml", "cannot be read");
  expect_refused(testing::TempDir(), "cannot be read");
}

TEST(LibraryFile, HoldsTheChipsInTheirOrder) {
  const Library library = load_library("configs/calibration");
  std::vector<std::string> names;
  for (const Chip& chip : library.chips) names.push_back(chip.name);
  EXPECT_THAT(names, testing::ElementsAre("imagine", "capram", "jia2020", "jia2022", "wang2022",
                                          "sinangil2021", "neurram2022"));
  EXPECT_THAT([] { load_library("/nonexistent"); },
              ThrowsMessage<base::UsageError>(HasSubstr("cannot be read")));
}

/// Figures that the model itself made with known knobs: the fit finds the knobs again, within what
/// the weak pull to their starts moves them.
TEST(Fit, FindsTheKnobsThatMadeTheFigures) {
  Library library = load_library("configs/calibration");
  for (Knob& knob : library.knobs) knob.start = knob.value;
  std::vector<Knob> truth = library.knobs;
  for (Knob& knob : truth) {
    if (knob.key() == "cell_capacitance_ff") knob.value *= 1.25;
    if (knob.key() == "wang2022.time") knob.value *= 0.8;
    if (knob.key() == "sinangil2021.supply") knob.value += 0.1;
  }
  for (Chip& chip : library.chips) {
    const Coefficients with = coefficients_of(truth, chip.name, chip.macro.node_nm);
    for (Figure& figure : chip.figures) {
      if (figure.use == Use::kFit) figure.published = modelled(chip, figure, with);
    }
  }
  const std::vector<Knob> fitted = fit(library);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    EXPECT_NEAR(fitted[i].value, truth[i].value, 0.01 * std::abs(truth[i].value) + 1e-3)
        << truth[i].key();
  }
}

/// A knob that only the chip left out informs goes back to where the literature has it; the chip's
/// own knobs are gone.
TEST(Fit, LeavesAChipOutWithItsKnobs) {
  const Library library = load_library("configs/calibration");
  for (const Knob& knob : fit(library, "neurram2022")) {
    EXPECT_NE(knob.subject, "neurram2022");
    if (informants(library, knob) == std::vector<std::string>{"neurram2022"}) {
      EXPECT_NEAR(knob.value, knob.start, 1e-6 * knob.start) << knob.key();
    }
  }
}

/// What a chip is predicted as when left out does not depend on what is published of it.
TEST(Fit, SeesNoFigureOfAChipLeftOut) {
  Library library = load_library("configs/calibration");
  const std::vector<Knob> before = fit(library, "jia2020");
  for (Chip& chip : library.chips) {
    for (Figure& figure : chip.figures) {
      if (chip.name == "jia2020") figure.published *= 3;
    }
  }
  const std::vector<Knob> after = fit(library, "jia2020");
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].value, after[i].value);
  EXPECT_NE(fit(library, "imagine").front().value, before.front().value);
}

}  // namespace
}  // namespace leyden::validate
