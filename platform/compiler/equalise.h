#pragma once

#include <cstddef>

#include "platform/compiler/graph.h"
#include "platform/compiler/network_file.h"

namespace leyden::compiler {

/// Cross-layer equalisation (Nagel et al., ICCV 2019, eq. 11): of every pair of layers that lets
/// scales through, channel c of the first is divided by s = sqrt(r1 r2) / r2 and the weights of the
/// second that read it are multiplied by s, with r1, r2 the greatest magnitudes of those weights;
/// both are sqrt(r1 r2) then. Sweeps over all pairs until no s differs from 1 by more than 1e-6, or
/// 50 times. The network computes the same. Pairs end at additions, clips and tensors with several
/// readers.
/// @return pairs equalised
std::size_t equalise(Graph& graph, const NetworkFile& file);

}  // namespace leyden::compiler
