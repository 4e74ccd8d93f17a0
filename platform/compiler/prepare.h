#pragma once

#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/network_file.h"

namespace leyden::compiler {

/// Rewrites a graph into one that computes the same and suits the chip better: fold() always,
/// equalise() and reshape() where the network's quantisation asks for them. Everything after it
/// works on its result, whose tensors are those the quantised network has.
Graph prepare(const Graph& graph, const NetworkFile& file, const std::vector<Image>& calibration,
              const ChipGeometry& geometry);

}  // namespace leyden::compiler
