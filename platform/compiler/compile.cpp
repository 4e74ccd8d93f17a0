#include "platform/compiler/compile.h"

#include "models/base/error.h"
#include "platform/compiler/abn.h"
#include "platform/compiler/bias_correction.h"
#include "platform/compiler/cost_activity.h"
#include "platform/compiler/image_reader.h"
#include "platform/compiler/image_writer.h"
#include "platform/compiler/layer_constants.h"
#include "platform/compiler/lower.h"
#include "platform/compiler/mapping_file.h"
#include "platform/compiler/memory_plan.h"
#include "platform/compiler/onnx_import.h"
#include "platform/compiler/prepare.h"
#include "platform/compiler/qdq_fit.h"
#include "platform/compiler/quantise.h"
#include "platform/compiler/schedule.h"
#include "platform/compiler/weight_fit.h"
#include "platform/compiler/workload.h"

namespace leyden::compiler {
namespace {

void tell_reloads(Plan& plan) {
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    std::size_t streamed = 0;
    for (const Tile& tile : plan.layers[i].mapping.tiles) streamed += tile.resident ? 0 : 1;
    if (streamed == 0) continue;
    plan.notes.push_back(
        "layer '" + plan.network.layers[i].name + "': " + std::to_string(streamed) + " of " +
        std::to_string(plan.layers[i].mapping.tiles.size()) +
        " tiles are loaded for every image, for the arrays do not hold all weights");
  }
}

void take_mapping(std::vector<LayerMapping> mappings, Plan& plan) {
  plan.layers.assign(plan.network.layers.size(), {});
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    plan.layers[i].mapping = std::move(mappings[i]);
  }
}

/// A fixed gain is undone by the vector unit, which costs.
bool has_fixed_gain(const NetworkFile& file) {
  return file.quantisation.reshape == Reshaping::kOff ||
         file.quantisation.reshape == Reshaping::kLayer;
}

/// What is asked for: that of a file, the best one, or the first that fits.
void choose_mapping(const Graph& graph, const NetworkFile& file,
                    const std::vector<Image>& calibration, const CompileOptions& options,
                    CompileResult& result) {
  Plan& plan = result.plan;
  if (!options.mapping_file.empty()) {
    // Cutting the layers anew tells what no mapping can change.
    const std::vector<LayerChoice> choices(plan.network.layers.size());
    cut_network(plan.network, plan.geometry, choices);
    return take_mapping(read_mapping(options.mapping_file, plan.network, plan.geometry), plan);
  }
  if (options.cost == nullptr || !options.search) {
    return take_mapping(map_layers(plan.network, plan.geometry), plan);
  }
  std::vector<LayerActivity> activity;
  if (options.objective == Objective::kEnergy && !calibration.empty()) {
    // The macro's energy depends on codes, and codes on a mapping, but little: any does.
    Plan first = plan;
    take_mapping(map_layers(plan.network, plan.geometry), first);
    set_abn(first, graph, file, calibration);
    set_constants(first);
    activity = measure_activity(first, calibration, options.cost->macro);
  }
  plan.layers.assign(plan.network.layers.size(), {});
  const bool fixed = has_fixed_gain(file);
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    plan.layers[i].rescaled = plan.network.layers[i].kind == LayerKind::kMacro && fixed;
  }
  MappingSearch found = search_mapping(plan, *options.cost, options.objective, activity);
  result.mappings_evaluated = found.evaluations;
  take_mapping(std::move(found.mappings), plan);
}

/// Quantises for a chip. @param unfitted when not null: the network before its weights were made
/// ones that the chip's representation holds
void quantise_for(const Graph& imported, const NetworkFile& file, const ChipGeometry& geometry,
                  const std::vector<Image>& calibration, CompileResult& result,
                  QuantNetwork* unfitted = nullptr) {
  check_geometry(geometry);
  const Graph graph = fit_quantised_graph(imported, file.input, geometry);
  Plan& plan = result.plan;
  plan.geometry = geometry;
  result.graph = prepare(graph, file, calibration, geometry);
  plan.network = quantise(result.graph, file, calibration);
  for (QuantLayer& layer : plan.network.layers) layer.whole_line = file.quantisation.whole_line;
  if (unfitted != nullptr) *unfitted = plan.network;
  fit_weights(plan.network, geometry);
  if (file.quantisation.bias_correction) {
    correct_biases(plan.network, result.graph, file.input, calibration);
    set_multipliers(plan.network);
  }
  plan.notes = plan.network.notes;
}

}  // namespace

Workload make_workload(const Graph& imported, const NetworkFile& file, const ChipGeometry& geometry,
                       const std::vector<Image>& calibration) {
  Workload made;
  CompileResult result;
  quantise_for(imported, file, geometry, calibration, result, &made.network);
  Plan& plan = result.plan;
  take_mapping(map_layers(plan.network, geometry), plan);
  set_abn(plan, result.graph, file, calibration);
  made.rescaled = has_fixed_gain(file);
  made.activity = sample_activity(plan, calibration, made.network);
  for (std::size_t i = 0; i < made.network.layers.size(); ++i) {
    QuantLayer& layer = made.network.layers[i];
    if (layer.kind == LayerKind::kMacro) layer.weights = made.activity[i].weights;
  }
  return made;
}

CompileResult compile(const Graph& imported, const NetworkFile& file, const ChipGeometry& geometry,
                      const std::vector<Image>& calibration, const CompileOptions& options) {
  CompileResult result;
  quantise_for(imported, file, geometry, calibration, result);
  Plan& plan = result.plan;
  choose_mapping(result.graph, file, calibration, options, result);
  set_abn(plan, result.graph, file, calibration);
  set_constants(plan);
  place_tensors(plan);
  count_work(plan);
  tell_reloads(plan);
  result.image = write_image(plan, make_schedule(plan));
  if (options.cost != nullptr) {
    const std::vector<LayerActivity> activity =
        measure_activity(plan, calibration, options.cost->macro);
    result.cost =
        evaluate_cost(image_steps(read_image(result.image, file.name)), *options.cost, activity);
  }
  return result;
}

CompileResult compile(const NetworkFile& file, const ChipGeometry& geometry,
                      const std::vector<Image>& calibration, const CompileOptions& options) {
  return compile(import_onnx(file.onnx), file, geometry, calibration, options);
}

}  // namespace leyden::compiler
