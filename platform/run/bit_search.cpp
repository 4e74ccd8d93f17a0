#include "platform/run/bit_search.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <variant>

#include "models/base/error.h"
#include "platform/compiler/error_report.h"
#include "platform/compiler/onnx_import.h"

namespace leyden::run {
namespace {

using base::UsageError;

constexpr double kExact = std::numeric_limits<double>::infinity();

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter;
  }
  return out + "\"";
}

std::optional<double> finite(double sqnr_db) {
  return sqnr_db == kExact ? std::nullopt : std::optional<double>(sqnr_db);
}

void refuse_quantised(const compiler::Graph& graph) {
  for (const compiler::Node& node : graph.nodes) {
    const auto* conv = std::get_if<compiler::Conv>(&node.operation);
    const auto* gemm = std::get_if<compiler::Gemm>(&node.operation);
    if ((conv && conv->encoding.bits != 0) || (gemm && gemm->encoding.bits != 0)) {
      throw UsageError("--search-bits chooses the bits of float weights, but those of node '" +
                       node.name + "' of network '" + graph.name +
                       "' come quantised; a float network is needed.");
    }
  }
}

/// Compiles and runs a network with given bits.
class Trial {
 public:
  Trial(NetworkData data, const base::ParameterSet& parameters, std::vector<compiler::Image> images)
      : data_(std::move(data)),
        graph_(compiler::import_onnx(data_.file.onnx)),
        geometry_(geometry_of(parameters)),
        images_(std::move(images)) {
    refuse_quantised(graph_);
  }

  compiler::CompileResult compile(const std::vector<LayerBits>& layers,
                                  const compiler::CompileOptions& options) const {
    compiler::NetworkFile file = data_.file;
    for (const LayerBits& layer : layers) {
      file.quantisation.set_layer(layer.layer, "weight_bits", std::to_string(layer.bits),
                                  "--search-bits");
    }
    return compiler::compile(graph_, file, geometry_, data_.calibration, options);
  }

  /// dB; kExact without any error
  double sqnr_db(const compiler::CompileResult& compiled) {
    ++evaluated_;
    return compiler::output_sqnr_db(compiled.plan, compiled.graph, images_).value_or(kExact);
  }

  /// Whether a network of these bits can be and keeps the bound.
  bool keeps(const std::vector<LayerBits>& layers, double least_sqnr_db) {
    try {
      return sqnr_db(compile(layers, {})) >= least_sqnr_db;
    } catch (const UsageError&) {
      return false;  // bits that the macro does not hold
    }
  }

  /// Layers with weights on macros, with the most bits each.
  std::vector<LayerBits> layers(unsigned most) const {
    compiler::NetworkFile file = data_.file;
    file.quantisation.set("weight_bits", std::to_string(most), "--search-bits");
    std::vector<LayerBits> found;
    const compiler::CompileResult compiled =
        compiler::compile(graph_, file, geometry_, data_.calibration);
    for (const compiler::QuantLayer& layer : compiled.plan.network.layers) {
      if (layer.kind != compiler::LayerKind::kMacro) continue;
      found.push_back({layer.name, most, layer.weights.size()});
    }
    return found;
  }
  std::uint64_t evaluated() const { return evaluated_; }

 private:
  NetworkData data_;
  compiler::Graph graph_;
  compiler::ChipGeometry geometry_;
  std::vector<compiler::Image> images_;
  std::uint64_t evaluated_ = 0;
};

std::string decibels(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f dB", value);
  return text;
}

}  // namespace

void parse_bit_limits(const std::string& text, BitLimits& limits) {
  const bool form =
      text.size() == 3 && text[1] == ':' && text[0] >= '1' && text[0] <= text[2] && text[2] <= '8';
  if (!form) {
    throw UsageError("--search-bits is '" + text +
                     "', but must be MIN:MAX, the least and most bits from 1 to 8, as 2:6.");
  }
  limits.least = static_cast<unsigned>(text[0] - '0');
  limits.most = static_cast<unsigned>(text[2] - '0');
}

double BitSearchOutcome::mean_bits() const {
  double bits = 0;
  double weights = 0;
  for (const LayerBits& layer : layers) {
    bits += static_cast<double>(layer.weights) * layer.bits;
    weights += static_cast<double>(layer.weights);
  }
  return weights > 0 ? bits / weights : 0;
}

std::string BitSearchOutcome::yaml() const {
  std::string text = "quantisation:\n  layers:\n";
  for (const LayerBits& layer : layers) {
    text += "    " + quoted(layer.layer) + ": {weight_bits: " + std::to_string(layer.bits) + "}\n";
  }
  return text;
}

std::vector<std::string> BitSearchOutcome::quantise() const {
  std::vector<std::string> keys;
  for (const LayerBits& layer : layers) {
    keys.push_back("layers." + layer.layer + ".weight_bits=" + std::to_string(layer.bits));
  }
  return keys;
}

BitSearchOutcome search_bits(const std::string& network, const base::ParameterSet& parameters,
                             const std::string& data_folder, std::uint64_t images,
                             const std::vector<std::string>& quantise, const InputCodes& codes,
                             const std::string& objective, const BitLimits& limits,
                             std::uint64_t error_images,
                             const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  Trial trial(load_network_data(network, data_folder, images, quantise, codes), parameters,
              load_network_data(network, data_folder, error_images, quantise, codes).calibration);
  BitSearchOutcome outcome;
  std::vector<LayerBits>& layers = outcome.layers;
  layers = trial.layers(limits.most);
  if (layers.empty()) {
    throw UsageError("--search-bits: no layer of the network has weights on a macro.");
  }
  const double reached = trial.sqnr_db(trial.compile(layers, {}));
  outcome.most_sqnr_db = finite(reached);
  if (reached < limits.least_sqnr_db) {
    throw UsageError("--least-sqnr is " + decibels(limits.least_sqnr_db) + ", but with " +
                     std::to_string(limits.most) + " b weights in every layer the output has " +
                     decibels(reached) +
                     "; a lower bound, more bits or other quantisation would be right.");
  }
  std::vector<std::size_t> order(layers.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return layers[a].weights > layers[b].weights;
  });
  std::vector<std::size_t> taken;  // layers that took a bit less, in order
  std::vector<bool> open(layers.size(), true);
  for (bool whole = true;;) {  // a sweep over all layers, or over those that are open
    bool changed = false;
    for (const std::size_t i : order) {
      if (!open[i] || layers[i].bits == limits.least) continue;
      --layers[i].bits;
      open[i] = trial.keeps(layers, limits.least_sqnr_db);
      if (open[i]) {
        changed = true;
        taken.push_back(i);
      } else {
        ++layers[i].bits;
      }
      progress(trial.evaluated(), layers.size() * (limits.most - limits.least + 2));
    }
    if (!changed && whole) break;
    whole = !changed;  // what failed before others changed is tried once more
    if (whole) open.assign(layers.size(), true);
  }
  const compiler::CostParameters cost = compiler::read_cost_parameters(parameters);
  compiler::CompileOptions options;
  options.cost = &cost;
  options.search = objective != "none";
  options.objective =
      objective == "energy" ? compiler::Objective::kEnergy : compiler::Objective::kLatency;
  for (;;) {
    outcome.compiled = trial.compile(layers, options);
    const double kept = trial.sqnr_db(outcome.compiled);
    outcome.sqnr_db = finite(kept);
    if (kept >= limits.least_sqnr_db) break;
    if (taken.empty()) {
      throw UsageError("--least-sqnr is " + decibels(limits.least_sqnr_db) +
                       ", but with the mapping for --objective " + objective + " the output has " +
                       decibels(kept) + "; a lower bound would be right.");
    }
    ++layers[taken.back()].bits;
    taken.pop_back();
  }
  outcome.networks_evaluated = trial.evaluated();
  return outcome;
}

}  // namespace leyden::run
