#include "platform/compiler/partial_sums.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "platform/compiler/combining.h"
#include "platform/compiler/dot_product.h"
#include "platform/compiler/float_executor.h"
#include "platform/compiler/tensor_codes.h"

namespace leyden::compiler {
namespace {

constexpr std::size_t kMostImages = 32;
constexpr std::size_t kWindowsPerLayer = 1024;  // sampled evenly over images and positions

/// Windows of one layer, sampled from the calibration images.
struct Samples {
  std::vector<std::uint8_t> windows;  ///< [sample][group][row]
  std::size_t seen = 0;               ///< positions met so far
  std::size_t stride = 1;             ///< every how many positions one is taken
};

void sample(const QuantNetwork& network, const QuantLayer& layer,
            const std::vector<std::uint8_t>& codes, Samples& samples) {
  const QuantTensor& in = network.tensors[layer.inputs[0]];
  const std::int64_t width = network.tensors[layer.output].shape.width;
  const std::size_t rows = network.rows(layer);
  const std::size_t positions = network.positions(layer);
  for (std::size_t p = 0; p < positions; ++p) {
    if (samples.seen++ % samples.stride != 0) continue;
    const auto position = static_cast<std::int64_t>(p);
    const std::int64_t channels = in.shape.channels / layer.groups;
    for (std::int64_t group = 0; group < layer.groups; ++group) {
      samples.windows.resize(samples.windows.size() + rows);
      gather_window(layer, in, {group * channels, channels}, codes.data(), position / width,
                    position % width, samples.windows.data() + samples.windows.size() - rows);
    }
  }
}

/// Reads the magnitude a share of the values does not exceed.
double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

/// Sum of (v - its code's value)^2 of magnitudes v, codes being symmetric with the greatest at
/// `peak`.
double square_error(const std::vector<double>& values, double peak, unsigned bits) {
  const double highest = std::ldexp(1.0, static_cast<int>(bits) - 1) - 1;
  const double step = peak / highest;
  double error = 0;
  for (const double v : values) {
    const double rest = v - step * std::min(std::floor(v / step + 0.5), highest);
    error += rest * rest;
  }
  return error;
}

/// Tries peaks from the greatest value down to a sixteenth of it.
double least_error_peak(const std::vector<double>& values, unsigned bits) {
  constexpr int kSteps = 128;
  constexpr double kStepsOctave = 32;
  const double most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  if (!(most > 0)) return 0;
  double best = most;
  double least = square_error(values, most, bits);
  for (int step = 1; step < kSteps; ++step) {
    const double peak = most * std::exp2(-step / kStepsOctave);
    const double error = square_error(values, peak, bits);
    if (error < least) best = peak;
    least = std::min(least, error);
  }
  return best;
}

/// Magnitudes of an output's sums in a tile, as converters with ranges that were set give them.
std::vector<double> converted_sums(const Plan& plan, std::size_t index, const Tile& tile,
                                   const Samples& samples, std::size_t sample_bytes) {
  const QuantLayer& layer = plan.network.layers[index];
  const std::size_t rows = plan.network.rows(layer);
  const CombinedTile combined(layer, tile, rows, plan.network.tensors[layer.inputs[0]].bits,
                              plan.geometry, plan.layers[index].ranges);
  const int shift = -static_cast<int>(plan.geometry.combining.scale_shift());
  std::vector<std::int64_t> sums(tile.output_count);
  std::vector<double> values;
  const std::size_t first = tile.group_first * rows + tile.window_first;
  for (std::size_t s = 0; s < samples.windows.size(); s += sample_bytes) {
    combined.run(samples.windows.data() + s + first, sums.data());
    for (const std::int64_t sum : sums) {
      values.push_back(std::abs(std::ldexp(static_cast<double>(sum), shift)));
    }
  }
  return values;
}

std::vector<double> find_peaks(const Plan& plan, std::size_t index, const Samples& samples,
                               const LayerQuantisation& options) {
  const QuantNetwork& network = plan.network;
  const QuantLayer& layer = network.layers[index];
  const LayerMapping& mapping = plan.layers[index].mapping;
  const unsigned converter_bits = plan.layers[index].converter_bits;
  const bool ranged = !plan.layers[index].ranges.codes.empty();
  const std::size_t rows = network.rows(layer);
  const std::size_t sample_bytes = rows * static_cast<std::size_t>(layer.groups);
  std::vector<double> peaks(network.outputs(layer));
  std::map<const Tile*, std::vector<double>> converted;  // [sample][output of the tile]
  for (const Tile& tile : mapping.tiles) {
    if (!ranged || tile.copy != 0) continue;
    converted[&tile] = converted_sums(plan, index, tile, samples, sample_bytes);
  }
  for (std::size_t o = 0; o < peaks.size(); ++o) {
    std::vector<double> values;
    for (const Tile& tile : mapping.tiles) {
      if (tile.copy != 0) continue;  // the same sums again
      if (o < tile.output_first || o >= tile.output_first + tile.output_count) continue;
      if (ranged) {
        const std::vector<double>& sums = converted[&tile];
        for (std::size_t s = o - tile.output_first; s < sums.size(); s += tile.output_count) {
          values.push_back(sums[s]);
        }
        continue;
      }
      // Tiles that are split by rows hold one group.
      const std::size_t first = tile.group_first * rows + tile.window_first;
      for (std::size_t s = 0; s < samples.windows.size(); s += sample_bytes) {
        values.push_back(std::abs(static_cast<double>(
            dot(samples.windows.data() + s + first,
                layer.weights.data() + o * rows + tile.window_first, tile.window_count))));
      }
    }
    switch (options.partial_calibration) {
      case CalibrationMethod::kMinMax:
        peaks[o] = quantile(values, 1);
        break;
      case CalibrationMethod::kMeanSquaredError:
        peaks[o] = least_error_peak(values, converter_bits);
        break;
      default:
        peaks[o] = quantile(values, options.partial_percentile / 100);
    }
  }
  return peaks;
}

/// Peaks of a layer whose converters' ranges the network gives: what the conversions can reach.
/// They have clipped already, and a network trained with them is another one in floats.
std::vector<double> reached_peaks(const Plan& plan, std::size_t index) {
  const QuantNetwork& network = plan.network;
  const QuantLayer& layer = network.layers[index];
  std::vector<double> peaks(network.outputs(layer));
  for (const Tile& tile : plan.layers[index].mapping.tiles) {
    const CombinedTile combined(layer, tile, network.rows(layer),
                                network.tensors[layer.inputs[0]].bits, plan.geometry,
                                plan.layers[index].ranges);
    const std::vector<double> reached = combined.reach();
    for (unsigned j = 0; j < tile.output_count; ++j) {
      double& peak = peaks[tile.output_first + j];
      peak = std::max(peak, reached[j]);
    }
  }
  return peaks;
}

}  // namespace

PartialSums::PartialSums(const Plan& plan, const Graph& graph, const NetworkFile& file,
                         const std::vector<Image>& calibration) {
  const QuantNetwork& network = plan.network;
  const std::size_t images = std::min(calibration.size(), kMostImages);
  std::map<std::size_t, Samples> samples;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const bool open = plan.layers[i].split() && file.quantisation.reshape != Reshaping::kOff;
    if (!open) {
      peaks_[i].resize(network.outputs(network.layers[i]));
      continue;
    }
    const bool given = file.converter_ranges.count(network.layers[i].name) != 0;
    if (given && !plan.layers[i].ranges.codes.empty()) {
      peaks_[i] = reached_peaks(plan, i);
      continue;
    }
    if (images == 0) {
      throw base::UsageError("layer '" + network.layers[i].name + "': its " +
                             std::to_string(network.rows(network.layers[i])) +
                             " rows are split over several tiles, whose range must be chosen from "
                             "data; give calibration images");
    }
    samples[i].stride =
        std::max<std::size_t>(1, images * network.positions(network.layers[i]) / kWindowsPerLayer);
  }
  if (samples.empty()) return;
  FloatExecutor executor(graph);
  for (std::size_t n = 0; n < images; ++n) {
    executor.run(real_values(calibration[n], file.input));
    for (auto& [i, taken] : samples) {
      const QuantLayer& layer = network.layers[i];
      const QuantTensor& in = network.tensors[layer.inputs[0]];
      sample(network, layer, to_codes(executor.tensor(in.source()), in), taken);
    }
  }
  for (const auto& [i, taken] : samples) {
    peaks_[i] = find_peaks(plan, i, taken, file.quantisation.of(network.layers[i].name));
  }
}

}  // namespace leyden::compiler
