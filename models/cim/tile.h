#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "models/cim/array.h"
#include "models/cim/cell_response.h"
#include "models/cim/die.h"
#include "models/cim/job.h"
#include "models/cim/packs.h"
#include "models/cim/product.h"
#include "models/cim/tile_effects.h"

namespace leyden::cim {

/// Where the weights of a job lie.
struct Placement {
  unsigned row_first = 0;
  unsigned rows = 0;       ///< rows used, K
  unsigned line_rows = 0;  ///< rows that load the line, N
  unsigned column_first = 0;
  unsigned outputs = 0;
  unsigned weight_bits = 0;
  unsigned page_rows = UINT32_MAX;     ///< rows of a page: pages share their capacitors
  unsigned segment_rows = UINT32_MAX;  ///< rows that are on together: each piece is a line
  bool apart = false;                  ///< whether every column group is a weight of its own

  bool operator==(const Placement& other) const {
    return row_first == other.row_first && rows == other.rows && line_rows == other.line_rows &&
           column_first == other.column_first && outputs == other.outputs &&
           weight_bits == other.weight_bits && page_rows == other.page_rows &&
           segment_rows == other.segment_rows && apart == other.apart;
  }
};
/// @param apart  whether every column group becomes a weight of its own
Placement placement_of(const Job& job, const MacroParameters& macro, bool apart = false);

/// The weights of one placement, packed once for the products, with the mismatch of a die folded
/// in. An effective weight of output j is w + e, e = sum_c a_c level_c d_ic, where d_ic is the
/// deviation of cell (i, c) against the mean of its line: (1 + delta_ic) / (1 + mean delta) - 1,
/// and a_c the column's significance. Where column groups are apart each is a weight of its own,
/// a_c within the group. Every cell's share is rounded to a multiple of 2^-scale_shift; the shift
/// is the largest, up to 12, at which every sum fits in an int8. The products are then two integer
/// matrix products, D + Dc * 2^-scale_shift.
class Tile {
 public:
  /// @param layout  of the placement's weights
  Tile(const Placement& placement, const WeightArray& array, const WeightLayout& layout);

  const Placement& placement() const { return placement_; }
  /// Whether the array still holds these weights. Compares contents only after a change.
  bool holds(const WeightArray& array);

  /// rows x stride() int8, row-major: weights of group h at h * padded(outputs), corrections at
  /// (groups() + h) * padded(outputs).
  const std::int8_t* weights() const { return weights_.data(); }
  /// The same of the die folded in: of what the cells hold, stuck ones among them.
  const std::int8_t* folded_weights() const {
    return held_weights_.empty() ? weights_.data() : held_weights_.data();
  }
  std::size_t stride() const { return stride_; }
  /// The same for IntegerProduct, from a row on: the first row of the tile or of a segment.
  /// @param folded  folded_weights() instead of weights()
  /// @param group   from this column group on
  PackedWeights& packed(unsigned first_row = 0, bool folded = false, std::size_t group = 0);
  unsigned groups() const { return groups_; }  ///< weights an output: 1 unless apart
  /// Sum of the levels of row i's cells in the columns in use.
  std::uint32_t set_cells(unsigned i) const { return set_cells_[i]; }
  const std::vector<std::uint32_t>& set_cells() const { return set_cells_; }

  /// Folds a die's cell errors in; does nothing when they are there already.
  void fold(const Die& die, const WeightArray& array, const CellResponse& response);
  int scale_shift() const { return scale_shift_; }
  /// The rounded share of one cell in its weight, in units of 2^-scale_shift, sign of its column
  /// included.
  /// @param column  of the job, from 0
  /// @param level   that the cell holds
  /// @param means   line_means()
  std::int32_t cell_share(const Die& die, const CellResponse& response, unsigned i, unsigned column,
                          unsigned level, const std::vector<double>& means, int scale_shift) const;
  /// What the cell of dummy column d in row i adds for an input of 1, in levels: of level
  /// dummy_level(d), with the errors of the die folded in, rounded to 2^-12.
  double dummy_cell(unsigned d, unsigned i) const {
    return dummy_cells_.empty() ? dummy_level(d) : dummy_cells_[d * placement_.rows + i];
  }
  /// What the dummy line takes off a whole weight in row i beyond its levels, rounded, in units of
  /// 2^-shift; 0 where column groups are apart.
  std::int32_t dummy_share(unsigned i, int shift) const;
  /// Sum of the squared conductances of the dummy line's cells, as they are combined; 0 where
  /// column groups are apart.
  double dummy_squares(unsigned i) const;
  /// Level of a dummy column: 0: that of the digit with the offset, 1: none, for the others.
  unsigned dummy_level(unsigned d) const { return d == 0 ? layout_.groups.back().dummy_level : 0; }
  /// Mean deviation of the cells over the rows that load their line: [segment][column of the job,
  /// behind them the dummy column].
  std::vector<double> line_means(const Die& die) const;
  /// Level of a cell of the job as far as its column uses it.
  unsigned level(const WeightArray& array, unsigned i, unsigned column) const {
    const unsigned mask = (1u << layout_.columns[column % layout_.width()].level_bits) - 1;
    return array.level(placement_.row_first + i, placement_.column_first + column) & mask;
  }
  /// The level that cell holds on a die: stuck, at the highest level its column uses or at 0.
  unsigned held_level(const WeightArray& array, const Die& die, unsigned i, unsigned column) const {
    const unsigned mask = (1u << layout_.columns[column % layout_.width()].level_bits) - 1;
    return mask & die.held_level(placement_.row_first + i, placement_.column_first + column,
                                 level(array, i, column));
  }
  /// Significance of column c of an output within its weight (of its group, where apart).
  int significance(unsigned c) const {
    const LayoutColumn& column = layout_.columns[c];
    return placement_.apart ? column.significance / layout_.groups[column.group].significance
                            : column.significance;
  }
  int offset() const { return layout_.offset; }  ///< of whole weights
  unsigned columns() const { return placement_.outputs * layout_.width(); }
  unsigned columns_per_output() const { return layout_.width(); }
  /// Column group that column c of an output belongs to; 0 where they are not apart.
  unsigned group_of(unsigned c) const { return placement_.apart ? layout_.columns[c].group : 0; }
  TileEffects& effects() { return effects_; }
  const TileEffects& effects() const { return effects_; }

 private:
  double line_mean(const std::vector<double>& means, unsigned i, unsigned column) const {
    return means[std::size_t{i / placement_.segment_rows} * (columns() + 1) + column];
  }
  void hold(const Die& die, const WeightArray& array);
  void make_dummies(const Die& die, const CellResponse& response, const std::vector<double>& means);
  void copy_contents(const WeightArray& array, std::vector<std::uint8_t>& out) const;

  Placement placement_;
  WeightLayout layout_;
  unsigned groups_;
  std::size_t stride_;
  std::uint64_t version_;               // of the array when last found equal
  std::vector<std::uint8_t> contents_;  // the bytes of the array the tile was made of
  std::vector<std::int8_t> weights_;
  Packs packed_;
  std::vector<std::uint32_t> set_cells_;
  std::vector<std::int8_t> held_weights_;  // empty where no cell is stuck
  std::vector<double> dummy_cells_;        // [dummy column][row]; empty where there is none
  TileEffects effects_;
  bool folded_ = false;
  std::uint32_t folded_die_ = 0;
  int scale_shift_ = 0;
};

/// The tiles used last, found by placement and content.
class TileCache {
 public:
  /// @param capacity  most tiles kept
  explicit TileCache(std::size_t capacity = 64) : capacity_(capacity) {}

  Tile& find(const Placement& placement, const WeightArray& array, const WeightLayout& layout);
  std::uint64_t packed() const { return packed_; }  ///< tiles packed so far
  void clear() { tiles_.clear(); }                  ///< what find() gave is void

 private:
  std::size_t capacity_;
  std::uint64_t packed_ = 0;
  std::list<Tile> tiles_;  // the last used first
};

}  // namespace leyden::cim
