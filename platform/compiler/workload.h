#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "platform/compiler/compile.h"
#include "platform/compiler/cost_activity.h"
#include "platform/compiler/mapper.h"

namespace leyden::compiler {

/// What the cost of a network depends on: its shapes, bits and kinds of layers, and statistics of
/// its values instead of the values. Made once of a network and its quantisation; its cost is then
/// told for any chip.
struct Workload {
  /// Without the values of macro layers: `weights` has each integer that occurs once, ascending.
  QuantNetwork network;
  bool rescaled = false;                     ///< a fixed gain is undone by the vector unit
  std::vector<ActivityStatistics> activity;  ///< [layer], of macro layers
};

/// Quantises a network and counts its values.
/// @param geometry of the chip whose codes are counted, with the first mapping that fits
/// @throws base::UsageError as compile() does
Workload make_workload(const Graph& graph, const NetworkFile& file, const ChipGeometry& geometry,
                       const std::vector<Image>& calibration);

/// How a mapping is chosen.
struct WorkloadOptions {
  Objective objective = Objective::kLatency;
  bool search = false;  ///< false: the first mapping that fits
};

/// What a network costs on a chip.
struct WorkloadCost {
  ImageCost cost;
  std::uint64_t macs = 0;
  std::uint64_t mvms = 0;
  std::size_t tiles = 0;
  std::size_t streamed_tiles = 0;  ///< loaded for every image
  double array_utilisation = 0;    ///< cells that hold a weight / cells of the tiles, by MVM
  double array_share = 0;          ///< cells of the tiles / cells of all macros
  std::uint64_t image_bytes = 0;   ///< of the compiled network
  std::uint64_t lmem_peak_bytes = 0;
  std::size_t mappings_evaluated = 0;
};

/// Tells costs of one workload on chip after chip, without weights, images or a simulation kernel.
class WorkloadEvaluator {
 public:
  /// @param workload must outlive the evaluator
  explicit WorkloadEvaluator(const Workload& workload) : workload_(workload) {}

  /// Equal to the cost that compile() tells for the same chip, network and mapping: cycles exactly,
  /// energy as far as the values there are those that were counted.
  /// @throws base::UsageError what the chip cannot hold, as compile() says it
  WorkloadCost evaluate(const ChipGeometry& geometry, const CostParameters& parameters,
                        const WorkloadOptions& options = {});

 private:
  /// What activity depends on beside the mapping: bits driven at a time, representation, bits of a
  /// cell, most bits of a weight.
  using ValueKey = std::array<unsigned, 4>;

  const std::vector<LayerActivity>& own(const QuantNetwork& network,
                                        const cim::MacroParameters& macro);

  const Workload& workload_;
  std::map<ValueKey, std::vector<LayerActivity>> own_;
};

}  // namespace leyden::compiler
