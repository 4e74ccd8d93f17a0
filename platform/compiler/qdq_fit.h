#pragma once

#include <string>
#include <vector>

#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/graph.h"
#include "platform/compiler/network_file.h"

namespace leyden::compiler {

/// The format of images whose codes are the codes of a quantised graph's input.
/// @return false for a graph that does not say how its input is coded
bool input_of_codes(const Graph& graph, InputFormat& format);

/// A quantised graph for a chip and for data:
/// - weights whose integers the macro does not hold (bits, or the most negative code) are rounded
///   to fewer; a note tells the layer and the error;
/// - data with other codes than the graph's input get a layer that requantises them; a note tells
///   what the data would have to be for it to disappear.
Graph fit_quantised_graph(const Graph& graph, const InputFormat& format,
                          const ChipGeometry& geometry);

}  // namespace leyden::compiler
