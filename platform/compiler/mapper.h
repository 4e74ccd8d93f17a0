#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "platform/compiler/cost.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// What a mapping is chosen for.
enum class Objective { kLatency, kEnergy };

/// Evaluates mappings of one network on one chip by the cost model.
class MappingEvaluator {
 public:
  /// @param plan network and geometry are set, and LayerPlan::rescaled where it is; a copy is kept
  /// @param activity [layer], for energy; empty: half of every code
  MappingEvaluator(Plan plan, const CostParameters& parameters,
                   std::vector<LayerActivity> activity);

  /// Cost of an image with these mappings.
  /// @throws base::UsageError when tensors do not fit LMEM, or rows cannot be shared so
  ImageCost evaluate(const std::vector<LayerMapping>& mappings);
  std::size_t evaluations() const { return evaluations_; }
  /// The plan of the last mapping evaluated, placed, without values.
  Plan& plan() { return plan_; }
  std::uint64_t image_bytes() const { return image_bytes_; }  ///< of that plan

 private:
  Plan plan_;
  std::uint64_t image_bytes_ = 0;
  const CostParameters& parameters_;
  std::vector<LayerActivity> activity_;
  std::vector<bool> rescaled_;  ///< [layer], of the plan
  std::size_t evaluations_ = 0;
};

/// What the search found.
struct MappingSearch {
  std::vector<LayerMapping> mappings;
  double value = 0;             ///< of the objective: cycles or pJ of an image
  double default_value = 0;     ///< of map_layers()'s, infinite when that cannot run
  std::size_t evaluations = 0;  ///< mappings whose cost was computed
};

/// Chooses the mapping with the least latency or energy of an image. The candidates: for every
/// number of macros used, tiles of whole, half, quarter and eighth columns, all layers alike and
/// each layer apart; copies of a layer's tiles in other macros, which share its rows; when the
/// arrays are too small, every size of tile as the space that streamed tiles share, once or twice.
/// Few candidates are all tried; else layers are improved one after the other, the costliest first,
/// until nothing helps. docs/compiler-mapping.md.
/// @param plan network and geometry are set
MappingSearch search_mapping(const Plan& plan, const CostParameters& parameters,
                             Objective objective, const std::vector<LayerActivity>& activity);

}  // namespace leyden::compiler
