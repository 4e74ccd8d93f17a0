#include "platform/compiler/calibration.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "platform/compiler/float_executor.h"

namespace leyden::compiler {

std::vector<float> real_values(const Image& image, const InputFormat& format) {
  const auto channels = static_cast<std::size_t>(format.channels);
  const auto pixels = static_cast<std::size_t>(format.height * format.width);
  if (image.size() != channels * pixels) {
    throw base::UsageError("an image of " + std::to_string(image.size()) +
                           " bytes does not fit the network's input of " +
                           std::to_string(channels * pixels) + " bytes");
  }
  std::vector<float> values(image.size());
  for (std::size_t p = 0; p < pixels; ++p) {
    for (std::size_t c = 0; c < channels; ++c) {
      const double code = static_cast<double>(image[p * channels + c]);
      values[c * pixels + p] =
          static_cast<float>(format.scale * (code - static_cast<double>(format.zero_point)));
    }
  }
  return values;
}

void RangeHistogram::widen() {
  std::vector<std::uint64_t> merged(kBins);
  std::vector<double> sums(kBins);
  for (std::size_t i = 0; i < kBins; ++i) {
    merged[kBins / 4 + i / 2] += bins_[i];
    sums[kBins / 4 + i / 2] += sums_[i];
  }
  bins_ = std::move(merged);
  sums_ = std::move(sums);
  reach_ *= 2;
}

void RangeHistogram::add(float value) {
  if (!std::isfinite(value)) {
    throw base::UsageError(
        "calibration: the float network computes a value that is not finite; "
        "its weights or the input scale are wrong");
  }
  const double v = value;
  while (std::abs(v) >= reach_) widen();
  const auto bin = static_cast<std::size_t>((v + reach_) / (2 * reach_) * kBins);
  ++bins_[std::min(bin, kBins - 1)];
  sums_[std::min(bin, kBins - 1)] += v;
  square_sum_ += v * v;
  if (v == 0) ++zeros_;
  least_ = std::min(least_, v);
  most_ = std::max(most_, v);
  ++count_;
}

void RangeHistogram::add(const std::vector<float>& values) {
  for (const float value : values) add(value);
}

Range RangeHistogram::range(double percentile) const {
  if (percentile >= 100) return {least_, most_};
  const int sides = (least_ < 0 ? 1 : 0) + (most_ > 0 ? 1 : 0);
  const auto cut = static_cast<std::uint64_t>(static_cast<double>(count_) * (100 - percentile) /
                                              100 / std::max(sides, 1));
  const double width = 2 * reach_ / kBins;
  const auto edge = [&](bool from_above) {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBins; ++i) {
      const std::size_t bin = from_above ? kBins - 1 - i : i;
      seen += bins_[bin];
      if (seen > cut) return -reach_ + width * static_cast<double>(from_above ? bin + 1 : bin);
    }
    return 0.0;
  };
  return {std::clamp(edge(false), least_, 0.0), std::clamp(edge(true), 0.0, most_)};
}

std::vector<RangeHistogram::Bin> RangeHistogram::bins() const {
  std::vector<Bin> result;
  for (std::size_t i = 0; i < kBins; ++i) {
    const auto count = static_cast<double>(bins_[i] - (i == kBins / 2 ? zeros_ : 0));
    if (count == 0) continue;
    result.push_back({sums_[i] / count, count});
  }
  return result;
}

std::map<std::string, RangeHistogram> count_values(const Graph& graph,
                                                   const std::vector<std::string>& tensors,
                                                   const std::vector<Image>& images,
                                                   const InputFormat& format) {
  if (tensors.empty()) return {};
  if (images.empty()) {
    throw base::UsageError("tensor '" + tensors.front() +
                           "' has no activation range; give one under activation_ranges, or "
                           "calibration images");
  }
  std::map<std::string, RangeHistogram> histograms;
  FloatExecutor executor(graph);
  for (const Image& image : images) {
    executor.run(real_values(image, format));
    for (const std::string& tensor : tensors) histograms[tensor].add(executor.tensor(tensor));
  }
  return histograms;
}

}  // namespace leyden::compiler
