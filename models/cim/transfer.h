#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/cim/die.h"
#include "models/cim/parameters.h"

namespace leyden::cim {

/// Thresholds of transfer curves are rounded to multiples of 1/kTransferSteps LSB.
inline constexpr int kTransferSteps = 32;

/// Static transfer curve of one physical converter. Levels are in LSB on the scale of
/// code_of_level(): an ideal converter gives code floor(level), clamped. The code is the number of
/// thresholds at or below the level, by one look into a table.
class TransferCurve {
 public:
  /// @param thresholds  of codes 1 to 2^bits - 1 in LSB, rising or equal; rounded up to a multiple
  ///                    of 1/kTransferSteps; what lies further out than a full range beyond either
  ///                    end acts there
  TransferCurve(unsigned bits, const std::vector<double>& thresholds);

  /// @return 0 to 2^bits - 1, whatever the level (0 for what is no number)
  unsigned code(double level) const {
    const double step = level * kTransferSteps;  // a power of two: exact
    if (!(step >= first_)) return codes_.front();
    if (step >= last_) return codes_.back();
    return codes_[static_cast<std::size_t>(static_cast<std::int32_t>(std::floor(step)) - origin_)];
  }
  /// The level at which an ideal converter behaves as this one does at `level`: from threshold to
  /// threshold the code and the part of the way; floor of it, clamped, is code(level).
  double equivalent(double level) const;
  /// Least level that gives `code` (1 to 2^bits - 1) or more, as rounded.
  double threshold(unsigned code) const { return thresholds_[code - 1]; }
  unsigned bits() const { return bits_; }

 private:
  unsigned bits_;
  std::int32_t origin_ = 0;           // step of the table's first entry
  double first_ = 0;                  // the same
  double last_ = 0;                   // step of its last entry
  std::vector<double> thresholds_;    // rounded
  std::vector<std::uint16_t> codes_;  // of every step from origin_ on
};

/// Level of the ideal threshold of `code` under converter.compression p: mid-scale +- half the
/// range times |2 code/2^bits - 1|^p.
double compressed_threshold(unsigned bits, double compression, unsigned code);

/// Whether a macro's converters need more than floor and the smooth INL.
bool has_transfer_curves(const ConvertParameters& convert);

/// Thresholds of converter `converter` of a die, in LSB of convert.bits: unit mismatch (SAR, charge
/// injection) or comparator offsets (flash; the code is the number of comparators below the level,
/// so bubbles do no more than change the order), then compression.
/// @param lsb_v  one LSB at the input, V
std::vector<double> converter_thresholds(const ConvertParameters& convert, std::uint32_t die,
                                         unsigned instance, unsigned converter, double lsb_v);

/// Transfer curves of all physical converters of one macro of a die, for codes of one length.
class TransferCurves {
 public:
  /// @param out_bits  at most convert.bits; a shorter code is made of the first decisions (SAR) or
  ///                  of every 2^(bits - out_bits)th comparator (flash)
  /// @param lsb_v     one LSB of convert.bits at the input, V
  TransferCurves(const MacroParameters& macro, const Die& die, unsigned instance, unsigned out_bits,
                 double lsb_v);

  /// Of the converter that serves a column.
  const TransferCurve& of_column(unsigned column) const { return curves_[curve_of_[column]]; }
  bool made_for(const Die& die, unsigned out_bits, double lsb_v) const {
    return die.is(die_, repairs_) && out_bits_ == out_bits && lsb_v_ == lsb_v;
  }

 private:
  std::uint32_t die_;
  std::vector<std::uint32_t> repairs_;
  unsigned out_bits_;
  double lsb_v_;
  std::vector<std::size_t> curve_of_;  // of each column, dummy ones behind
  std::vector<TransferCurve> curves_;
};

}  // namespace leyden::cim
