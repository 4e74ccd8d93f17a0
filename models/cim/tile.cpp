#include "models/cim/tile.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/cim/codes.h"

namespace leyden::cim {
namespace {

constexpr int kMostScaleShift = 12;
constexpr int kLeastScaleShift = -6;    // even a deviation of several 100 % of every cell fits
constexpr double kMostShare = 1 << 20;  // many times what fits

/// A share in units of 2^-shift; beyond any sum that fits it is cut: shifts with that are not kept.
std::int32_t round_share(double share, int shift) {
  return static_cast<std::int32_t>(
      std::lround(std::clamp(std::ldexp(share, shift), -kMostShare, kMostShare)));
}

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

PackedWeights& Tile::packed(unsigned first_row, bool folded, std::size_t group) {
  const std::int8_t* weights = folded ? folded_weights() : weights_.data();
  return packed_.at(weights + first_row * stride_ + group * padded(placement_.outputs), stride_);
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
    means.resize(at + columns() + 1);
    for (unsigned r = first; r < first + count; ++r) {
      for (unsigned c = 0; c < columns(); ++c) {
        means[at + c] += die.mismatch((placement_.row_first + r) % placement_.page_rows,
                                      placement_.column_first + c);
      }
      means[at + columns()] += die.dummy_mismatch(0, placement_.row_first + r);
    }
    for (unsigned c = 0; c <= columns(); ++c) means[at + c] /= count;
  }
  return means;
}

std::int32_t Tile::cell_share(const Die& die, const CellResponse& response, unsigned i,
                              unsigned column, unsigned level, const std::vector<double>& means,
                              int scale_shift) const {
  if (level == 0 && response.lowest_is_none()) return 0;
  const unsigned physical = placement_.column_first + column;
  const double delta = die.mismatch(placement_.row_first + i, physical);
  const double mean = response.shares_line() ? line_mean(means, i, column) : 0.0;
  const double share = response.excess(level, delta, mean, die.column_weight(physical));
  const int weight = significance(column % layout_.width());
  const std::int32_t rounded = round_share(share * std::abs(weight), scale_shift);
  return weight < 0 ? -rounded : rounded;
}

void Tile::make_dummies(const Die& die, const CellResponse& response,
                        const std::vector<double>& means) {
  dummy_cells_.clear();
  if (layout_.offset == 0) return;
  for (unsigned d = 0; d < 2; ++d) {
    for (unsigned i = 0; i < placement_.rows; ++i) {
      const double mean = response.shares_line() ? line_mean(means, i, columns()) : 0.0;
      const double excess = response.excess(
          dummy_level(d), die.dummy_mismatch(d, placement_.row_first + i), mean, 1.0);
      dummy_cells_.push_back(dummy_level(d) +
                             std::ldexp(round_share(excess, kMostScaleShift), -kMostScaleShift));
    }
  }
}

std::int32_t Tile::dummy_share(unsigned i, int shift) const {
  if (placement_.apart || dummy_cells_.empty()) return 0;
  double excess = 0;
  for (const LayoutGroup& group : layout_.groups) {
    const unsigned d = group.dummy_level != 0 ? 0 : 1;
    excess += group.significance * (dummy_cell(d, i) - dummy_level(d));
  }
  return round_share(excess, shift);
}

double Tile::dummy_squares(unsigned i) const {
  if (placement_.apart || dummy_cells_.empty()) return 0;
  double sum = 0;
  for (const LayoutGroup& group : layout_.groups) {
    const double value = group.significance * dummy_cell(group.dummy_level != 0 ? 0 : 1, i);
    sum += value * value;
  }
  return sum;
}

void Tile::hold(const Die& die, const WeightArray& array) {
  held_weights_.clear();
  if (!die.has_stuck_cells()) return;
  held_weights_ = weights_;
  const std::size_t width = padded(placement_.outputs);
  for (unsigned i = 0; i < placement_.rows; ++i) {
    std::int8_t* row = held_weights_.data() + i * stride_;
    for (unsigned column = 0; column < columns(); ++column) {
      const unsigned c = column % layout_.width();
      const int change = static_cast<int>(held_level(array, die, i, column)) -
                         static_cast<int>(level(array, i, column));
      std::int8_t& weight = row[group_of(c) * width + column / layout_.width()];
      weight = static_cast<std::int8_t>(weight + significance(c) * change);
    }
  }
}

void Tile::fold(const Die& die, const WeightArray& array, const CellResponse& response) {
  if (folded_ && folded_die_ == die.seed()) return;
  hold(die, array);
  std::int8_t* const weights = held_weights_.empty() ? weights_.data() : held_weights_.data();
  const std::vector<double> means =
      response.shares_line() ? line_means(die) : std::vector<double>();
  const unsigned width = layout_.width();
  make_dummies(die, response, means);
  const auto correction = [&](unsigned i, unsigned j, unsigned group, int shift) {
    std::int32_t sum = 0;
    for (unsigned c = 0; c < width; ++c) {
      if (group_of(c) != group) continue;
      const unsigned column = j * width + c;
      sum += cell_share(die, response, i, column, held_level(array, die, i, column), means, shift);
    }
    return sum - dummy_share(i, shift);
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
      weights[i * stride_ + (groups_ + group) * outputs + j] =
          static_cast<std::int8_t>(std::clamp(sum, std::int32_t{-127}, std::int32_t{127}));
      ++element;
    }
  }
  packed_.clear();
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
