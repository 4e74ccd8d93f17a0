#include "platform/compiler/cost_activity.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "platform/compiler/dot_product.h"
#include "platform/compiler/reference.h"

namespace leyden::compiler {
namespace {

constexpr std::size_t kMostImages = 16;
constexpr std::size_t kPositionsPerImage = 64;
constexpr std::size_t kCodes = 256;

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

/// Codes of one layer's windows, row by row.
struct Codes {
  std::vector<std::array<std::uint32_t, kCodes>> rows;
  std::uint64_t windows = 0;
};

void sample(const QuantNetwork& network, const QuantLayer& layer,
            const std::vector<std::uint8_t>& codes, Codes& seen) {
  const QuantTensor& in = network.tensors[layer.inputs[0]];
  const std::int64_t width = network.tensors[layer.output].shape.width;
  const std::size_t rows = network.rows(layer);
  const std::size_t positions = network.positions(layer);
  const std::int64_t group_channels = in.shape.channels / layer.groups;
  std::vector<std::uint8_t> window(rows);
  seen.rows.resize(rows);
  const std::size_t taken = std::min(positions, kPositionsPerImage);
  for (std::size_t n = 0; n < taken; ++n) {
    // The middle of each of equal parts: borders count as often as they come.
    const auto position = static_cast<std::int64_t>((2 * n + 1) * positions / (2 * taken));
    const auto group = static_cast<std::int64_t>(n) % layer.groups;
    gather_window(layer, in, {group * group_channels, group_channels}, codes.data(),
                  position / width, position % width, window.data());
    for (std::size_t r = 0; r < rows; ++r) ++seen.rows[r][window[r]];
    ++seen.windows;
  }
}

/// Puts the rows of a layer together with the weights that they meet.
ActivityStatistics count(const QuantNetwork& network, const QuantLayer& layer, const Codes& seen) {
  ActivityStatistics made;
  made.windows = seen.windows;
  made.codes.resize(kCodes);
  const std::size_t rows = network.rows(layer);
  const std::size_t outputs = network.outputs(layer);
  made.weights = layer.weights;
  std::sort(made.weights.begin(), made.weights.end());
  made.weights.erase(std::unique(made.weights.begin(), made.weights.end()), made.weights.end());
  const std::size_t kinds = made.weights.size();
  std::array<std::size_t, kCodes> kind{};
  for (std::size_t k = 0; k < kinds; ++k) kind[static_cast<std::uint8_t>(made.weights[k])] = k;
  made.weight_counts.resize(kinds);
  made.pairs.resize(kCodes * kinds);
  std::vector<std::uint64_t> here(kinds);
  for (std::size_t r = 0; r < rows; ++r) {
    std::fill(here.begin(), here.end(), 0);
    for (std::size_t o = 0; o < outputs; ++o) {
      ++here[kind[static_cast<std::uint8_t>(layer.weights[o * rows + r])]];
    }
    for (std::size_t k = 0; k < kinds; ++k) made.weight_counts[k] += here[k];
    for (std::size_t code = 0; code < kCodes; ++code) {
      const std::uint64_t times = seen.rows[r][code];
      if (times == 0) continue;
      made.codes[code] += times;
      for (std::size_t k = 0; k < kinds; ++k) made.pairs[code * kinds + k] += times * here[k];
    }
  }
  return made;
}

/// Mean over driven levels of the cells' levels of a weight.
double mean_cell_levels(const ActivityStatistics& seen, const std::vector<std::int8_t>& weights,
                        const std::vector<DrivenCode>& driven, const cim::WeightLayout& layout) {
  const std::size_t kinds = weights.size();
  std::vector<double> cells(kinds);
  std::vector<std::uint8_t> levels(layout.width());
  for (std::size_t k = 0; k < kinds; ++k) {
    layout.encode(weights[k], levels.data());
    cells[k] = std::accumulate(levels.begin(), levels.end(), 0.0);
  }
  // A row that is never driven still counts a little, so that no layer is without a mean.
  constexpr double kUndriven = 1e-9;
  double driven_sum = 0;
  double charged = 0;
  for (std::size_t k = 0; k < kinds; ++k) {
    driven_sum += kUndriven * double(seen.weight_counts[k]);
    charged += kUndriven * double(seen.weight_counts[k]) * cells[k];
  }
  for (std::size_t code = 0; code < kCodes; ++code) {
    if (seen.codes[code] == 0 || driven[code].levels == 0) continue;
    double met = 0;
    double held = 0;
    for (std::size_t k = 0; k < kinds; ++k) {
      const auto times = static_cast<double>(seen.pairs[code * kinds + k]);
      met += times;
      held += times * cells[k];
    }
    driven_sum += driven[code].levels * met;
    charged += driven[code].levels * held;
  }
  return charged / driven_sum;
}

}  // namespace

std::vector<ActivityStatistics> sample_activity(const Plan& plan,
                                                const std::vector<Image>& calibration,
                                                const QuantNetwork& weights) {
  const QuantNetwork& network = plan.network;
  std::vector<ActivityStatistics> statistics(network.layers.size());
  const Reference reference(plan, base::Fidelity::kIdeal);
  std::vector<Codes> seen(network.layers.size());
  std::vector<std::size_t> maker(network.tensors.size(), network.layers.size());
  for (std::size_t i = 0; i < network.layers.size(); ++i) maker[network.layers[i].output] = i;
  for (std::size_t n = 0; n < std::min(calibration.size(), kMostImages); ++n) {
    const std::vector<std::vector<std::uint8_t>> codes = reference.run(calibration[n]);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const QuantLayer& layer = network.layers[i];
      if (layer.kind != LayerKind::kMacro) continue;
      const std::size_t from = maker[layer.inputs[0]];
      sample(network, layer, from < codes.size() ? codes[from] : calibration[n], seen[i]);
    }
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const QuantLayer& layer = weights.layers[i];
    if (layer.kind != LayerKind::kMacro) continue;
    seen[i].rows.resize(network.rows(layer));
    statistics[i] = count(network, layer, seen[i]);
  }
  return statistics;
}

LayerActivity own_activity(const ActivityStatistics& seen, const std::vector<std::int8_t>& weights,
                           unsigned input_bits, unsigned digit_bits,
                           const cim::WeightLayout& layout) {
  if (seen.windows == 0) return {};
  const std::vector<DrivenCode> driven = driven_codes(input_bits, digit_bits);
  double codes = 0;
  double levels = 0;
  double digits = 0;
  for (std::size_t code = 0; code < kCodes; ++code) {
    const auto times = static_cast<double>(seen.codes[code]);
    codes += times;
    levels += times * driven[code].levels;
    digits += times * driven[code].digits;
  }
  return {levels / codes, digits / codes, mean_cell_levels(seen, weights, driven, layout)};
}

LayerActivity mapped_activity(const LayerActivity& own, const LayerMapping& mapping,
                              const cim::WeightLayout& layout) {
  if (own.cell_levels < 0) return own;
  double all = 0;
  double held = 0;
  for (const Tile& tile : mapping.tiles) {
    all += double(tile.window_count) * tile.output_count;
    held += double(tile.output_rows()) * tile.output_count;
  }
  if (held == all) return own;
  std::vector<std::uint8_t> levels(layout.width());
  layout.encode(0, levels.data());
  const double zero = std::accumulate(levels.begin(), levels.end(), 0.0);
  LayerActivity made = own;
  made.cell_levels = zero + (own.cell_levels - zero) * held / all;
  return made;
}

std::vector<LayerActivity> measure_activity(const Plan& plan, const std::vector<Image>& calibration,
                                            const cim::MacroParameters& macro) {
  const QuantNetwork& network = plan.network;
  const std::vector<ActivityStatistics> seen = sample_activity(plan, calibration, network);
  std::vector<LayerActivity> activity;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const QuantLayer& layer = network.layers[i];
    if (layer.kind != LayerKind::kMacro) {
      activity.emplace_back();
      continue;
    }
    const cim::WeightLayout& layout = macro.layout(layer.weight_bits);
    const LayerActivity own = own_activity(
        seen[i], seen[i].weights, network.tensors[layer.inputs[0]].bits, macro.drive.bits, layout);
    activity.push_back(mapped_activity(own, plan.layers[i].mapping, layout));
  }
  return activity;
}

}  // namespace leyden::compiler
