#include "platform/compiler/reference.h"

#include <algorithm>
#include <cstdlib>

#include "models/base/error.h"
#include "models/vector/vector_arithmetic.h"
#include "platform/compiler/reference_core.h"
#include "platform/compiler/tile_weights.h"

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

/// Pixel by pixel the channels of all inputs, one input after the other.
void join(const QuantNetwork& network, const QuantLayer& layer,
          const std::vector<const std::uint8_t*>& codes, std::vector<std::uint8_t>& joined) {
  const Shape& out = network.tensors[layer.output].shape;
  auto to = joined.begin();
  for (std::int64_t p = 0; p < out.pixels(); ++p) {
    for (const std::size_t input : layer.inputs) {
      const std::int64_t channels = network.tensors[input].shape.channels;
      to = std::copy_n(codes[input] + p * channels, channels, to);
    }
  }
}

}  // namespace

namespace {

Wide greatest_divisor(Wide a, Wide b) {
  a = a < 0 ? -a : a;
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/// gamma D / LSB_D + beta + 1/2 over one denominator: gamma = g/256, beta = h/16.
struct Level {
  Wide numerator;
  Wide denominator;
};

Level level_of(std::int64_t dot_product, const AbnCode& abn, const vector::PartialFormat& format,
               unsigned scale_shift) {
  const Wide line = static_cast<Wide>(std::uint64_t{format.units} * format.rows_per_unit)
                    << (format.in_bits + format.weight_bits + 8 + scale_shift);
  const Wide gain = static_cast<Wide>(abn.gamma) << (format.out_bits + format.range_shift);
  return {dot_product * gain * 16 + line * abn.beta + line * 8, line * 16};
}

}  // namespace

std::int32_t convert_by(const cim::OwnConverter& converter, std::int64_t dot_product,
                        const AbnCode& abn, const vector::PartialFormat& format) {
  const Level level = level_of(dot_product, abn, format, 0);
  // In lowest terms both are below 2^53, so that the quotient is rounded once.
  const Wide common = greatest_divisor(level.numerator, level.denominator);
  const Wide numerator = level.numerator / common;
  const Wide denominator = level.denominator / common;
  const double value = static_cast<double>(numerator) / static_cast<double>(denominator);
  return static_cast<std::int32_t>(cim::own_code(converter, value, format.out_bits, {}));
}

std::int32_t convert(std::int64_t dot_product, const AbnCode& abn,
                     const vector::PartialFormat& format, unsigned scale_shift) {
  const auto [numerator, denominator] = level_of(dot_product, abn, format, scale_shift);
  Wide code = numerator / denominator;
  if (numerator % denominator < 0) --code;
  const Wide highest = (1 << format.out_bits) - 1;
  return static_cast<std::int32_t>(std::clamp<Wide>(code, 0, highest));
}

Reference::Reference(const Plan& plan, base::Fidelity fidelity, ConversionWatch* watch)
    : plan_(plan), fidelity_(fidelity), watch_(watch) {
  if (fidelity == base::Fidelity::kAnalog) {
    throw base::UsageError(
        "the host reference is exact: it has fidelity ideal and quantised, not "
        "analog");
  }
  if (!plan.geometry.combining.used || fidelity == base::Fidelity::kIdeal) return;
  combined_.resize(plan.layers.size());
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const QuantLayer& layer = plan.network.layers[i];
    if (layer.kind != LayerKind::kMacro) continue;
    const unsigned in_bits = plan.network.tensors[layer.inputs[0]].bits;
    for (const Tile& tile : plan.layers[i].mapping.tiles) {
      combined_[i].emplace_back(layer, tile, plan.network.rows(layer), in_bits, plan.geometry,
                                plan.layers[i].ranges);
    }
  }
}

void Reference::tile_sums(std::size_t index, std::size_t number, const std::uint8_t* window,
                          std::int64_t* sums) const {
  const QuantLayer& layer = plan_.network.layers[index];
  const Tile& tile = plan_.layers[index].mapping.tiles[number];
  if (!combined_.empty()) {
    combined_[index][number].run(window, sums);
    return;
  }
  const std::size_t rows = plan_.network.rows(layer);
  for (unsigned j = 0; j < tile.output_count; ++j) {
    sums[j] = tile_dot(layer, rows, tile, j, window);
  }
}

std::size_t Reference::classify(const std::vector<std::uint8_t>& codes) {
  return static_cast<std::size_t>(std::max_element(codes.begin(), codes.end()) - codes.begin());
}

void Reference::run_macro(std::size_t index, const std::uint8_t* in, std::uint8_t* out) const {
  const QuantNetwork& network = plan_.network;
  const QuantLayer& layer = network.layers[index];
  const LayerPlan& plan = plan_.layers[index];
  const QuantTensor& input = network.tensors[layer.inputs[0]];
  const std::size_t outputs = network.outputs(layer);
  const std::size_t positions = network.positions(layer);
  const std::int64_t width = network.tensors[layer.output].shape.width;
  const std::int32_t middle = std::int32_t{1} << (plan.format.out_bits - 1);
  const DigitalCombining& combining = plan_.geometry.combining;
  const unsigned scale_shift = combined_.empty() ? 0 : combining.scale_shift();
  // One conversion an output is that of a user's converter; behind several the scale is digital.
  const cim::OwnConverter* own = fidelity_ == base::Fidelity::kIdeal || combining.used
                                     ? nullptr
                                     : plan_.geometry.own_converter.get();
  const auto code_of = [&](std::int64_t sum, const AbnCode& abn,
                           const vector::PartialFormat& format) {
    return own != nullptr ? convert_by(*own, sum, abn, format)
                          : convert(sum, abn, format, scale_shift);
  };
  std::vector<std::uint8_t> window(network.rows(layer) * static_cast<std::size_t>(layer.groups));
  std::vector<std::int64_t> sums(outputs);
  std::vector<std::int32_t> partial(plan.split() ? plan.mapping.parts * positions * outputs : 0);
  for (std::size_t p = 0; p < positions; ++p) {
    const auto position = static_cast<std::int64_t>(p);
    for (std::size_t t = 0; t < plan.mapping.tiles.size(); ++t) {
      const Tile& tile = plan.mapping.tiles[t];
      if (tile.copy != 0) continue;  // the same weights, for other rows
      // Tiles of the same groups read the same window.
      if (t == 0 || tile.group_first != plan.mapping.tiles[t - 1].group_first) {
        gather_window(layer, input, tile_channels(network, layer, tile), in, position / width,
                      position % width, window.data());
      }
      tile_sums(index, t, window.data() + tile.window_first, sums.data());
      for (unsigned j = 0; j < tile.output_count; ++j) {
        const std::size_t o = tile.output_first + j;
        const std::size_t at = p * outputs + o;
        if (watch_) watch_->converted(index, p, o, sums[j]);
        if (!plan.split()) {
          out[at] = static_cast<std::uint8_t>(code_of(sums[j], plan.abn[o], plan.format));
        } else if (fidelity_ == base::Fidelity::kIdeal) {
          partial[tile.part * positions * outputs + at] = static_cast<std::int32_t>(sums[j]);
        } else {
          partial[tile.part * positions * outputs + at] =
              code_of(sums[j], plan.abn[o], plan.format) - middle;
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
  std::vector<const std::uint8_t*> codes(network.tensors.size(), nullptr);
  codes[network.input] = image.data();
  return run_layers(0, network.layers.size(), std::move(codes));
}

std::vector<std::uint8_t> Reference::run_layer(
    std::size_t layer, const std::vector<const std::uint8_t*>& codes) const {
  return std::move(run_layers(layer, layer + 1, codes).front());
}

std::vector<std::vector<std::uint8_t>> Reference::run_layers(
    std::size_t first, std::size_t last, std::vector<const std::uint8_t*> codes) const {
  const QuantNetwork& network = plan_.network;
  std::vector<std::vector<std::uint8_t>> outputs;
  outputs.reserve(last - first);
  for (std::size_t i = first; i < last; ++i) {
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
      case LayerKind::kLookup:
        for (std::size_t k = 0; k < y.size(); ++k) y[k] = layer.lookup[x[k]];
        break;
      case LayerKind::kConcat:
        join(network, layer, codes, y);
        break;
      case LayerKind::kCore:
        run_core(layer, in.shape, out.shape, x, y.data());
        break;
    }
    codes[layer.output] = y.data();
  }
  return outputs;
}

}  // namespace leyden::compiler
