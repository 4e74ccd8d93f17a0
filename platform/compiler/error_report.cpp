#include "platform/compiler/error_report.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "platform/compiler/converter_use.h"
#include "platform/compiler/float_executor.h"
#include "platform/compiler/tensor_codes.h"

namespace leyden::compiler {
namespace {

constexpr double kLeastSignal = 1e-30;  // -300 dB stands for no signal at all

/// Powers of a signal and of its error.
struct Powers {
  double signal = 0;
  double error = 0;

  /// @param values channels x height x width  @param codes height x width x channels
  void add(const std::vector<float>& values, const std::vector<std::uint8_t>& codes,
           const QuantTensor& tensor) {
    const auto channels = static_cast<std::size_t>(tensor.shape.channels);
    const std::size_t pixels = values.size() / channels;
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t p = 0; p < pixels; ++p) {
        const double value = values[c * pixels + p];
        const double stands_for = tensor.scale * (codes[p * channels + c] - tensor.zero_point);
        signal += value * value;
        error += (value - stands_for) * (value - stands_for);
      }
    }
  }
  std::optional<double> sqnr_db() const {
    if (!(error > 0)) return std::nullopt;
    return 10 * std::log10(std::max(signal, kLeastSignal * error) / error);
  }
};

InputFormat input_format(const QuantNetwork& network) {
  const QuantTensor& input = network.tensors[network.input];
  return {input.shape.height, input.shape.width, input.shape.channels, input.scale,
          input.zero_point};
}

void check_images(const QuantNetwork& network, const std::vector<Image>& images) {
  if (!images.empty()) return;
  throw base::UsageError("network '" + network.name + "': its errors need calibration images");
}

}  // namespace

double effective_bits(double sqnr_db) { return (sqnr_db - 1.76) / 6.02; }

std::vector<LayerError> report_errors(const Plan& plan, const Graph& graph,
                                      const std::vector<Image>& images) {
  const QuantNetwork& network = plan.network;
  check_images(network, images);
  ConverterWatch watch(plan);
  const Reference whole(plan, base::Fidelity::kQuantised, &watch);
  const Reference single(plan, base::Fidelity::kQuantised);
  FloatExecutor executor(graph);
  std::vector<Powers> all(network.layers.size());
  std::vector<Powers> own(network.layers.size());
  const auto known = [&](std::size_t tensor) {
    return graph.shapes.count(network.tensors[tensor].name) != 0;
  };
  for (const Image& image : images) {
    executor.run(real_values(image, input_format(network)));
    const auto outputs = whole.run(image);
    std::vector<std::vector<std::uint8_t>> exact(network.tensors.size());
    std::vector<const std::uint8_t*> codes(network.tensors.size(), nullptr);
    exact[network.input] = image;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      const std::size_t output = network.layers[i].output;
      if (!known(output))
        exact[output] = outputs[i];
      else
        exact[output] =
            to_codes(executor.tensor(network.tensors[output].name), network.tensors[output]);
    }
    for (std::size_t t = 0; t < codes.size(); ++t) codes[t] = exact[t].data();
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      const QuantTensor& out = network.tensors[network.layers[i].output];
      if (!known(network.layers[i].output)) continue;
      all[i].add(executor.tensor(out.name), outputs[i], out);
      own[i].add(executor.tensor(out.name), single.run_layer(i, codes), out);
    }
  }
  std::vector<LayerError> errors;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    LayerError error;
    error.name = network.layers[i].name;
    error.kind = network.layers[i].kind;
    error.has_reference = known(network.layers[i].output);
    error.sqnr_db = all[i].sqnr_db();
    error.own_sqnr_db = own[i].sqnr_db();
    if (error.kind == LayerKind::kMacro) error.converter = watch.use(i);
    errors.push_back(error);
  }
  return errors;
}

std::optional<double> output_sqnr_db(const Plan& plan, const Graph& graph,
                                     const std::vector<Image>& images) {
  const QuantNetwork& network = plan.network;
  check_images(network, images);
  std::size_t last = network.layers.size();
  const auto output = [&](std::size_t layer) -> const QuantTensor& {
    return network.tensors[network.layers[layer].output];
  };
  while (last > 0 && graph.shapes.count(output(last - 1).name) == 0) --last;
  if (last == 0) return std::nullopt;
  const Reference reference(plan, base::Fidelity::kQuantised);
  FloatExecutor executor(graph);
  Powers powers;
  for (const Image& image : images) {
    executor.run(real_values(image, input_format(network)));
    const QuantTensor& tensor = output(last - 1);
    powers.add(executor.tensor(tensor.name), reference.run(image)[last - 1], tensor);
  }
  return powers.sqnr_db();
}

}  // namespace leyden::compiler
