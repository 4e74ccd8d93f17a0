#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "models/cim/array.h"
#include "models/cim/die.h"
#include "models/cim/job.h"
#include "models/cim/product.h"

namespace leyden::cim {

/// Where the weights of a job lie.
struct Placement {
  unsigned row_first = 0;
  unsigned rows = 0;       ///< rows used, K
  unsigned line_rows = 0;  ///< rows that load the line, N
  unsigned column_first = 0;
  unsigned outputs = 0;
  unsigned weight_bits = 0;

  bool operator==(const Placement& other) const {
    return row_first == other.row_first && rows == other.rows && line_rows == other.line_rows &&
           column_first == other.column_first && outputs == other.outputs &&
           weight_bits == other.weight_bits;
  }
};
Placement placement_of(const Job& job, const MacroParameters& macro);

/// The weights of one placement, packed once for the products, with the mismatch of a die folded
/// in. An effective weight of output j is w + e, e = sum_c s_c 2^c bit_c d_ic, where d_ic is the
/// deviation of cell (i, c) against the mean of its line: (1 + delta_ic) / (1 + mean delta) - 1.
/// Every cell's share is rounded to a multiple of 2^-scale_shift; the shift is the largest, up to
/// 12, at which every sum fits in an int8. The products are then two integer matrix products,
/// D + Dc * 2^-scale_shift.
class Tile {
 public:
  Tile(const Placement& placement, const WeightArray& array);

  const Placement& placement() const { return placement_; }
  /// Whether the array still holds these weights. Compares contents only after a change.
  bool holds(const WeightArray& array);

  /// rows x stride() int8: weights at 0, correction at padded(outputs); row-major.
  const std::int8_t* weights() const { return weights_.data(); }
  std::size_t stride() const { return stride_; }
  /// The same for IntegerProduct.
  PackedWeights& packed() { return packed_; }
  /// Set cells of row i in the columns in use.
  std::uint32_t set_cells(unsigned i) const { return set_cells_[i]; }
  const std::vector<std::uint32_t>& set_cells() const { return set_cells_; }

  /// Folds a die's mismatch in; does nothing when it is there already.
  void fold(const Die& die, const WeightArray& array);
  int scale_shift() const { return scale_shift_; }
  /// The rounded share of one set cell, in units of 2^-scale_shift (reference path).
  static std::int32_t cell_share(const Die& die, const Placement& placement, unsigned i,
                                 unsigned column, const std::vector<double>& line_mean,
                                 int scale_shift);
  /// Mean deviation of the cells of every column in use, over the rows that load the line.
  static std::vector<double> line_means(const Die& die, const Placement& placement);

 private:
  void copy_contents(const WeightArray& array, std::vector<std::uint8_t>& out) const;

  Placement placement_;
  std::size_t stride_;
  std::uint64_t version_;               // of the array when last found equal
  std::vector<std::uint8_t> contents_;  // the bytes of the array the tile was made of
  std::vector<std::int8_t> weights_;
  PackedWeights packed_;
  std::vector<std::uint32_t> set_cells_;
  bool folded_ = false;
  std::uint32_t folded_die_ = 0;
  int scale_shift_ = 0;
};

/// The tiles used last, found by placement and content.
class TileCache {
 public:
  /// @param capacity  most tiles kept
  explicit TileCache(std::size_t capacity = 64) : capacity_(capacity) {}

  Tile& find(const Placement& placement, const WeightArray& array);
  std::uint64_t packed() const { return packed_; }  ///< tiles packed so far

 private:
  std::size_t capacity_;
  std::uint64_t packed_ = 0;
  std::list<Tile> tiles_;  // the last used first
};

}  // namespace leyden::cim
