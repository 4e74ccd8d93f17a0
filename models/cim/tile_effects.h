#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/die.h"
#include "models/cim/packs.h"
#include "models/cim/read_noise.h"

namespace leyden::cim {

class Tile;
class WeightArray;

/// What effects beyond the tile's corrections need of its cells, for one die. Made once a tile.
class TileEffects {
 public:
  void make(const Tile& tile, const WeightArray& array, const Die& die,
            const MacroParameters& macro);
  bool made_for(std::uint32_t die) const { return made_ && die_ == die; }

  /// Shares in the accumulation: sum over an output's columns of a_c delta_c level, rows x
  /// share_stride(), group h from h * padded(outputs) on, in units of 2^-share_shift().
  const std::int8_t* shares() const { return shares_.data(); }
  std::size_t share_stride() const { return share_stride_; }
  /// The same for IntegerProduct, from one of them on.
  PackedWeights& packed_shares(const std::int8_t* from) { return packed_.at(from, share_stride_); }
  int share_shift() const { return share_shift_; }
  /// Conductances in levels: rows x columns of the job.
  const double* conductance() const { return conductance_.data(); }
  /// Squares of conductances of column group h.
  ReadNoise& read_noise(std::size_t h) { return read_noise_[h]; }

 private:
  void make_shares(const Tile& tile, const WeightArray& array, const Die& die);
  void make_conductance(const Tile& tile, const WeightArray& array, const Die& die,
                        const MacroParameters& macro);
  void make_squares(const Tile& tile);

  bool made_ = false;
  std::uint32_t die_ = 0;
  std::vector<std::int8_t> shares_;
  std::size_t share_stride_ = 0;
  int share_shift_ = 0;
  Packs packed_;
  std::vector<double> conductance_;
  std::vector<ReadNoise> read_noise_;
};

}  // namespace leyden::cim
