#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/cost.h"
#include "platform/compiler/mapper.h"
#include "platform/compiler/network_file.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// A compiled network. plan.notes tells what a person should know.
struct CompileResult {
  std::vector<std::uint8_t> image;  ///< for off-chip memory, 16-byte aligned there
  Plan plan;
  Graph graph;     ///< what was quantised: folded, equalised, with the tensors of the plan
  ImageCost cost;  ///< of one image; empty without CompileOptions::cost
  std::size_t mappings_evaluated = 0;
};

/// What is wanted of the compiler beside a correct image.
struct CompileOptions {
  /// The chip's parameters for the cost model, which must outlive the call; nullptr: no cost.
  const CostParameters* cost = nullptr;
  Objective objective = Objective::kLatency;  ///< of the mapping, where there is a cost
  bool search = true;                         ///< false: the first mapping that fits
  std::string mapping_file;                   ///< takes the mapping from there; "": none
};

/// Compiles a float graph for a chip: quantise, map, choose ABN, place in LMEM, schedule, write.
/// Deterministic: equal inputs give equal bytes.
/// @param calibration images of the data set, height x width x channels codes; needed when the
///        network file leaves an activation range open or a layer's rows are split
/// @throws base::UsageError one sentence naming the node, layer or tensor
CompileResult compile(const Graph& graph, const NetworkFile& file, const ChipGeometry& geometry,
                      const std::vector<Image>& calibration, const CompileOptions& options = {});

/// The same in one go: reads the ONNX file that the network file names.
CompileResult compile(const NetworkFile& file, const ChipGeometry& geometry,
                      const std::vector<Image>& calibration, const CompileOptions& options = {});

}  // namespace leyden::compiler
