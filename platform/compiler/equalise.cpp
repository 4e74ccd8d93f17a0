#include "platform/compiler/equalise.h"

#include <algorithm>
#include <cmath>

#include "platform/compiler/layer_pairs.h"

namespace leyden::compiler {
namespace {

constexpr int kMostSweeps = 50;
constexpr double kSettled = 1e-6;

/// @return how far the scale that moved most was from 1
double equalise_pair(Graph& graph, const LayerPair& pair) {
  double moved = 0;
  for (std::size_t c = 0; c < pair.channels; ++c) {
    const double first = output_reach(graph.nodes[pair.first], c);
    const double second = input_reach(graph.nodes[pair.second], c, pair.channels);
    if (!(first > 0) || !(second > 0)) continue;
    const double scale = std::sqrt(first / second);
    moved = std::max(moved, std::abs(scale - 1));
    rescale(graph, pair, c, scale);
  }
  return moved;
}

}  // namespace

std::size_t equalise(Graph& graph, const NetworkFile& file) {
  const std::vector<LayerPair> pairs = find_pairs(graph, file);
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    double moved = 0;
    for (const LayerPair& pair : pairs) moved = std::max(moved, equalise_pair(graph, pair));
    if (moved <= kSettled) break;
  }
  return pairs.size();
}

}  // namespace leyden::compiler
