#include "platform/compiler/workload.h"

#include <utility>

#include "platform/compiler/weight_fit.h"

namespace leyden::compiler {
namespace {

double ratio(double numerator, double denominator) {
  return denominator == 0 ? 0 : numerator / denominator;
}

/// What the network is on this chip, before it is mapped.
Plan plan_for(const Workload& workload, const ChipGeometry& geometry) {
  Plan plan;
  plan.geometry = geometry;
  plan.network = workload.network;
  fit_weights(plan.network, geometry);
  plan.layers.resize(plan.network.layers.size());
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    plan.layers[i].rescaled = workload.rescaled && plan.network.layers[i].kind == LayerKind::kMacro;
  }
  return plan;
}

std::vector<LayerActivity> own_activities(const Workload& workload, const QuantNetwork& network,
                                          const cim::MacroParameters& macro) {
  std::vector<LayerActivity> found(network.layers.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const QuantLayer& layer = network.layers[i];
    if (layer.kind != LayerKind::kMacro) continue;
    found[i] =
        own_activity(workload.activity[i], layer.weights, network.tensors[layer.inputs[0]].bits,
                     macro.drive.bits, macro.layout(layer.weight_bits));
  }
  return found;
}

std::vector<LayerActivity> mapped_activities(const std::vector<LayerActivity>& own,
                                             const QuantNetwork& network,
                                             const std::vector<LayerMapping>& mappings,
                                             const cim::MacroParameters& macro) {
  std::vector<LayerActivity> found = own;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const QuantLayer& layer = network.layers[i];
    if (layer.kind != LayerKind::kMacro) continue;
    found[i] = mapped_activity(own[i], mappings[i], macro.layout(layer.weight_bits));
  }
  return found;
}

/// Sums over the layers of a plan whose work is counted, as a report's total row.
void fill_totals(const Plan& plan, WorkloadCost& made) {
  double used = 0;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const LayerPlan& layer = plan.layers[i];
    made.macs += layer.macs;
    made.mvms += layer.mvms;
    made.tiles += layer.mapping.tiles.size();
    for (const Tile& tile : layer.mapping.tiles) made.streamed_tiles += tile.resident ? 0 : 1;
    used += static_cast<double>(layer.mvms) * plan.fill(i);
    made.array_share += plan.occupancy(i);
  }
  made.array_utilisation = ratio(used, static_cast<double>(made.mvms));
}

}  // namespace

const std::vector<LayerActivity>& WorkloadEvaluator::own(const QuantNetwork& network,
                                                         const cim::MacroParameters& macro) {
  const ValueKey key{macro.drive.bits, static_cast<unsigned>(macro.cells.representation),
                     macro.cells.bits, macro.weight_bits};
  const auto found = own_.find(key);
  if (found != own_.end()) return found->second;
  return own_.emplace(key, own_activities(workload_, network, macro)).first->second;
}

WorkloadCost WorkloadEvaluator::evaluate(const ChipGeometry& geometry,
                                         const CostParameters& parameters,
                                         const WorkloadOptions& options) {
  check_geometry(geometry);
  Plan plan = plan_for(workload_, geometry);
  WorkloadCost made;
  std::vector<LayerMapping> mappings = map_layers(plan.network, geometry);
  const std::vector<LayerActivity>& values = own(plan.network, parameters.macro);
  if (options.search) {
    std::vector<LayerActivity> first;
    if (options.objective == Objective::kEnergy) {
      first = mapped_activities(values, plan.network, mappings, parameters.macro);
    }
    MappingSearch found = search_mapping(plan, parameters, options.objective, first);
    mappings = std::move(found.mappings);
    made.mappings_evaluated = found.evaluations;
  }
  std::vector<LayerActivity> activity =
      mapped_activities(values, plan.network, mappings, parameters.macro);
  MappingEvaluator evaluator(std::move(plan), parameters, std::move(activity));
  made.cost = evaluator.evaluate(mappings);
  made.image_bytes = evaluator.image_bytes();
  made.lmem_peak_bytes = evaluator.plan().lmem_peak_bytes;
  count_work(evaluator.plan());
  fill_totals(evaluator.plan(), made);
  return made;
}

}  // namespace leyden::compiler
