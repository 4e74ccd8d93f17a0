#include "platform/compiler/cost_activity.h"

#include <algorithm>
#include <numeric>

#include "platform/compiler/dot_product.h"
#include "platform/compiler/reference.h"

namespace leyden::compiler {
namespace {

constexpr std::size_t kMostImages = 16;
constexpr std::size_t kPositionsPerImage = 64;

/// What the drivers do with a code (models/cim/digits.h): a short digit is driven left aligned.
struct DrivenCode {
  double levels = 0;
  double digits = 0;
};
std::vector<DrivenCode> driven_codes(unsigned in_bits, unsigned digit_bits) {
  std::vector<DrivenCode> driven(256);
  for (unsigned code = 0; code < 256; ++code) {
    for (unsigned first = 0; first < in_bits; first += digit_bits) {
      const unsigned bits = std::min(digit_bits, in_bits - first);
      const unsigned digit = code >> first & ((1u << bits) - 1);
      driven[code].levels += digit << (digit_bits - bits);
      driven[code].digits += digit == 0 ? 0 : 1;
    }
  }
  return driven;
}

/// Sums of one layer's windows, row by row.
struct Sums {
  std::vector<double> levels;
  double digits = 0;
  double windows = 0;
};

void sample(const QuantNetwork& network, const QuantLayer& layer,
            const std::vector<std::uint8_t>& codes, unsigned digit_bits, Sums& sums) {
  const QuantTensor& in = network.tensors[layer.inputs[0]];
  const std::int64_t width = network.tensors[layer.output].shape.width;
  const std::size_t rows = network.rows(layer);
  const std::size_t positions = network.positions(layer);
  const std::vector<DrivenCode> driven = driven_codes(in.bits, digit_bits);
  const std::int64_t group_channels = in.shape.channels / layer.groups;
  std::vector<std::uint8_t> window(rows);
  sums.levels.resize(rows);
  const std::size_t taken = std::min(positions, kPositionsPerImage);
  for (std::size_t n = 0; n < taken; ++n) {
    // The middle of each of equal parts: borders count as often as they come.
    const auto position = static_cast<std::int64_t>((2 * n + 1) * positions / (2 * taken));
    const auto group = static_cast<std::int64_t>(n) % layer.groups;
    gather_window(layer, in, {group * group_channels, group_channels}, codes.data(),
                  position / width, position % width, window.data());
    for (std::size_t r = 0; r < rows; ++r) {
      sums.levels[r] += driven[window[r]].levels;
      sums.digits += driven[window[r]].digits;
    }
    sums.windows += 1;
  }
}

/// Mean over driven levels of the cells' levels of a weight.
double mean_cell_levels(const QuantNetwork& network, const QuantLayer& layer, const Sums& sums,
                        const cim::MacroParameters& macro) {
  const cim::WeightLayout& layout = macro.layout(layer.weight_bits);
  std::vector<double> of(256);
  std::vector<std::uint8_t> levels(layout.width());
  for (int weight = layout.minimum; weight <= layout.maximum; ++weight) {
    layout.encode(weight, levels.data());
    for (const std::uint8_t level : levels) of[static_cast<std::uint8_t>(weight)] += level;
  }
  const std::size_t rows = network.rows(layer);
  const std::size_t outputs = network.outputs(layer);
  double driven = 0;
  double charged = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    double cells = 0;
    for (std::size_t o = 0; o < outputs; ++o) {
      cells += of[static_cast<std::uint8_t>(layer.weights[o * rows + r])];
    }
    // A row that is never driven still counts a little, so that no layer is without a mean.
    const double weight = sums.levels[r] + 1e-9;
    driven += weight;
    charged += weight * cells / static_cast<double>(outputs);
  }
  return charged / driven;
}

/// The same of all cells of a layer's tiles: those whose row belongs to another group than their
/// output hold a weight of 0.
double mean_tile_levels(double own, const QuantLayer& layer, const LayerMapping& mapping,
                        const cim::MacroParameters& macro) {
  const cim::WeightLayout& layout = macro.layout(layer.weight_bits);
  std::vector<std::uint8_t> levels(layout.width());
  layout.encode(0, levels.data());
  const double zero = std::accumulate(levels.begin(), levels.end(), 0.0);
  double all = 0;
  double held = 0;
  for (const Tile& tile : mapping.tiles) {
    all += double(tile.window_count) * tile.output_count;
    held += double(tile.output_rows()) * tile.output_count;
  }
  return zero + (own - zero) * held / all;
}

}  // namespace

std::vector<LayerActivity> measure_activity(const Plan& plan, const std::vector<Image>& calibration,
                                            const cim::MacroParameters& macro) {
  const QuantNetwork& network = plan.network;
  std::vector<LayerActivity> activity(network.layers.size());
  const Reference reference(plan, base::Fidelity::kIdeal);
  std::vector<Sums> sums(network.layers.size());
  const auto is_measured = [](const QuantLayer& layer) { return layer.kind == LayerKind::kMacro; };
  std::vector<std::size_t> maker(network.tensors.size(), network.layers.size());
  for (std::size_t i = 0; i < network.layers.size(); ++i) maker[network.layers[i].output] = i;
  for (std::size_t n = 0; n < std::min(calibration.size(), kMostImages); ++n) {
    const std::vector<std::vector<std::uint8_t>> codes = reference.run(calibration[n]);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const QuantLayer& layer = network.layers[i];
      if (!is_measured(layer)) continue;
      const std::size_t from = maker[layer.inputs[0]];
      sample(network, layer, from < codes.size() ? codes[from] : calibration[n], macro.drive.bits,
             sums[i]);
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const QuantLayer& layer = network.layers[i];
    if (!is_measured(layer) || sums[i].windows == 0) continue;
    double levels = 0;
    for (const double row : sums[i].levels) levels += row;
    const double codes = sums[i].windows * static_cast<double>(network.rows(layer));
    activity[i] = {levels / codes, sums[i].digits / codes,
                   mean_tile_levels(mean_cell_levels(network, layer, sums[i], macro), layer,
                                    plan.layers[i].mapping, macro)};
  }
  return activity;
}

}  // namespace leyden::compiler
