#pragma once

#include <cstdint>
#include <vector>

namespace leyden::cim {

/// How a signed weight lies in cells that hold only levels of 0 and more.
enum class Representation {
  kTwosComplement,   ///< digits, the sign bit in a column of its own that is subtracted
  kDifferential,     ///< two columns a digit, positive and negative; their difference is taken
  kShiftedUnsigned,  ///< w + 2^(bw-1); a dummy column takes the offset away again
  kTernaryPair,      ///< digits of -1, 0, +1, each in two neighbouring cells of one line
};

/// One physical column of an output. Its contribution to the dot product is
/// significance * sum_i x_i level_i.
struct LayoutColumn {
  int significance = 1;
  unsigned group = 0;       ///< which of WeightLayout::groups it belongs to
  unsigned level_bits = 1;  ///< bits of its levels that are used
};

/// What one conversion takes when columns are combined digitally: one column, or the difference of
/// a digit's pair. value = sum over its columns of (significance / the group's) * sum_i x_i
/// level_i.
struct LayoutGroup {
  int significance = 1;        ///< of the converted value; negative for a sign column
  bool is_signed = false;      ///< whether the value can be negative
  unsigned highest_level = 1;  ///< greatest level of a cell, 2^level_bits - 1
  unsigned dummy_level = 0;    ///< level of the dummy column's cells for this digit
};

/// Where the bits of a weight go: columns of an output, least significant digit first.
///
///   w = sum_columns significance * level - offset
///
/// two's complement: digits of `cell_bits` over the low bw - 1 bits, then the sign bit (-2^(bw-1));
/// for bw = 1 the only column counts +1. Differential: digits of the magnitude, columns
/// (plus, minus) of each. Shifted unsigned: digits of w + 2^(bw-1), offset 2^(bw-1). Ternary pair:
/// bits of the magnitude, cells (plus, minus) of each.
struct WeightLayout {
  std::vector<LayoutColumn> columns;
  std::vector<LayoutGroup> groups;
  int offset = 0;
  int minimum = 0;  ///< least weight that can be held
  int maximum = 0;  ///< greatest

  unsigned width() const { return static_cast<unsigned>(columns.size()); }

  /// Levels of the columns for a weight of minimum..maximum. @param levels width() values
  void encode(int weight, std::uint8_t* levels) const;
  /// The weight that levels stand for; any levels are good.
  int decode(const std::uint8_t* levels) const;
};

/// Least bits of a weight in a representation: 1, or 2 where a sign takes one.
unsigned least_weight_bits(Representation representation);

/// @param cell_bits   1 to 4; 1 for ternary pairs
/// @param weight_bits least_weight_bits() to 8
WeightLayout make_layout(Representation representation, unsigned cell_bits, unsigned weight_bits);

}  // namespace leyden::cim
