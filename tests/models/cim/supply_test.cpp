// Figures against supply and by component models: closed forms and the literature's constants.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"
#include "models/cim/converter_cost.h"
#include "models/cim/figures.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

base::ParameterSet with(const Settings& settings) {
  base::ParameterSet set = test::imagine_parameters();
  for (const auto& [key, value] : settings) {
    set.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  return set;
}

MacroFigures figures(const Settings& settings) {
  const base::ParameterSet set = with(settings);
  // A clock so fast that rounding up to whole cycles does not show.
  return macro_figures(set, read_macro_parameters(set), 8, 8, 8, 1e12);
}

TEST(Supply, EnergyMovesWithTheExponentAndTimeByTheAlphaPowerLaw) {
  const Settings law = {{"reference_supply_v", "0.6"},
                        {"energy_exponent", "1.61"},
                        {"threshold_v", "0.3"},
                        {"delay_exponent", "1.3"},
                        {"leakage_uw", "0"}};
  const MacroFigures reference = figures(law);
  Settings lower = law;
  lower.push_back({"supply_v", "0.45"});
  const MacroFigures low = figures(lower);
  EXPECT_NEAR(low.energy_pj / reference.energy_pj, std::pow(0.75, 1.61), 1e-12);
  const auto delay = [](double v) { return v / std::pow(v - 0.3, 1.3); };
  EXPECT_NEAR(low.time_ns / reference.time_ns, delay(0.45) / delay(0.6), 1e-4);
  EXPECT_NEAR(low.area_mm2, reference.area_mm2, 1e-15);
}

TEST(Supply, WithoutAReferenceTheFileHoldsWhereItIs) {
  const MacroFigures here = figures({});
  const MacroFigures law = figures({{"delay_exponent", "1.3"}, {"threshold_v", "0.3"}});
  EXPECT_EQ(here.energy_pj, law.energy_pj);
  EXPECT_EQ(here.time_ns, law.time_ns);
}

TEST(Supply, AtTheThresholdNothingWorksAndTheKeyIsNamed) {
  try {
    read_macro_parameters(with({{"reference_supply_v", "0.6"},
                                {"supply_v", "0.3"},
                                {"threshold_v", "0.3"},
                                {"delay_exponent", "1.3"}}));
    FAIL() << "a supply at the threshold was taken";
  } catch (const base::UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("cim.threshold_v, 0.3 V"));
  }
}

std::string refusal(const Settings& settings) {
  try {
    read_macro_parameters(with(settings));
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "taken";
}

TEST(Supply, JustAboveTheThresholdIsRefusedBeforeTimesOverflow) {
  for (const char* supply : {"0.30000000000000004", "0.3000000001", "0.301"}) {
    const std::string text = refusal({{"reference_supply_v", "0.6"},
                                      {"supply_v", supply},
                                      {"threshold_v", "0.3"},
                                      {"delay_exponent", "3"}});
    EXPECT_THAT(text, testing::HasSubstr("cim.supply_v is 0.3"));
    EXPECT_THAT(text, testing::HasSubstr("factor of 1000"));
  }
  EXPECT_THAT(refusal({{"reference_supply_v", "0.30000001"},
                       {"supply_v", "0.6"},
                       {"threshold_v", "0.3"},
                       {"delay_exponent", "1.3"}}),
              testing::HasSubstr("factor of 1000"));
}

TEST(Supply, NoSupplyIsSoLowThatEnergiesLeaveTheNumbers) {
  EXPECT_THAT(refusal({{"reference_supply_v", "1e-320"}}),
              testing::HasSubstr("cim.reference_supply_v is 9.99989e-321 V; it must be 0"));
  EXPECT_THAT(refusal({{"reference_supply_v", "0.0999"}}), testing::HasSubstr("from 0.1 V up"));
  EXPECT_EQ(refusal({{"reference_supply_v", "0.1"}}), "taken");
  EXPECT_THAT(refusal({{"converter.measured_supply_v", "1e-10"}}),
              testing::HasSubstr("cim.converter.measured_supply_v is"));
}

TEST(ConverterCost, ComponentModelsGiveTheirPublishedConstants) {
  // reference of the component models: NeuroSim 22 nm LSTP 8 b 78 fJ; ZigZag 8 b 701 fJ at 0.9 V;
  // Accelergy 22 nm 8 b 0.846 pJ.
  const auto energy = [](const Settings& settings) {
    return conversion_energy_fj(read_macro_parameters(with(settings)), 8);
  };
  EXPECT_NEAR(energy({{"node_nm", "22"}, {"converter.energy_model", "neurosim"}}), 78, 0.5);
  EXPECT_NEAR(energy({{"supply_v", "0.9"}, {"converter.energy_model", "zigzag"}}), 701, 0.5);
  EXPECT_NEAR(energy({{"node_nm", "22"}, {"converter.energy_model", "accelergy"}}), 846, 1);
  EXPECT_NEAR(energy({{"converter.energy_model", "measured"},
                      {"converter.measured_energy_pj", "3.56"},
                      {"converter.measured_supply_v", "0.6"}}),
              3560, 1e-9);
}

TEST(ConverterCost, TimesAndAreasAreSelectable) {
  const MacroParameters neurosim =
      read_macro_parameters(with({{"converter.time_model", "neurosim"}}));
  EXPECT_NEAR(conversion_time_ns(neurosim, 8), 9, 1e-12);
  const MacroParameters zigzag = read_macro_parameters(
      with({{"converter.time_model", "zigzag"}, {"converter.area_model", "zigzag"}}));
  EXPECT_NEAR(conversion_time_ns(zigzag, 8), 65, 0.5);
  EXPECT_NEAR(converter_area_um2(zigzag), 2085, 1);
}

TEST(ConverterCost, ANodeThatAModelDoesNotKnowIsRefusedWithItsKey) {
  try {
    read_macro_parameters(with({{"node_nm", "3"}, {"converter.energy_model", "neurosim"}}));
    FAIL() << "a node without coefficients was taken";
  } catch (const base::UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("cim.node_nm"));
  }
}

TEST(ConverterCost, AModelThatAsksForTheNodeIsRefusedWithoutOne) {
  EXPECT_THROW(read_macro_parameters(with({{"converter.energy_model", "neurosim"}})),
               base::UsageError);
  EXPECT_THROW(read_macro_parameters(with({{"converter.energy_model", "measured"}})),
               base::UsageError);
}

}  // namespace
}  // namespace leyden::cim
