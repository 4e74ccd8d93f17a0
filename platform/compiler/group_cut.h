#pragma once

#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// How many groups of a grouped convolution share a tile. Their weights lie on a diagonal of blocks
/// with zeros beside it, so each further group saves a job, takes rows that load the line of the
/// others, and makes LSB_D = N 2^(bx+bw-b-r) coarser.
struct GroupChoice {
  unsigned groups = 1;     ///< a tile
  unsigned units = 1;      ///< of rows of a tile
  std::uint64_t cost = 0;  ///< conversions of a position: jobs x row segments of each
};

/// Most groups whose rows fit a page and whose outputs fit `outputs`; 1 when not even one does.
unsigned most_groups(const QuantNetwork& network, const QuantLayer& layer,
                     const ChipGeometry& geometry, unsigned outputs);

/// The choice of least cost, then of fewest units, that loses no resolution: with an analog gain no
/// output needs a gain above 64 (kMostSharedGain) that a group by itself would not need; where
/// conversions are combined digitally, none spans more rows than a group by itself takes.
/// @param outputs most outputs of a tile
GroupChoice choose_groups(const QuantNetwork& network, const QuantLayer& layer,
                          const ChipGeometry& geometry, unsigned outputs);

}  // namespace leyden::compiler
