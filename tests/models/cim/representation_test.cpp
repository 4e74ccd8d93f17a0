// Every weight of every representation, and what a macro refuses to combine.
#include "models/cim/representation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/cim/combinations.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

using testing::HasSubstr;

constexpr Representation kAll[] = {Representation::kTwosComplement, Representation::kDifferential,
                                   Representation::kShiftedUnsigned, Representation::kTernaryPair};

TEST(Representation, HoldsEveryWeightInLevelsOfItsCells) {
  for (const Representation representation : kAll) {
    const bool pair = representation == Representation::kTernaryPair;
    for (unsigned cell_bits = 1; cell_bits <= (pair ? 1u : 4u); ++cell_bits) {
      for (unsigned bits = least_weight_bits(representation); bits <= 8; ++bits) {
        const WeightLayout layout = make_layout(representation, cell_bits, bits);
        std::vector<std::uint8_t> levels(layout.width());
        for (int weight = layout.minimum; weight <= layout.maximum; ++weight) {
          layout.encode(weight, levels.data());
          // Written from the definition, not from decode(): digits by significance.
          int value = -layout.offset;
          for (unsigned c = 0; c < layout.width(); ++c) {
            EXPECT_LT(levels[c], 1u << cell_bits);
            EXPECT_LT(levels[c], 1u << layout.columns[c].level_bits);
            value += layout.columns[c].significance * levels[c];
          }
          EXPECT_EQ(value, weight);
          EXPECT_EQ(layout.decode(levels.data()), weight);
        }
      }
    }
  }
}

TEST(Representation, TakesTheColumnsOfThePublishedMappings) {
  // Huang, TODAES 28(3): 8 b weights; 2's complement with a sign column, pairs, shifted digits.
  EXPECT_EQ(make_layout(Representation::kTwosComplement, 1, 8).width(), 8u);
  EXPECT_EQ(make_layout(Representation::kTwosComplement, 4, 8).width(), 3u);
  EXPECT_EQ(make_layout(Representation::kDifferential, 4, 8).width(), 4u);
  EXPECT_EQ(make_layout(Representation::kShiftedUnsigned, 4, 8).width(), 2u);
  EXPECT_EQ(make_layout(Representation::kShiftedUnsigned, 2, 8).width(), 4u);
}

TEST(Representation, NegativeTwosComplementBitsAreThoseOfTheNumber) {
  const WeightLayout layout = make_layout(Representation::kTwosComplement, 1, 8);
  for (int weight = -128; weight < 128; ++weight) {
    std::uint8_t levels[8];
    layout.encode(weight, levels);
    const auto byte = static_cast<std::uint8_t>(weight);
    for (unsigned k = 0; k < 8; ++k) EXPECT_EQ(levels[k], (byte >> k) & 1u) << weight;
  }
}

/// The message with which a macro with these settings over imagine is refused.
std::string refusal(const std::vector<std::pair<const char*, const char*>>& settings) {
  base::ParameterSet set = test::imagine_parameters();
  for (const auto& [key, value] : settings) {
    set.set_text(std::string("cim.") + key, value, base::Source::kAssumed, "test", "test");
  }
  try {
    read_macro_parameters(set);
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Combinations, ThatCannotExistAreRefusedWithTheReason) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_THAT(refusal({{"drive.order", "msb_first"}}), HasSubstr("must come last"));
  EXPECT_THAT(refusal({{"drive.bits", "2"}}), HasSubstr("drive.kind dac drives several"));
  EXPECT_THAT(refusal({{"drive.kind", "dac"}, {"drive.bits", "4"}}),
              HasSubstr("halves once a step"));
  EXPECT_THAT(refusal({{"cell.kind", "rram"}}), HasSubstr("no capacitor to share"));
  EXPECT_THAT(refusal({{"combine.inputs", "digital"}}), HasSubstr("every input digit"));
  EXPECT_THAT(refusal({{"combine.columns", "digital"}}), HasSubstr("every weight column"));
  EXPECT_THAT(refusal({{"dot_product.rows_active", "36"}}), HasSubstr("adder_tree"));
  EXPECT_THAT(refusal({{"cell.representation", "ternary_pair"}, {"cell.bits", "2"}}),
              HasSubstr("one bit each"));
  EXPECT_THAT(refusal({{"cell.pages", "5"}}), HasSubstr("pages of whole units"));
  EXPECT_THAT(refusal({{"converter.bits", "10"}}), HasSubstr("digital_scale would be right"));
}

TEST(Combinations, EveryRuleHasASubjectAndAReason) {
  for (const CombinationRule& rule : combination_rules()) {
    EXPECT_FALSE(rule.subject.empty());
    EXPECT_FALSE(rule.reason.empty()) << rule.subject;
  }
}

}  // namespace
}  // namespace leyden::cim
