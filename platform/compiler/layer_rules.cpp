#include "platform/compiler/layer_rules.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::compiler {
namespace {

double largest(const std::vector<float>& weights) {
  double most = 0;
  for (const float w : weights) most = std::max(most, std::abs(double{w}));
  return most;
}

/// Fixed point has one fraction length: the most bits with which no weight of the network
/// saturates.
int shared_fraction(const QuantisationOptions& options, const Graph& graph) {
  int fraction = 24;
  for (const Node& node : graph.nodes) {
    const auto* conv = std::get_if<Conv>(&node.operation);
    const auto* gemm = std::get_if<Gemm>(&node.operation);
    if (!conv && !gemm) continue;
    const double most = largest(conv ? conv->weight : gemm->weight);
    const double highest = highest_code(options.of(node.name).weight_bits);
    if (most > 0) {
      fraction = std::min(fraction, static_cast<int>(std::floor(std::log2(highest / most))));
    }
  }
  return fraction;
}

}  // namespace

void check_layer_keys(const QuantisationOptions& options, const Graph& graph) {
  std::vector<std::string> known;
  for (const Node& node : graph.nodes) known.push_back(node.name);
  for (const std::string& layer : options.layers()) {
    if (std::find(known.begin(), known.end(), layer) != known.end()) continue;
    const std::string nearest = base::nearest_word(layer, known);
    throw base::UsageError("network '" + graph.name + "': quantisation.layers names '" + layer +
                           "', which is no layer's node" +
                           (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
}

CodeRule make_code_rule(const QuantisationOptions& options, const std::string& node, bool rectified,
                        bool output) {
  const LayerQuantisation layer = options.of(node);
  CodeRule rule;
  rule.bits = layer.activation_bits;
  rule.rectified = rectified;
  // Classes compare symmetrically when the output has its zero in the middle.
  rule.symmetric = output || layer.activations == Symmetry::kSymmetric;
  rule.power_of_two = layer.scales == ScaleKind::kPowerOfTwo;
  rule.method = layer.calibration;
  rule.percentile = layer.activation_percentile;
  rule.kind = output ? "output" : "activation";
  return rule;
}

WeightOptions make_weight_options(const QuantisationOptions& options, const Graph& graph,
                                  const std::string& node) {
  const LayerQuantisation layer = options.of(node);
  WeightOptions result;
  result.bits = layer.weight_bits;
  result.per_tensor = layer.granularity == Granularity::kTensor;
  result.asymmetric = layer.weights == Symmetry::kAsymmetric;
  result.power_of_two = layer.scales == ScaleKind::kPowerOfTwo;
  result.least_square_error = layer.weight_calibration == CalibrationMethod::kMeanSquaredError;
  if (options.format == NumberFormat::kFixedPoint) {
    result.fraction =
        options.weight_fraction ? *options.weight_fraction : shared_fraction(options, graph);
  }
  return result;
}

std::map<std::string, Range> calibrate_ranges(const Graph& graph,
                                              const std::map<std::string, CodeRule>& tensors,
                                              const std::vector<Image>& images,
                                              const NetworkFile& file) {
  std::vector<std::string> names;
  for (const auto& entry : tensors) names.push_back(entry.first);
  return choose_ranges(count_values(graph, names, images, file.input), tensors,
                       file.quantisation.format == NumberFormat::kFixedPoint,
                       file.quantisation.activation_fraction);
}

}  // namespace leyden::compiler
