#include "models/cim/representation.h"

#include <algorithm>

namespace leyden::cim {
namespace {

/// Splits `bits` bits into digits of `cell_bits`; the last may be shorter.
void add_digits(WeightLayout& layout, unsigned bits, unsigned cell_bits, bool pairs) {
  for (unsigned first = 0; first < bits; first += cell_bits) {
    const unsigned level_bits = std::min(cell_bits, bits - first);
    const auto group = static_cast<unsigned>(layout.groups.size());
    const int significance = 1 << first;
    layout.groups.push_back({significance, pairs, (1u << level_bits) - 1, 0});
    layout.columns.push_back({significance, group, level_bits});
    if (pairs) layout.columns.push_back({-significance, group, level_bits});
  }
}

}  // namespace

unsigned least_weight_bits(Representation representation) {
  const bool signed_pairs = representation == Representation::kDifferential ||
                            representation == Representation::kTernaryPair;
  return signed_pairs ? 2 : 1;
}

WeightLayout make_layout(Representation representation, unsigned cell_bits, unsigned weight_bits) {
  WeightLayout layout;
  layout.columns.reserve(2 * weight_bits);  // at most a pair a bit
  layout.groups.reserve(weight_bits);
  const int half = 1 << (weight_bits - 1);
  layout.minimum = -half;
  layout.maximum = half - 1;
  switch (representation) {
    case Representation::kTwosComplement:
      if (weight_bits == 1) {
        add_digits(layout, 1, 1, false);
        layout.minimum = 0;
        layout.maximum = 1;
        break;
      }
      add_digits(layout, weight_bits - 1, cell_bits, false);
      layout.columns.push_back({-half, static_cast<unsigned>(layout.groups.size()), 1});
      layout.groups.push_back({-half, false, 1, 0});
      break;
    case Representation::kDifferential:
    case Representation::kTernaryPair:
      add_digits(layout, weight_bits - 1, cell_bits, true);
      layout.minimum = -layout.maximum;  // a magnitude has one bit less
      break;
    case Representation::kShiftedUnsigned:
      add_digits(layout, weight_bits, cell_bits, false);
      layout.offset = half;
      layout.groups.back().dummy_level =
          static_cast<unsigned>(half / layout.groups.back().significance);
      break;
  }
  return layout;
}

void WeightLayout::encode(int weight, std::uint8_t* levels) const {
  const int shifted = weight + offset;
  // Two's complement masks the digits of a negative number as they are; a pair takes its magnitude.
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const LayoutColumn& column = columns[c];
    const bool pair = groups[column.group].is_signed;
    const bool negative = column.significance < 0;
    int value = shifted;
    if (pair) value = negative ? std::max(0, -weight) : std::max(0, weight);
    const int unit = negative ? -column.significance : column.significance;
    const int mask = (1 << column.level_bits) - 1;
    // Division of a negative two's complement number by a power of two, rounded down.
    const auto bits = static_cast<unsigned>(value) / static_cast<unsigned>(unit);
    levels[c] = static_cast<std::uint8_t>(bits & static_cast<unsigned>(mask));
  }
}

int WeightLayout::decode(const std::uint8_t* levels) const {
  int weight = -offset;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    weight += columns[c].significance * static_cast<int>(levels[c]);
  }
  return weight;
}

}  // namespace leyden::cim
