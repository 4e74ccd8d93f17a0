#include "models/cim/tile_effects.h"

#include <algorithm>
#include <cmath>

#include "models/cim/cell_response.h"
#include "models/cim/codes.h"
#include "models/cim/tile.h"

namespace leyden::cim {
namespace {

constexpr int kMostScaleShift = 12;
constexpr double kMost = 127;

}  // namespace

void TileEffects::make(const Tile& tile, const WeightArray& array, const Die& die,
                       const MacroParameters& macro) {
  if (made_for(die.seed())) return;
  const bool noisy = macro.cells.read_noise_percent > 0;
  if (die.has_input_shares()) make_shares(tile, array, die);
  if (noisy || macro.dot_product.wire_resistance_ohm > 0) {
    make_conductance(tile, array, die, macro);
  }
  if (noisy) make_squares(tile);
  made_ = true;
  die_ = die.seed();
}

void TileEffects::make_shares(const Tile& tile, const WeightArray& array, const Die& die) {
  const Placement& place = tile.placement();
  const std::size_t width = padded(place.outputs);
  const unsigned columns = tile.columns_per_output();
  share_stride_ = tile.groups() * width;
  std::vector<double> sums(place.rows * share_stride_);
  double most = 0;
  for (unsigned i = 0; i < place.rows; ++i) {
    for (unsigned column = 0; column < tile.columns(); ++column) {
      const unsigned c = column % columns;
      double& sum = sums[i * share_stride_ + tile.group_of(c) * width + column / columns];
      sum += tile.significance(c) * die.input_share(place.column_first + column) *
             tile.held_level(array, die, i, column);
    }
  }
  for (const double sum : sums) most = std::max(most, std::abs(sum));
  share_shift_ =
      most > 0 ? std::min(static_cast<int>(std::floor(std::log2(kMost / most))), kMostScaleShift)
               : kMostScaleShift;
  shares_.resize(sums.size());
  packed_.clear();
  std::transform(sums.begin(), sums.end(), shares_.begin(), [&](double sum) {
    return static_cast<std::int8_t>(std::lround(std::ldexp(sum, share_shift_)));
  });
}

void TileEffects::make_conductance(const Tile& tile, const WeightArray& array, const Die& die,
                                   const MacroParameters& macro) {
  const Placement& place = tile.placement();
  const CellResponse response(macro);
  conductance_.resize(std::size_t{place.rows} * tile.columns());
  for (unsigned i = 0; i < place.rows; ++i) {
    for (unsigned column = 0; column < tile.columns(); ++column) {
      const unsigned level = tile.held_level(array, die, i, column);
      const double deviation = die.mismatch(place.row_first + i, place.column_first + column);
      conductance_[std::size_t{i} * tile.columns() + column] =
          response.stored(level) * (1.0 + deviation);
    }
  }
}

void TileEffects::make_squares(const Tile& tile) {
  const Placement& place = tile.placement();
  const unsigned columns = tile.columns_per_output();
  read_noise_.resize(tile.groups());
  std::vector<double> squares(std::size_t{place.rows} * place.outputs);
  for (unsigned h = 0; h < tile.groups(); ++h) {
    std::fill(squares.begin(), squares.end(), 0.0);
    for (unsigned i = 0; i < place.rows; ++i) {
      for (unsigned column = 0; column < tile.columns(); ++column) {
        const unsigned c = column % columns;
        if (tile.group_of(c) != h) continue;
        const double value =
            tile.significance(c) * conductance_[std::size_t{i} * tile.columns() + column];
        squares[std::size_t{i} * place.outputs + column / columns] += value * value;
      }
    }
    // The dummy line of whole weights is read as well.
    for (unsigned i = 0; i < place.rows; ++i) {
      const double dummies = tile.dummy_squares(i);
      for (unsigned j = 0; j < place.outputs; ++j) {
        squares[std::size_t{i} * place.outputs + j] += dummies;
      }
    }
    read_noise_[h].make(squares, place.rows, place.outputs);
  }
}

}  // namespace leyden::cim
