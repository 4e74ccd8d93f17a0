#pragma once

#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// Makes the weights of every macro layer ones that the chip's representation holds
/// (cim::WeightLayout). A layer takes more bits, at the same integers, where it has fewer than a
/// sign needs (1 b in pairs of cells, -1 in a column that counts +1) or the least number of its
/// bits is out of reach (-2^(b-1) as a magnitude). Where the macro has no more bits that number is
/// moved to the next one, which a note tells; below 4 b it would change too much.
/// @throws base::UsageError when a weight is beyond what the macro holds
void fit_weights(QuantNetwork& network, const ChipGeometry& geometry);

}  // namespace leyden::compiler
