#include "platform/compiler/weight_codes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

constexpr int kSteps = 128;  // of the search for the least squared error: down to 1/16
constexpr double kStepsOctave = 32;
constexpr double kTolerance = 1e-9;  // of a scale that is a power of two but for rounding
constexpr unsigned kMostBits = 8;

/// Weights that share a scale.
struct Span {
  const float* first;
  std::size_t count;
};

/// Integer = round(weight / scale), clamped.
struct Grid {
  double scale = 1;
  int least = 0;
  int most = 0;

  int code(double weight) const {
    // Clamped as a number: an integer might not hold it.
    return static_cast<int>(std::clamp(std::round(weight / scale), double(least), double(most)));
  }
};

double power_above(double scale) { return std::exp2(std::ceil(std::log2(scale) - kTolerance)); }

/// The grid that just holds weights from `low` to `high`.
Grid grid_for(double low, double high, const WeightOptions& options) {
  Grid grid;
  const int most = options.asymmetric ? (1 << options.bits) - 1 : highest_code(options.bits);
  grid.scale = options.asymmetric ? (high - low) / most : std::max(-low, high) / most;
  if (!(grid.scale > 0)) grid.scale = 1;
  if (options.power_of_two) grid.scale = power_above(grid.scale);
  if (options.fraction) grid.scale = std::exp2(-*options.fraction);
  grid.least = options.asymmetric
                   ? -static_cast<int>(std::clamp(std::round(-low / grid.scale), 0.0, double(most)))
                   : -most;
  grid.most = grid.least + (options.asymmetric ? most : 2 * most);
  return grid;
}

double square_error(const Span& span, const Grid& grid) {
  double error = 0;
  for (std::size_t i = 0; i < span.count; ++i) {
    const double difference = span.first[i] - grid.scale * grid.code(span.first[i]);
    error += difference * difference;
  }
  return error;
}

Grid choose_grid(const Span& span, const WeightOptions& options) {
  double low = 0;
  double high = 0;
  for (std::size_t i = 0; i < span.count; ++i) {
    low = std::min(low, double{span.first[i]});
    high = std::max(high, double{span.first[i]});
  }
  Grid best = grid_for(low, high, options);
  if (!options.least_square_error || options.fraction) return best;
  double least = std::numeric_limits<double>::infinity();
  const int stride = options.power_of_two ? static_cast<int>(kStepsOctave) : 1;
  for (int step = 0; step < kSteps; step += stride) {
    const double share = std::exp2(-step / kStepsOctave);
    const Grid grid = grid_for(low * share, high * share, options);
    const double error = square_error(span, grid);
    if (!(error < least)) continue;
    least = error;
    best = grid;
  }
  return best;
}

/// -s or +s. @return s
double binary_scale(const Span& span, const WeightOptions& options) {
  double sum = 0;
  for (std::size_t i = 0; i < span.count; ++i) sum += std::abs(double{span.first[i]});
  double scale = sum / static_cast<double>(span.count);
  if (!(scale > 0)) scale = 1;
  if (options.power_of_two) scale = power_above(scale);
  if (options.fraction) scale = std::exp2(-*options.fraction);
  return scale;
}

void keep_encoding(const std::vector<float>& weights, const WeightEncoding& encoding,
                   QuantLayer& layer) {
  const std::size_t outputs = layer.bias.size();
  const std::size_t rows = weights.size() / outputs;
  layer.weight_bits = encoding.bits;
  const int most = (1 << (encoding.bits - 1)) - 1;
  for (std::size_t o = 0; o < outputs; ++o) {
    const Grid grid{encoding.scale.at(o), -most - 1, most};
    layer.weight_scale.push_back(grid.scale);
    for (std::size_t i = 0; i < rows; ++i) {
      layer.weights[o * rows + i] = static_cast<std::int8_t>(grid.code(weights[o * rows + i]));
    }
  }
}

}  // namespace

int highest_code(unsigned bits) { return bits == 1 ? 1 : (1 << (bits - 1)) - 1; }

unsigned bits_needed(int least, int most) {
  if (least >= 0 && most <= 1) return 1;
  unsigned bits = 2;
  while (least < -(1 << (bits - 1)) || most > (1 << (bits - 1)) - 1) ++bits;
  return bits;
}

void quantise_weights(const std::vector<float>& weights, const WeightEncoding& encoding,
                      const WeightOptions& options, QuantLayer& layer) {
  layer.weights.resize(weights.size());
  layer.weight_scale.clear();
  if (encoding.bits != 0) {
    keep_encoding(weights, encoding, layer);
    return;
  }
  const std::size_t outputs = layer.bias.size();
  const std::size_t rows = weights.size() / outputs;
  const bool binary = options.bits == 1 && !options.asymmetric;
  layer.weight_bits = binary ? bits_needed(-1, 1) : options.bits;
  Grid grid;
  for (std::size_t o = 0; o < outputs; ++o) {
    const Span span = options.per_tensor ? Span{weights.data(), weights.size()}
                                         : Span{weights.data() + o * rows, rows};
    if (o == 0 || !options.per_tensor) {
      grid = binary ? Grid{binary_scale(span, options), -1, 1} : choose_grid(span, options);
    }
    layer.weight_scale.push_back(grid.scale);
    if (options.asymmetric) {
      const unsigned needed = bits_needed(grid.least, grid.most);
      layer.weight_bits = std::max(layer.weight_bits, needed);
      if (needed > kMostBits) {
        throw base::UsageError("layer '" + layer.name + "': asymmetric weights of " +
                               std::to_string(options.bits) + " bits take integers from " +
                               std::to_string(grid.least) + " to " + std::to_string(grid.most) +
                               ", which need " + std::to_string(needed) +
                               " bits of a macro's 8; fewer bits or symmetric weights would fit");
      }
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const double weight = weights[o * rows + i];
      const int code = !binary ? grid.code(weight) : weight < 0 ? -1 : 1;
      layer.weights[o * rows + i] = static_cast<std::int8_t>(code);
    }
  }
}

}  // namespace leyden::compiler
