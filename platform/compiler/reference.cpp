#include "platform/compiler/reference.h"

#include <algorithm>

#include "models/base/error.h"
#include "models/vector/vector_arithmetic.h"
#include "platform/compiler/dot_product.h"

namespace leyden::compiler {
namespace {

__extension__ using Wide = __int128;  // numerators reach 2^70

vector::PoolShape pool_shape(const QuantLayer& layer, const Shape& in, const Shape& out) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  return {narrow(in.width),
          narrow(in.height),
          narrow(out.width),
          narrow(out.height),
          narrow(in.channels),
          narrow(layer.window.kernel_width),
          narrow(layer.window.kernel_height),
          narrow(layer.window.stride_x),
          narrow(layer.window.stride_y),
          narrow(layer.window.pad_left),
          narrow(layer.window.pad_top)};
}

const std::uint8_t* bytes(const std::vector<vector::TableEntry>& table) {
  return reinterpret_cast<const std::uint8_t*>(table.data());
}

}  // namespace

std::uint8_t convert(std::int64_t dot_product, const AbnCode& abn,
                     const vector::PartialFormat& format) {
  // gamma D / LSB_D + beta + 1/2 over one denominator: gamma = g/256, beta = h/16.
  const Wide line = static_cast<Wide>(std::uint64_t{format.units} * format.rows_per_unit)
                    << (format.in_bits + format.weight_bits + 8);
  const Wide gain = static_cast<Wide>(abn.gamma) << (format.out_bits + format.range_shift);
  const Wide numerator = dot_product * gain * 16 + line * abn.beta + line * 8;
  const Wide denominator = line * 16;
  Wide code = numerator / denominator;
  if (numerator % denominator < 0) --code;
  const Wide highest = (1 << format.out_bits) - 1;
  return static_cast<std::uint8_t>(std::clamp<Wide>(code, 0, highest));
}

Reference::Reference(const Plan& plan, base::Fidelity fidelity) : plan_(plan), fidelity_(fidelity) {
  if (fidelity == base::Fidelity::kAnalog) {
    throw base::UsageError(
        "the host reference is exact: it has fidelity ideal and quantised, not "
        "analog");
  }
}

std::size_t Reference::classify(const std::vector<std::uint8_t>& codes) {
  return static_cast<std::size_t>(std::max_element(codes.begin(), codes.end()) - codes.begin());
}

void Reference::run_macro(std::size_t index, const std::uint8_t* in, std::uint8_t* out) const {
  const QuantNetwork& network = plan_.network;
  const QuantLayer& layer = network.layers[index];
  const LayerPlan& plan = plan_.layers[index];
  const std::size_t rows = network.rows(layer);
  const std::size_t outputs = network.outputs(layer);
  const std::size_t positions = network.positions(layer);
  const std::int64_t width = network.tensors[layer.output].shape.width;
  const std::int32_t middle = std::int32_t{1} << (plan.format.out_bits - 1);
  std::vector<std::uint8_t> window(rows);
  std::vector<std::int32_t> partial(plan.split() ? plan.mapping.parts * positions * outputs : 0);
  for (std::size_t p = 0; p < positions; ++p) {
    const auto position = static_cast<std::int64_t>(p);
    gather_window(layer, network.tensors[layer.inputs[0]], in, position / width, position % width,
                  window.data());
    for (const Tile& tile : plan.mapping.tiles) {
      for (unsigned j = 0; j < tile.output_count; ++j) {
        const std::size_t o = tile.output_first + j;
        const std::int64_t sum =
            dot(window.data() + tile.window_first,
                layer.weights.data() + o * rows + tile.window_first, tile.window_count);
        const std::size_t at = p * outputs + o;
        if (!plan.split()) {
          out[at] = convert(sum, plan.abn[o], plan.format);
        } else if (fidelity_ == base::Fidelity::kIdeal) {
          partial[tile.part * positions * outputs + at] = static_cast<std::int32_t>(sum);
        } else {
          partial[tile.part * positions * outputs + at] =
              convert(sum, plan.abn[o], plan.format) - middle;
        }
      }
    }
  }
  if (!plan.split()) return;
  const auto* words = reinterpret_cast<const std::uint8_t*>(partial.data());
  const std::size_t stride = positions * outputs * sizeof(std::int32_t);
  if (fidelity_ == base::Fidelity::kIdeal) {
    vector::accumulate_ideal(positions, outputs, plan.mapping.parts, stride, plan.format,
                             plan.accumulate, bytes(plan.table), words, out);
  } else {
    vector::accumulate(positions, outputs, plan.mapping.parts, stride, plan.accumulate,
                       bytes(plan.table), words, out);
  }
}

std::vector<std::vector<std::uint8_t>> Reference::run(const Image& image) const {
  const QuantNetwork& network = plan_.network;
  if (image.size() != network.tensors[network.input].bytes()) {
    throw base::UsageError("an image of " + std::to_string(image.size()) +
                           " bytes does not fit the network's input of " +
                           std::to_string(network.tensors[network.input].bytes()) + " bytes");
  }
  std::vector<std::vector<std::uint8_t>> outputs;
  std::vector<const std::uint8_t*> codes(network.tensors.size(), nullptr);
  codes[network.input] = image.data();
  outputs.reserve(network.layers.size());
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const QuantLayer& layer = network.layers[i];
    const QuantTensor& in = network.tensors[layer.inputs[0]];
    const QuantTensor& out = network.tensors[layer.output];
    const std::uint8_t* x = codes[layer.inputs[0]];
    std::vector<std::uint8_t>& y = outputs.emplace_back(out.bytes());
    switch (layer.kind) {
      case LayerKind::kMacro:
        run_macro(i, x, y.data());
        break;
      case LayerKind::kMaxPool:
        vector::max_pool(pool_shape(layer, in.shape, out.shape), x, y.data());
        break;
      case LayerKind::kAveragePool:
        vector::average_pool(pool_shape(layer, in.shape, out.shape), layer.scales, layer.result, x,
                             y.data());
        break;
      case LayerKind::kAdd:
        vector::add(y.size(), layer.scales, layer.result, x, codes[layer.inputs[1]], y.data());
        break;
      case LayerKind::kScale:
        vector::scale(static_cast<std::size_t>(out.shape.pixels()),
                      static_cast<std::size_t>(out.shape.channels), layer.result,
                      bytes(layer.table), x, y.data());
        break;
    }
    codes[layer.output] = y.data();
  }
  return outputs;
}

}  // namespace leyden::compiler
