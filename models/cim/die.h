#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/parameters.h"

namespace leyden::cim {

/// What is frozen in one macro of one die (design section 3: a die is a seed).
class Die {
 public:
  Die(const MacroParameters& macro, std::uint32_t seed, unsigned instance);

  std::uint32_t seed() const { return seed_; }
  /// Relative deviation dC/C of a cell's capacitor.
  float mismatch(unsigned row, unsigned column) const {
    return mismatch_[static_cast<std::size_t>(row) * columns_ + column];
  }
  double offset_v(unsigned column) const { return offset_v_[column]; }  ///< of its converter
  double gain(unsigned column) const { return gain_[column]; }  ///< of its converter, about 1
  /// INL in LSB at 8 bits = bow (1 - t^2) + curve (t^3 - t) 3 sqrt(3)/2 with t in [-1, 1] over the
  /// range; |bow| and |curve| are at most half the bound, so that the INL stays within it.
  double inl_bow_lsb(unsigned column) const { return inl_bow_[column]; }
  double inl_curve_lsb(unsigned column) const { return inl_curve_[column]; }

 private:
  std::uint32_t seed_;
  unsigned columns_;
  std::vector<float> mismatch_;
  std::vector<double> offset_v_;
  std::vector<double> gain_;
  std::vector<double> inl_bow_;
  std::vector<double> inl_curve_;
};

}  // namespace leyden::cim
