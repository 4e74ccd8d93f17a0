// Published figures of the macro (arXiv 2412.19750, abstract): each within 5 %.
#include "models/cim/figures.h"

#include <cstdio>

#include <gtest/gtest.h>

#include "models/base/energy_ledger.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

constexpr double kClockHz =
    400e6;  // the clock the figures are told at (system.clock of the preset)

void print(const MacroFigures& f) {
  std::printf("%u b: %.4f POPS/W, %.2f TOPS/mm2, %.1f kB/mm2, %.1f ns, %.1f pJ:", f.in_bits,
              f.pops_per_w, f.tops_per_mm2, f.kilobytes_per_mm2, f.time_ns, f.energy_pj);
  for (std::size_t c = 0; c < base::kComponentCount; ++c) {
    if (f.energy_by_component_pj[c] > 0) {
      std::printf(" %s %.2f", std::string(base::to_string(static_cast<base::Component>(c))).c_str(),
                  f.energy_by_component_pj[c]);
    }
  }
  std::printf("\n");
}

TEST(Figures, WithinFivePercentOfThePublishedOnes) {
  const base::ParameterSet parameters = test::imagine_parameters();
  const MacroParameters macro = read_macro_parameters(parameters);
  const MacroFigures eight = macro_figures(parameters, macro, 8, 8, 8, kClockHz);
  const MacroFigures one = macro_figures(parameters, macro, 1, 1, 1, kClockHz);
  print(eight);
  print(one);
  EXPECT_NEAR(eight.pops_per_w, 0.15, 0.05 * 0.15);
  EXPECT_NEAR(one.pops_per_w, 8.0, 0.05 * 8.0);
  EXPECT_NEAR(eight.tops_per_mm2, 2.6, 0.05 * 2.6);
  EXPECT_NEAR(one.tops_per_mm2, 154, 0.05 * 154);
  EXPECT_NEAR(eight.kilobytes_per_mm2, 187, 0.05 * 187);
}

TEST(Figures, AtMostTwoFittedKnobsAndEachSaysToWhat) {
  const base::ParameterSet parameters = test::imagine_parameters();
  EXPECT_TRUE(parameters.missing().empty());
  int fitted = 0;
  for (const auto& [key, parameter] : parameters.all()) {
    EXPECT_FALSE(parameter.note.empty()) << key;
    if (parameter.source != base::Source::kFitted) continue;
    ++fitted;
    EXPECT_NE(parameter.note.find("knob"), std::string::npos) << key;
  }
  EXPECT_EQ(fitted, 2);
}

}  // namespace
}  // namespace leyden::cim
