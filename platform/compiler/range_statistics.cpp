#include "platform/compiler/range_statistics.h"

#include <algorithm>
#include <cmath>

#include "platform/compiler/tile_weights.h"

namespace leyden::compiler {
namespace {

/// step q - u of a sum, where the converter has m / 2^n of its range.
double conversion_error(const CombinedTile::Conversion& conversion, double u, double m,
                        const DigitalCombining& combining) {
  const double step = std::max(
      1.0, std::ldexp(conversion.full_scale * m, -static_cast<int>(combining.scale_shift())));
  const double codes = std::ldexp(1.0, static_cast<int>(combining.converter_bits));
  const double least = conversion.is_signed ? -codes / 2 : 0;
  return step * std::clamp(std::floor(u / step + 0.5), least, least + codes - 1) - u;
}

}  // namespace

RangeStatistics::RangeStatistics(const Plan& plan, std::size_t layer,
                                 const LayerQuantisation& options)
    : plan_(plan),
      layer_(layer),
      options_(options),
      highest_(1u << plan.geometry.combining.range_bits) {
  const QuantLayer& quantised = plan.network.layers[layer];
  const QuantTensor& in = plan.network.tensors[quantised.inputs[0]];
  for (const Tile& tile : plan.layers[layer].mapping.tiles) {
    if (tile.copy != 0) continue;  // the same sums again
    CombinedTile combined(quantised, tile, plan.network.rows(quantised), in.bits, plan.geometry);
    parts_.push_back({&tile, combined, combined.conversions()});
  }
  for (int k = 0; candidates_.empty() || candidates_.back() > 1; ++k) {
    const auto code = static_cast<unsigned>(std::lround(highest_ * std::exp2(-k / 6.0)));
    if (candidates_.empty() || code < candidates_.back()) candidates_.push_back(code);
  }
  const std::size_t parts = plan.layers[layer].mapping.parts;
  const std::size_t outputs = plan.network.outputs(quantised);
  const std::size_t keys = options.converter_granularity == RangeGranularity::kLayer ? 1
                           : options.converter_granularity == RangeGranularity::kPart
                               ? parts
                               : parts * outputs;
  const bool squares = options.converter_calibration == CalibrationMethod::kMeanSquaredError;
  if (squares) errors_.assign(keys, std::vector<double>(candidates_.size()));
  if (!squares) shares_.assign(keys, std::vector<std::uint64_t>(highest_ + 1));
  window_.resize(plan.network.rows(quantised) * static_cast<std::size_t>(quantised.groups));
}

std::size_t RangeStatistics::conversions() const {
  std::size_t count = 0;
  for (const Part& part : parts_) count += part.conversions.size() * part.tile->output_count;
  return count;
}

std::size_t RangeStatistics::key(const Tile& tile, std::size_t output) const {
  switch (options_.converter_granularity) {
    case RangeGranularity::kPart:
      return tile.part;
    case RangeGranularity::kOutput:
      return tile.part * plan_.network.outputs(plan_.network.layers[layer_]) + tile.output_first +
             output;
    case RangeGranularity::kLayer:
      break;
  }
  return 0;
}

void RangeStatistics::add(const std::vector<std::uint8_t>& codes, std::size_t position) {
  const QuantLayer& layer = plan_.network.layers[layer_];
  const QuantTensor& in = plan_.network.tensors[layer.inputs[0]];
  const std::int64_t width = plan_.network.tensors[layer.output].shape.width;
  const auto at = static_cast<std::int64_t>(position);
  for (const Part& part : parts_) {
    const Tile& tile = *part.tile;
    gather_window(layer, in, tile_channels(plan_.network, layer, tile), codes.data(), at / width,
                  at % width, window_.data());
    part.combined.conversion_sums(window_.data() + tile.window_first, sums_);
    errors_.empty() ? add_shares(part) : add_errors(part);
  }
}

void RangeStatistics::add_shares(const Part& part) {
  const std::size_t outputs = part.tile->output_count;
  const int shift = static_cast<int>(plan_.geometry.combining.range_shift);
  // Dummy columns have the range of the job, which is whole where outputs have their own.
  const bool dummies = options_.converter_granularity != RangeGranularity::kOutput;
  for (std::size_t c = 0; c < part.conversions.size(); ++c) {
    const CombinedTile::Conversion& conversion = part.conversions[c];
    const double whole = std::ldexp(conversion.full_scale, -shift - (conversion.is_signed ? 1 : 0));
    const std::size_t count = outputs + (conversion.has_dummy && dummies ? 1 : 0);
    for (std::size_t j = 0; j < count; ++j) {
      const auto u = static_cast<double>(sums_[c * (outputs + 1) + j]);
      const double code = std::ceil(std::abs(u) / whole * highest_);
      ++shares_[key(*part.tile, std::min(j, outputs - 1))]
               [static_cast<std::size_t>(std::min<double>(code, highest_))];
    }
  }
}

void RangeStatistics::add_errors(const Part& part) {
  const DigitalCombining& combining = plan_.geometry.combining;
  const std::size_t outputs = part.tile->output_count;
  const bool own = options_.converter_granularity == RangeGranularity::kOutput;
  for (std::size_t k = 0; k < candidates_.size(); ++k) {
    double dummy = 0;
    for (std::size_t c = 0; c < part.conversions.size(); ++c) {
      const CombinedTile::Conversion& conversion = part.conversions[c];
      if (!conversion.has_dummy) continue;
      const auto u = static_cast<double>(sums_[c * (outputs + 1) + outputs]);
      dummy += conversion.significance *
               conversion_error(conversion, u, own ? highest_ : candidates_[k], combining);
    }
    for (std::size_t j = 0; j < outputs; ++j) {
      double error = -dummy;
      for (std::size_t c = 0; c < part.conversions.size(); ++c) {
        const auto u = static_cast<double>(sums_[c * (outputs + 1) + j]);
        error += part.conversions[c].significance *
                 conversion_error(part.conversions[c], u, candidates_[k], combining);
      }
      errors_[key(*part.tile, j)][k] += error * error;
    }
  }
}

unsigned RangeStatistics::chosen(std::size_t key) const {
  if (!errors_.empty()) {
    const std::vector<double>& errors = errors_[key];
    const auto least = std::min_element(errors.begin(), errors.end());  // the widest of equals
    return candidates_[static_cast<std::size_t>(least - errors.begin())];
  }
  const std::vector<std::uint64_t>& shares = shares_[key];
  std::uint64_t all = 0;
  for (const std::uint64_t count : shares) all += count;
  if (all == 0 || shares[0] == all) return highest_;  // nothing to be seen of it
  const double share = options_.converter_calibration == CalibrationMethod::kMinMax
                           ? 1.0
                           : options_.converter_percentile / 100;
  std::uint64_t held = 0;
  for (unsigned code = 0; code <= highest_; ++code) {
    held += shares[code];
    if (static_cast<double>(held) >= share * static_cast<double>(all)) return std::max(code, 1u);
  }
  return highest_;
}

ConverterRanges RangeStatistics::choose() const {
  ConverterRanges ranges;
  ranges.by_output = options_.converter_granularity == RangeGranularity::kOutput;
  const std::size_t parts = plan_.layers[layer_].mapping.parts;
  const std::size_t outputs = plan_.network.outputs(plan_.network.layers[layer_]);
  for (std::size_t part = 0; part < parts; ++part) {
    std::vector<unsigned>& codes = ranges.codes.emplace_back();
    if (ranges.by_output) {
      for (std::size_t o = 0; o < outputs; ++o) codes.push_back(chosen(part * outputs + o));
    } else {
      codes.push_back(chosen(options_.converter_granularity == RangeGranularity::kPart ? part : 0));
    }
  }
  return ranges;
}

}  // namespace leyden::compiler
