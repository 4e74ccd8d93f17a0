#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/parameters.h"
#include "models/cim/repair.h"

namespace leyden::cim {

/// What is frozen in one macro of one die (design section 3: a die is a seed). Only what is
/// switched on is drawn. Transfer curves of the converters are TransferCurves'.
class Die {
 public:
  Die(const MacroParameters& macro, std::uint32_t seed, unsigned instance)
      : Die(macro, seed, instance, Repairs(macro.columns, macro.spare_columns)) {}
  /// @param repairs  columns that are replaced have what is frozen in their spares. Spares are
  /// drawn
  ///                 apart: all others are what they are without them
  Die(const MacroParameters& macro, std::uint32_t seed, unsigned instance, const Repairs& repairs);

  std::uint32_t seed() const { return seed_; }
  /// Whether it is a die of that seed with those columns replaced.
  bool is(std::uint32_t seed, const std::vector<std::uint32_t>& repairs) const {
    return seed_ == seed && repairs_ == repairs;
  }
  const std::vector<std::uint32_t>& repairs() const { return repairs_; }  ///< Repairs::words()
  /// Number of the physical converter that serves a column; dummy columns lie behind the others.
  unsigned converter(unsigned column) const { return converter_[column]; }
  /// Relative deviation of a cell: dC/C of its capacitor, which the pages share, or dG/G. From -1.
  float mismatch(unsigned row, unsigned column) const {
    return mismatch_.empty() ? 0.0f : mismatch_[cell_index(row % page_rows_, column)];
  }
  /// The same of a cell of dummy column d (weights with an offset).
  float dummy_mismatch(unsigned d, unsigned row) const {
    const std::size_t index = static_cast<std::size_t>(d) * page_rows_ + row % page_rows_;
    return index < dummy_mismatch_.size() ? dummy_mismatch_[index] : 0.0f;
  }
  bool has_stuck_cells() const { return !stuck_.empty(); }
  /// Level a cell holds when `level` was written: that, or the lowest or highest it is stuck at.
  unsigned held_level(unsigned row, unsigned column, unsigned level) const {
    if (stuck_.empty()) return level;
    const Stuck stuck = stuck_[cell_index(row, column)];
    if (stuck == Stuck::kNot) return level;
    return stuck == Stuck::kOn ? highest_level_ : 0;
  }
  /// Weight of a column in the analog combination of columns, about 1.
  double column_weight(unsigned column) const {
    return column_weight_.empty() ? 1.0 : column_weight_[column];
  }
  /// Relative deviation of a column's share in the accumulation over input bits.
  double input_share(unsigned column) const {
    return input_share_.empty() ? 0.0 : input_share_[column];
  }
  bool has_input_shares() const { return !input_share_.empty(); }
  /// Error of the level that a row's DAC gives for a digit, in LSB of a digit; 0 for digit 0.
  double dac_error(unsigned row, unsigned digit) const {
    return dac_error_.empty() ? 0.0 : dac_error_[row % page_rows_ * digits_ + digit];
  }
  bool has_dac_errors() const { return !dac_error_.empty(); }
  double offset_v(unsigned column) const { return offset_v_[column]; }  ///< of its converter
  double gain(unsigned column) const { return gain_[column]; }  ///< of its converter, about 1
  /// INL in LSB at 8 bits = bow (1 - t^2) + curve (t^3 - t) 3 sqrt(3)/2 with t in [-1, 1] over the
  /// range; |bow| and |curve| are at most half the bound, so that the INL stays within it.
  double inl_bow_lsb(unsigned column) const { return inl_bow_[column]; }
  double inl_curve_lsb(unsigned column) const { return inl_curve_[column]; }

 private:
  enum class Stuck : std::uint8_t { kNot, kOn, kOff };

  std::size_t cell_index(unsigned row, unsigned column) const {
    return static_cast<std::size_t>(row) * columns_ + column;
  }

  std::uint32_t seed_;
  std::vector<std::uint32_t> repairs_;
  std::vector<unsigned> converter_;
  unsigned columns_;
  unsigned page_rows_;
  unsigned highest_level_;
  unsigned digits_;  // levels of a DAC
  std::vector<float> mismatch_;
  std::vector<float> dummy_mismatch_;  // dummy columns x page_rows
  std::vector<Stuck> stuck_;
  std::vector<double> column_weight_;
  std::vector<double> input_share_;
  std::vector<float> dac_error_;  // page_rows x digits
  std::vector<double> offset_v_;
  std::vector<double> gain_;
  std::vector<double> inl_bow_;
  std::vector<double> inl_curve_;
};

}  // namespace leyden::cim
