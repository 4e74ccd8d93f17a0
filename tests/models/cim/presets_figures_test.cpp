// The macro of capram against its published figures.
#include <string>

#include <gtest/gtest.h>

#include "models/cim/figures.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

TEST(Capram, PeakFiguresAreThePublishedOnes) {
  // 4 b inputs, binary weights: 573.4 GOPS and 49.4 TOPS/W (arXiv 2107.02388, abstract). The
  // digital scale behind the macro is the chip's, not the publication's.
  const base::ParameterSet parameters = test::preset_parameters("capram");
  MacroParameters macro = read_macro_parameters(parameters);
  macro.post.scale_energy_fj = 0;
  const MacroFigures peak = macro_figures(parameters, macro, 4, 1, 8, 500e6);
  RecordProperty("gops", std::to_string(peak.ops / peak.time_ns));
  RecordProperty("tops_per_w", std::to_string(1e3 * peak.pops_per_w));
  EXPECT_EQ(peak.ops, 2.0 * 64 * 128);
  EXPECT_NEAR(peak.ops / peak.time_ns, 573.4, 0.03 * 573.4);
  EXPECT_NEAR(1e3 * peak.pops_per_w, 49.4, 0.03 * 49.4);
  EXPECT_NEAR(peak.area_mm2, 0.179, 0.05 * 0.179);
}

TEST(Presets, HoldWhatTheirPublicationsCount) {
  const MacroParameters capram = read_macro_parameters(test::preset_parameters("capram"));
  EXPECT_EQ(capram.capacity_bytes(), 8192);
  EXPECT_EQ(capram.columns / capram.convert.sharing, 32u);  // slices
  const MacroParameters adapt = read_macro_parameters(test::preset_parameters("adapt256"));
  EXPECT_EQ(adapt.capacity_bytes(), 32768);
  EXPECT_EQ(adapt.columns / adapt.convert.sharing, 64u);
  EXPECT_EQ(adapt.rows_at_once(), 256u);
  const MacroParameters rram = read_macro_parameters(test::preset_parameters("rram128"));
  EXPECT_EQ(rram.columns / rram.convert.sharing, 16u);
}

}  // namespace
}  // namespace leyden::cim
