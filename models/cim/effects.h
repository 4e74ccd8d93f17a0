#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/base/random.h"
#include "models/cim/conversions.h"
#include "models/cim/input_errors.h"
#include "models/cim/metastability.h"
#include "models/cim/tile.h"
#include "models/cim/transfer.h"
#include "models/cim/wire.h"

namespace leyden::cim {

/// A block of positions before one conversion of every output (of column group h).
struct EffectsBlock {
  const std::uint8_t* codes = nullptr;  ///< positions x segment.rows: what the conversion takes
  unsigned bits = 1;                    ///< of those codes
  std::size_t positions = 0;
  RowSegment segment;
  std::size_t group = 0;                      ///< column group, 0 where a weight is whole
  const std::int32_t* sums = nullptr;         ///< positions rows of `stride`
  const std::int32_t* corrections = nullptr;  ///< the same, or nullptr
  std::size_t stride = 0;
  std::uint64_t first_phase = 0;  ///< number of the first position's conversion phase, for draws
};

/// Effects that act on conversions one by one: errors that depend on the data beyond what folds
/// into weights, noise that does, and converters with a transfer curve of their own. The vector
/// passes know nothing of them; where a macro has any, its conversions take this way instead.
class Effects {
 public:
  Effects(const MacroParameters& macro, unsigned instance)
      : macro_(macro), instance_(instance), metastability_(macro.convert, 0, 1) {}

  /// Whether a macro has any.
  static bool needed(const MacroParameters& macro);
  /// Whether some of them add noise, so that draws are needed even where all else is silent.
  static bool noisy(const MacroParameters& macro);

  /// Sets up a job on a tile folded for the die.
  /// @param out_bits  of the codes of the converters
  /// @param lsb_v     an LSB of such a code at the converter's input at gain 1, V
  /// @param coins     for metastable comparisons
  /// @param supply    for the noise of the supply
  void prepare(Tile& tile, const WeightArray& array, const Die& die, unsigned out_bits,
               double lsb_v, const base::RandomStream& coins, const base::RandomStream& supply);

  /// Sums u with all errors, and the standard deviation of what the data add to the noise, both in
  /// units of u, positions x outputs; valid until the next call.
  /// @param temporal  whether noise is wanted (that of the supply is in u)
  struct Terms {
    const double* sums;
    const double* noise;  ///< nullptr: none
    /// Standard deviation of an element's noise, with `other` that does not depend on the data.
    double noise_at(std::size_t element, double other) const {
      if (noise == nullptr) return other;
      return std::sqrt(other * other + noise[element] * noise[element]);
    }
  };
  Terms terms(const EffectsBlock& block, IntegerProduct& product, bool temporal);

  /// The same of one position of dummy column d.
  struct DummyTerm {
    double sum;
    double noise;
  };
  /// @param codes  of the segment's rows
  /// @param sum    of codes times Tile::dummy_cell()
  DummyTerm dummy(const std::uint8_t* codes, const RowSegment& segment, unsigned bits, unsigned d,
                  double sum, std::uint64_t phase, bool temporal);
  /// Whether columns' shares in the accumulation of codes of `bits` differ.
  bool has_shares(unsigned bits) const;
  /// To a multiple of 2^-20, so that sums of deficits are exact in any order.
  static double rounded_deficit(double deficit) { return std::round(deficit * 0x1p20) * 0x1p-20; }
  bool is_noisy() const { return noisy(macro_); }

  /// Whether converters have a transfer of their own: a curve, or code of a user.
  bool has_curves() const { return curves_in_use_ != nullptr || macro_.convert.own != nullptr; }
  /// Code of a level (of code_of_level()'s scale, before floor): 0 to 2^out_bits - 1.
  /// @param column      physical, its converter converts
  /// @param conversion  number of the conversion, for draws
  /// @param temporal    whether metastable comparisons are drawn
  unsigned code(unsigned column, double level, std::uint64_t conversion, bool temporal) const;
  /// A level as the columns' converter behaves (TransferCurve::equivalent()).
  double equivalent(unsigned column, double level) const {
    // Of a user's code nothing is known between two of its codes.
    if (macro_.convert.own) return code(column, level, 0, false) + 0.5;
    return curves_in_use_->of_column(column).equivalent(level);
  }
  /// Level in LSB that a code stands for where it is decoded digitally: the code itself, or with
  /// compressed levels the middle of its nominal interval, to 1/16 LSB.
  double decoded(unsigned code) const {
    return decoded_in_use_ == nullptr || decoded_in_use_->empty() ? static_cast<double>(code)
                                                                  : (*decoded_in_use_)[code];
  }

  /// Made for the job's codes of `bits`.
  const InputErrors& input_errors(unsigned bits);
  /// Weight of a row's code in the products with shares, per bit, rounded: the accumulation's
  /// sensitivity.
  const std::vector<std::int32_t>& share_steps(unsigned bits);
  /// Relative change of the supply at a phase.
  double supply_change(std::uint64_t phase) const;
  /// Resistance of a row's wire, in units of 1 / level.
  double wire_resistance() const;

 private:
  /// Rows of the page before a segment's first.
  std::size_t page_row(const RowSegment& segment) const;
  void add_input_errors(const EffectsBlock& block, IntegerProduct& product);
  void add_shares(const EffectsBlock& block, IntegerProduct& product);
  void take_wire_drop(const EffectsBlock& block);
  /// sums_ += (product of bytes_ with weights less zero times their sums) 2^-shift.
  /// @param packed  the same as `weights`
  void add_product(const EffectsBlock& block, IntegerProduct& product, PackedWeights& packed,
                   const std::int8_t* weights, std::size_t stride, std::int32_t zero, int shift);

  const MacroParameters& macro_;
  unsigned instance_;
  Tile* tile_ = nullptr;
  const Die* die_ = nullptr;
  std::array<std::unique_ptr<TransferCurves>, 13> curves_;  // by bits of a code
  const TransferCurves* curves_in_use_ = nullptr;
  unsigned out_bits_ = 0;  // of the job's codes
  Metastability metastability_;
  base::RandomStream coins_{{}};
  base::RandomStream supply_{{}};
  std::array<std::vector<double>, 13> decoded_;  // by bits of a code; empty: the code itself
  const std::vector<double>* decoded_in_use_ = nullptr;
  std::array<InputErrors, 9> input_errors_;  // by bits of a code
  std::array<std::vector<std::int32_t>, 9> share_steps_;
  WireLadder ladder_;
  // Scratch, grows to the largest job and stays.
  std::vector<double> sums_;
  std::vector<double> noise_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::int32_t> products_;
  std::vector<std::int32_t> weight_sums_;
  std::vector<double> deficits_;
  std::vector<double> dummy_conductance_;
};

}  // namespace leyden::cim
