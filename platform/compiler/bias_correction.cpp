#include "platform/compiler/bias_correction.h"

#include <algorithm>
#include <map>

#include "models/base/error.h"
#include "platform/compiler/float_executor.h"

namespace leyden::compiler {
namespace {

const Node& node_of(const Graph& graph, const QuantLayer& layer) {
  const auto found = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                  [&](const Node& node) { return node.name == layer.name; });
  if (found == graph.nodes.end()) {
    throw base::ModelError("layer '" + layer.name + "' has no node in its graph");
  }
  return *found;
}

/// Mean over output positions of what tap (ky, kx) of a channel sees. @param map pixels of it
double mean_at_tap(const Window& window, const Shape& in, const Shape& out, const double* map,
                   std::int64_t ky, std::int64_t kx) {
  double sum = 0;
  for (std::int64_t oy = 0; oy < out.height; ++oy) {
    const std::int64_t y = oy * window.stride_y + ky * window.dilation_y - window.pad_top;
    if (y < 0 || y >= in.height) continue;
    for (std::int64_t ox = 0; ox < out.width; ++ox) {
      const std::int64_t x = ox * window.stride_x + kx * window.dilation_x - window.pad_left;
      if (x >= 0 && x < in.width) sum += map[y * in.width + x];
    }
  }
  return sum / static_cast<double>(out.pixels());
}

/// [channel][ky][kx], the order of a convolution's weights; a matrix has the order of its features.
std::vector<double> mean_windows(const QuantNetwork& network, const QuantLayer& layer,
                                 const std::vector<double>& map) {
  const Shape& in = network.tensors[layer.inputs[0]].shape;
  const Shape& out = network.tensors[layer.output].shape;
  std::vector<double> means;
  for (std::int64_t c = 0; c < in.channels; ++c) {
    for (std::int64_t ky = 0; ky < layer.window.kernel_height; ++ky) {
      for (std::int64_t kx = 0; kx < layer.window.kernel_width; ++kx) {
        means.push_back(mean_at_tap(layer.window, in, out, map.data() + c * in.pixels(), ky, kx));
      }
    }
  }
  return means;
}

/// @param weights [output][channel of a group][tap], float
void correct(const QuantNetwork& network, QuantLayer& layer, const std::vector<float>& weights,
             const std::vector<double>& means) {
  const auto channels =
      static_cast<std::size_t>(network.tensors[layer.inputs[0]].shape.channels / layer.groups);
  const std::size_t rows = network.rows(layer);
  const std::size_t taps = rows / channels;
  const std::size_t outputs = network.outputs(layer);
  for (std::size_t o = 0; o < outputs; ++o) {
    const std::size_t group = o / (outputs / static_cast<std::size_t>(layer.groups));
    double error = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t t = 0; t < taps; ++t) {
        const double rounded = layer.weight_scale[o] * layer.weights[o * rows + t * channels + c];
        error += (rounded - weights[(o * channels + c) * taps + t]) *
                 means[(group * channels + c) * taps + t];
      }
    }
    layer.bias[o] -= error;
  }
}

}  // namespace

void correct_biases(QuantNetwork& network, const Graph& graph, const InputFormat& format,
                    const std::vector<Image>& images) {
  if (images.empty()) {
    throw base::UsageError("network '" + network.name +
                           "': bias_correction needs calibration images");
  }
  std::map<std::string, std::vector<double>> maps;  // mean over the images, by tensor
  for (const QuantLayer& layer : network.layers) {
    if (layer.weights.empty()) continue;
    maps[network.tensors[layer.inputs[0]].source()];
  }
  FloatExecutor executor(graph);
  for (const Image& image : images) {
    executor.run(real_values(image, format));
    for (auto& [tensor, map] : maps) {
      const std::vector<float>& values = executor.tensor(tensor);
      map.resize(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        map[i] += values[i] / static_cast<double>(images.size());
      }
    }
  }
  for (QuantLayer& layer : network.layers) {
    if (layer.weights.empty()) continue;
    const Node& node = node_of(graph, layer);
    const auto* conv = std::get_if<Conv>(&node.operation);
    const auto* gemm = std::get_if<Gemm>(&node.operation);
    if (!conv && !gemm) continue;
    correct(network, layer, conv ? conv->weight : gemm->weight,
            mean_windows(network, layer, maps.at(network.tensors[layer.inputs[0]].source())));
  }
}

}  // namespace leyden::compiler
