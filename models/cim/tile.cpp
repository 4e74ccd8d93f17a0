#include "models/cim/tile.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/cim/codes.h"

namespace leyden::cim {
namespace {

constexpr int kMostScaleShift = 12;
constexpr int kLeastScaleShift = -2;  // even a mismatch of 100 % of every cell fits

}  // namespace

Placement placement_of(const Job& job, const MacroParameters& macro, bool apart) {
  return {job.unit_first * macro.rows_per_unit,
          job.window_count,
          job.line_rows(macro),
          job.column_first,
          job.outputs,
          job.weight_bits,
          macro.page_rows(),
          macro.rows_at_once(),
          apart};
}

Tile::Tile(const Placement& placement, const WeightArray& array, const WeightLayout& layout)
    : placement_(placement),
      layout_(layout),
      groups_(placement.apart ? static_cast<unsigned>(layout.groups.size()) : 1),
      stride_(2 * groups_ * padded(placement.outputs)),
      version_(array.version()),
      weights_(placement.rows * stride_),
      set_cells_(placement.rows) {
  copy_contents(array, contents_);
  const std::size_t width = padded(placement_.outputs);
  const int offset = placement_.apart ? 0 : layout_.offset;
  std::vector<int> sums(groups_);
  for (unsigned i = 0; i < placement_.rows; ++i) {
    std::int8_t* row = weights_.data() + i * stride_;
    for (unsigned j = 0; j < placement_.outputs; ++j) {
      std::fill(sums.begin(), sums.end(), -offset);
      for (unsigned c = 0; c < layout_.width(); ++c) {
        const unsigned cell = level(array, i, j * layout_.width() + c);
        sums[group_of(c)] += significance(c) * static_cast<int>(cell);
        set_cells_[i] += cell;
      }
      for (unsigned g = 0; g < groups_; ++g) row[g * width + j] = static_cast<std::int8_t>(sums[g]);
    }
  }
}

void Tile::copy_contents(const WeightArray& array, std::vector<std::uint8_t>& out) const {
  const auto [first, bytes] = array.span(placement_.column_first, columns());
  out.resize(placement_.rows * bytes);
  for (unsigned i = 0; i < placement_.rows; ++i) {
    std::memcpy(out.data() + i * bytes, array.row(placement_.row_first + i) + first, bytes);
  }
}

PackedWeights& Tile::packed(unsigned first_row) {
  const auto found = std::find_if(packed_.begin(), packed_.end(),
                                  [&](const Pack& pack) { return pack.first_row == first_row; });
  if (found != packed_.end()) return found->weights;
  packed_.push_back({first_row, {weights_.data() + first_row * stride_, stride_}});
  return packed_.back().weights;
}

bool Tile::holds(const WeightArray& array) {
  if (version_ == array.version()) return true;
  const auto [first, bytes] = array.span(placement_.column_first, columns());
  for (unsigned i = 0; i < placement_.rows; ++i) {
    if (std::memcmp(contents_.data() + i * bytes, array.row(placement_.row_first + i) + first,
                    bytes) != 0) {
      return false;
    }
  }
  version_ = array.version();
  return true;
}

std::vector<double> Tile::line_means(const Die& die) const {
  const unsigned rows = std::min(placement_.segment_rows, placement_.line_rows);
  std::vector<double> means;
  for (unsigned first = 0; first < placement_.line_rows; first += rows) {
    const unsigned count = std::min(rows, placement_.line_rows - first);
    const std::size_t at = means.size();
    means.resize(at + columns());
    for (unsigned r = first; r < first + count; ++r) {
      for (unsigned c = 0; c < columns(); ++c) {
        means[at + c] += die.mismatch((placement_.row_first + r) % placement_.page_rows,
                                      placement_.column_first + c);
      }
    }
    for (unsigned c = 0; c < columns(); ++c) means[at + c] /= count;
  }
  return means;
}

std::int32_t Tile::cell_share(const Die& die, unsigned i, unsigned column, unsigned level,
                              const std::vector<double>& means, int scale_shift) const {
  if (level == 0) return 0;
  const double delta = die.mismatch((placement_.row_first + i) % placement_.page_rows,
                                    placement_.column_first + column);
  const double mean = means[std::size_t{i / placement_.segment_rows} * columns() + column];
  const double share = ((1.0 + delta) / (1.0 + mean) - 1.0) * level;
  const int weight = significance(column % layout_.width());
  const auto rounded =
      static_cast<std::int32_t>(std::lround(std::ldexp(share * std::abs(weight), scale_shift)));
  return weight < 0 ? -rounded : rounded;
}

void Tile::fold(const Die& die, const WeightArray& array) {
  if (folded_ && folded_die_ == die.seed()) return;
  const std::vector<double> means = line_means(die);
  const unsigned width = layout_.width();
  const auto correction = [&](unsigned i, unsigned j, unsigned group, int shift) {
    std::int32_t sum = 0;
    for (unsigned c = 0; c < width; ++c) {
      if (group_of(c) != group) continue;
      const unsigned column = j * width + c;
      sum += cell_share(die, i, column, level(array, i, column), means, shift);
    }
    return sum;
  };
  // 1. The largest correction at the finest scale tells how much coarser it must be; rounding can
  //    then still push a sum over the edge, so every shift is tried until all sums fit.
  const std::size_t outputs = padded(placement_.outputs);
  const unsigned count = placement_.outputs * groups_;
  scale_shift_ = kMostScaleShift;
  for (unsigned i = 0; i < placement_.rows; ++i) {
    for (unsigned element = 0; element < count;) {
      const unsigned group = element / placement_.outputs;
      const unsigned j = element % placement_.outputs;
      const std::int32_t sum = correction(i, j, group, scale_shift_);
      if (std::abs(sum) > 127 && scale_shift_ > kLeastScaleShift) {
        // 2. Coarser: what was done is done again.
        --scale_shift_;
        i = 0;
        element = 0;
        continue;
      }
      weights_[i * stride_ + (groups_ + group) * outputs + j] =
          static_cast<std::int8_t>(std::clamp(sum, std::int32_t{-127}, std::int32_t{127}));
      ++element;
    }
  }
  for (Pack& pack : packed_) pack.weights.changed();
  folded_ = true;
  folded_die_ = die.seed();
}

Tile& TileCache::find(const Placement& placement, const WeightArray& array,
                      const WeightLayout& layout) {
  for (auto it = tiles_.begin(); it != tiles_.end(); ++it) {
    if (it->placement() == placement && it->holds(array)) {
      if (it != tiles_.begin()) tiles_.splice(tiles_.begin(), tiles_, it);
      return tiles_.front();
    }
  }
  if (tiles_.size() >= capacity_) tiles_.pop_back();
  tiles_.emplace_front(placement, array, layout);
  ++packed_;
  return tiles_.front();
}

}  // namespace leyden::cim
