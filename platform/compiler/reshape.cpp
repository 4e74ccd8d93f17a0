#include "platform/compiler/reshape.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "platform/compiler/float_executor.h"
#include "platform/compiler/layer_pairs.h"
#include "platform/compiler/layer_rules.h"

namespace leyden::compiler {
namespace {

constexpr int kSteps = 8;                // of alpha from 0 to 1
constexpr double kMostGain = 200;        // a margin below the register's 255.996
constexpr double kLeastShare = 1.0 / 8;  // of the widest channel: noise is raised with the signal

/// Of the channels of one tensor.
struct ChannelStatistics {
  std::vector<double> reach;  ///< max |x|
  std::vector<double> square_sum;
  double values = 0;  ///< of each channel
  bool is_signed = false;

  void add(const std::vector<float>& tensor, std::size_t channels) {
    reach.resize(channels);
    square_sum.resize(channels);
    const std::size_t pixels = tensor.size() / channels;
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t p = 0; p < pixels; ++p) {
        const double x = tensor[c * pixels + p];
        reach[c] = std::max(reach[c], std::abs(x));
        square_sum[c] += x * x;
        is_signed = is_signed || x < 0;
      }
    }
    values += static_cast<double>(pixels);
  }
};

/// Gains that outputs of the first layer take as it is: s_w s_x LSB_D / s_y.
std::vector<double> output_gains(const Graph& graph, const NetworkFile& file, const LayerPair& pair,
                                 double in_reach, double out_reach, const ChipGeometry& geometry) {
  const Node& node = graph.nodes[pair.first];
  const auto* conv = std::get_if<Conv>(&node.operation);
  const std::size_t rows =
      conv ? conv->weight.size() / conv->bias.size()
           : static_cast<std::size_t>(std::get<Gemm>(node.operation).in_features);
  const LayerQuantisation options = file.quantisation.of(node.name);
  const double units = std::min(std::ceil(static_cast<double>(rows) / geometry.rows_per_unit),
                                static_cast<double>(geometry.page_units()));
  // Codes of the input have as many bits as those of the output, near enough; scales of tensors are
  // their reaches over the codes, which cancel.
  const double lsb =
      std::ldexp(units * geometry.rows_per_unit,
                 static_cast<int>(options.weight_bits) - static_cast<int>(geometry.range_shift));
  std::vector<double> gains;
  for (std::size_t c = 0; c < pair.channels; ++c) {
    const double weight = output_reach(node, c) / highest_code(options.weight_bits);
    gains.push_back(out_reach > 0 ? weight * in_reach / out_reach * lsb : 0);
  }
  return gains;
}

std::vector<double> channel_scales(const ChannelStatistics& statistics, double alpha) {
  const double widest = *std::max_element(statistics.reach.begin(), statistics.reach.end());
  std::vector<double> scales;
  for (const double reach : statistics.reach) {
    // A channel that is never on has no distribution.
    const double share = reach > 0 ? std::max(reach / widest, kLeastShare) : 1.0;
    scales.push_back(std::pow(share, alpha));
  }
  return scales;
}

/// Expected squared error of the second layer's outputs, summed over them.
double expected_error(Graph graph, const NetworkFile& file, const LayerPair& pair,
                      const ChannelStatistics& statistics, const std::vector<double>& scales) {
  double reach = 0;
  for (std::size_t c = 0; c < scales.size(); ++c) {
    rescale(graph, pair, c, scales[c]);
    reach = std::max(reach, statistics.reach[c] / scales[c]);
  }
  const unsigned bits = file.quantisation.of(graph.nodes[pair.first].name).activation_bits;
  const double step = reach * (statistics.is_signed ? 2 : 1) / ((1 << bits) - 1);
  const Node& node = graph.nodes[pair.second];
  const auto* conv = std::get_if<Conv>(&node.operation);
  const std::vector<float>& weights = conv ? conv->weight : std::get<Gemm>(node.operation).weight;
  QuantLayer layer;
  layer.name = node.name;
  layer.bias.resize(conv ? conv->bias.size() : std::get<Gemm>(node.operation).bias.size());
  quantise_weights(weights, {}, make_weight_options(file.quantisation, graph, node.name), layer);
  const std::size_t rows = weights.size() / layer.bias.size();
  const std::size_t groups = conv ? static_cast<std::size_t>(conv->groups) : 1;
  const std::size_t channels = pair.channels / groups;  // of a group
  const std::size_t taps = rows / channels;
  double error = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t o = i / rows;
    const std::size_t c = o / (layer.bias.size() / groups) * channels + i % rows / taps;
    const double square = statistics.square_sum[c] / statistics.values / (scales[c] * scales[c]);
    const double rounding = layer.weight_scale[o] * layer.weights[i] - weights[i];
    error += step * step / 12 * weights[i] * weights[i] + rounding * rounding * square;
  }
  return error;
}

}  // namespace

std::vector<std::string> reshape(Graph& graph, const NetworkFile& file,
                                 const std::vector<Image>& calibration,
                                 const ChipGeometry& geometry) {
  const std::vector<LayerPair> pairs = find_pairs(graph, file);
  std::vector<std::string> notes;
  if (calibration.empty()) return notes;
  std::map<std::string, ChannelStatistics> statistics;
  std::map<std::string, double> reaches;  // max |x| of inputs
  FloatExecutor executor(graph);
  for (const Image& image : calibration) {
    executor.run(real_values(image, file.input));
    for (const LayerPair& pair : pairs) {
      statistics[pair.tensor].add(executor.tensor(pair.tensor), pair.channels);
      const std::string& input = graph.nodes[pair.first].inputs[0];
      for (const float x : executor.tensor(input)) {
        reaches[input] = std::max(reaches[input], std::abs(double{x}));
      }
    }
  }
  for (const LayerPair& pair : pairs) {
    // A pair before this one rescales its first layer's inputs, which leaves its outputs as they
    // are.
    const ChannelStatistics& known = statistics.at(pair.tensor);
    const double widest = *std::max_element(known.reach.begin(), known.reach.end());
    const std::vector<double> gains = output_gains(
        graph, file, pair, reaches.at(graph.nodes[pair.first].inputs[0]), widest, geometry);
    const auto scales_for = [&](double alpha) {
      std::vector<double> scales = channel_scales(known, alpha);
      for (std::size_t c = 0; c < scales.size(); ++c) {
        scales[c] = std::max(scales[c], std::min(gains[c] / kMostGain, 1.0));
      }
      return scales;
    };
    double best = 0;
    const double plain = expected_error(graph, file, pair, known, scales_for(0));
    double least = plain;
    for (int step = 1; step <= kSteps; ++step) {
      const double alpha = static_cast<double>(step) / kSteps;
      const double error = expected_error(graph, file, pair, known, scales_for(alpha));
      if (!(error < least)) continue;
      least = error;
      best = alpha;
    }
    if (best == 0) continue;
    const std::vector<double> scales = scales_for(best);
    for (std::size_t c = 0; c < pair.channels; ++c) rescale(graph, pair, c, scales[c]);
    char text[64];
    std::snprintf(text, sizeof text, "%.2f times (alpha %.3f), error expected %.1f dB lower",
                  1 / *std::min_element(scales.begin(), scales.end()), best,
                  10 * std::log10(plain / std::max(least, 1e-300)));
    notes.push_back("layer '" + graph.nodes[pair.first].name +
                    "': gains of narrow outputs raised up to " + std::string(text));
  }
  return notes;
}

}  // namespace leyden::compiler
