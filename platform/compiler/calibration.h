#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "platform/compiler/graph.h"
#include "platform/compiler/network_file.h"

namespace leyden::compiler {

/// An image of the data set: height x width x channels u8 codes.
using Image = std::vector<std::uint8_t>;

/// Real values of an image, channels x height x width, as the float graph takes them.
std::vector<float> real_values(const Image& image, const InputFormat& format);

/// Counts values in equal bins over [-reach, reach]; the reach doubles when a value lies outside,
/// so memory stays constant and nothing is lost.
class RangeHistogram {
 public:
  void add(float value);
  void add(const std::vector<float>& values);
  /// The range that holds `percentile` percent of the values, half of the rest cut on either side
  /// that has values; exact extremes for 100.
  Range range(double percentile) const;

  /// A bin that holds values.
  struct Bin {
    double mean = 0;  ///< of its values
    double count = 0;
  };
  /// From the least values to the greatest; values of exactly 0 are left out.
  std::vector<Bin> bins() const;
  /// Sum of the squares of all values.
  double square_sum() const { return square_sum_; }
  std::uint64_t count() const { return count_; }

 private:
  static constexpr std::size_t kBins = 8192;  // even: halves merge pairwise when the reach doubles

  void widen();

  std::vector<std::uint64_t> bins_ = std::vector<std::uint64_t>(kBins);
  std::vector<double> sums_ = std::vector<double>(kBins);  // of the values of each bin
  double reach_ = 1e-6;
  double least_ = 0;
  double most_ = 0;
  double square_sum_ = 0;
  std::uint64_t zeros_ = 0;  // of the values in the bin that begins at 0
  std::uint64_t count_ = 0;
};

/// Runs the images through the float graph and counts the values of each tensor named.
/// @throws base::UsageError when there is a tensor and no image
std::map<std::string, RangeHistogram> count_values(const Graph& graph,
                                                   const std::vector<std::string>& tensors,
                                                   const std::vector<Image>& images,
                                                   const InputFormat& format);

}  // namespace leyden::compiler
