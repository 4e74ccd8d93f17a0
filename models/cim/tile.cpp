#include "models/cim/tile.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/cim/codes.h"
#include "models/cim/combine.h"

namespace leyden::cim {
namespace {

constexpr int kMostScaleShift = 12;
constexpr int kLeastScaleShift = -2;  // even a mismatch of 100 % of every cell fits

}  // namespace

Placement placement_of(const Job& job, const MacroParameters& macro) {
  return {job.unit_first * macro.rows_per_unit,
          job.window_count,
          job.line_rows(macro),
          job.column_first,
          job.outputs,
          job.weight_bits};
}

Tile::Tile(const Placement& placement, const WeightArray& array)
    : placement_(placement),
      stride_(2 * padded(placement.outputs)),
      version_(array.version()),
      weights_(placement.rows * stride_),
      packed_(weights_.data(), stride_),
      set_cells_(placement.rows) {
  copy_contents(array, contents_);
  for (unsigned i = 0; i < placement_.rows; ++i) {
    std::int8_t* row = weights_.data() + i * stride_;
    for (unsigned j = 0; j < placement_.outputs; ++j) {
      int weight = 0;
      for (unsigned c = 0; c < placement_.weight_bits; ++c) {
        const unsigned column = placement_.column_first + j * placement_.weight_bits + c;
        if (!array.cell(placement_.row_first + i, column)) continue;
        weight += column_sign(c, placement_.weight_bits) * (1 << c);
        ++set_cells_[i];
      }
      row[j] = static_cast<std::int8_t>(weight);
    }
  }
}

void Tile::copy_contents(const WeightArray& array, std::vector<std::uint8_t>& out) const {
  const unsigned columns = placement_.outputs * placement_.weight_bits;
  const std::size_t first = placement_.column_first / 8;
  const std::size_t bytes = (placement_.column_first + columns - 1) / 8 - first + 1;
  out.resize(placement_.rows * bytes);
  for (unsigned i = 0; i < placement_.rows; ++i) {
    std::memcpy(out.data() + i * bytes, array.row(placement_.row_first + i) + first, bytes);
  }
}

bool Tile::holds(const WeightArray& array) {
  if (version_ == array.version()) return true;
  const unsigned columns = placement_.outputs * placement_.weight_bits;
  const std::size_t first = placement_.column_first / 8;
  const std::size_t bytes = (placement_.column_first + columns - 1) / 8 - first + 1;
  for (unsigned i = 0; i < placement_.rows; ++i) {
    if (std::memcmp(contents_.data() + i * bytes, array.row(placement_.row_first + i) + first,
                    bytes) != 0) {
      return false;
    }
  }
  version_ = array.version();
  return true;
}

std::vector<double> Tile::line_means(const Die& die, const Placement& placement) {
  std::vector<double> means(placement.outputs * placement.weight_bits);
  for (unsigned r = 0; r < placement.line_rows; ++r) {
    for (std::size_t c = 0; c < means.size(); ++c) {
      means[c] +=
          die.mismatch(placement.row_first + r, placement.column_first + static_cast<unsigned>(c));
    }
  }
  for (double& mean : means) mean /= placement.line_rows;
  return means;
}

std::int32_t Tile::cell_share(const Die& die, const Placement& placement, unsigned i,
                              unsigned column, const std::vector<double>& line_mean,
                              int scale_shift) {
  const double delta = die.mismatch(placement.row_first + i, placement.column_first + column);
  const double share = (1.0 + delta) / (1.0 + line_mean[column]) - 1.0;
  const unsigned c = column % placement.weight_bits;
  return column_sign(c, placement.weight_bits) * static_cast<std::int32_t>(std::lround(std::ldexp(
                                                     share, scale_shift + static_cast<int>(c))));
}

void Tile::fold(const Die& die, const WeightArray& array) {
  if (folded_ && folded_die_ == die.seed()) return;
  const std::vector<double> means = line_means(die, placement_);
  const unsigned bits = placement_.weight_bits;
  const auto correction = [&](unsigned i, unsigned j, int shift) {
    std::int32_t sum = 0;
    for (unsigned column = j * bits; column < (j + 1) * bits; ++column) {
      if (array.cell(placement_.row_first + i, placement_.column_first + column)) {
        sum += cell_share(die, placement_, i, column, means, shift);
      }
    }
    return sum;
  };
  // 1. The largest correction at the finest scale tells how much coarser it must be; rounding can
  //    then still push a sum over the edge, so every shift is tried until all sums fit.
  const std::size_t offset = padded(placement_.outputs);
  scale_shift_ = kMostScaleShift;
  for (unsigned i = 0; i < placement_.rows; ++i) {
    for (unsigned j = 0; j < placement_.outputs;) {
      const std::int32_t sum = correction(i, j, scale_shift_);
      if (std::abs(sum) > 127 && scale_shift_ > kLeastScaleShift) {
        // 2. Coarser: what was done is done again.
        --scale_shift_;
        i = 0;
        j = 0;
        continue;
      }
      weights_[i * stride_ + offset + j] =
          static_cast<std::int8_t>(std::clamp(sum, std::int32_t{-127}, std::int32_t{127}));
      ++j;
    }
  }
  packed_.changed();
  folded_ = true;
  folded_die_ = die.seed();
}

Tile& TileCache::find(const Placement& placement, const WeightArray& array) {
  for (auto it = tiles_.begin(); it != tiles_.end(); ++it) {
    if (it->placement() == placement && it->holds(array)) {
      if (it != tiles_.begin()) tiles_.splice(tiles_.begin(), tiles_, it);
      return tiles_.front();
    }
  }
  if (tiles_.size() >= capacity_) tiles_.pop_back();
  tiles_.emplace_front(placement, array);
  ++packed_;
  return tiles_.front();
}

}  // namespace leyden::cim
