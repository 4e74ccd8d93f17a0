#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace leyden::compiler {

enum class Granularity { kChannel, kTensor };
enum class Symmetry { kSymmetric, kAsymmetric };
enum class ScaleKind { kFree, kPowerOfTwo };
/// Affine: scales and zero points as the other keys say. Fixed point: code * 2^-f, one f for all
/// weights, one for all activations, one for the output. Dynamic: an f of its own for every layer.
enum class NumberFormat { kAffine, kFixedPoint, kDynamicFixedPoint };
enum class CalibrationMethod { kMinMax, kPercentile, kMeanSquaredError, kKullbackLeibler };
/// How a macro layer's dot products are brought to the converter's range: with gain 1, one gain a
/// layer, a gain an output, or a gain an output with units and ranges chosen from the data.
enum class Reshaping { kOff, kLayer, kOutput, kOn };

/// What has a converter range of its own: a layer, each of its row parts, or each output of each.
enum class RangeGranularity { kLayer, kPart, kOutput };

/// What may differ from layer to layer.
struct LayerQuantisation {
  unsigned weight_bits = 4;                         ///< 1 to 8
  unsigned activation_bits = 8;                     ///< 1 to 8, of the layer's output
  Granularity granularity = Granularity::kChannel;  ///< of weights
  Symmetry weights = Symmetry::kSymmetric;
  Symmetry activations = Symmetry::kAsymmetric;
  ScaleKind scales = ScaleKind::kFree;
  CalibrationMethod calibration = CalibrationMethod::kPercentile;  ///< of activations
  double activation_percentile = 100;  ///< share of the values a range holds, in percent
  CalibrationMethod weight_calibration = CalibrationMethod::kMinMax;  ///< or mean squared error
  /// Of the range of partial sums: min/max, percentile or mean squared error.
  CalibrationMethod partial_calibration = CalibrationMethod::kPercentile;
  double partial_percentile = 99.95;  ///< share of an output's partial sums that are not clipped
  /// Of the converters' ranges, where a chip lets them be set: min/max, percentile or mean squared
  /// error; none: the whole range.
  std::optional<CalibrationMethod> converter_calibration;
  RangeGranularity converter_granularity = RangeGranularity::kLayer;
  double converter_percentile = 99.9;  ///< share of the converted sums that are not clipped
};

/// Keys of `quantisation:` in a network file, and of --quantise (docs/compiler-quantisation.md).
class QuantisationOptions : public LayerQuantisation {
 public:
  std::int64_t calibration_images = 64;
  NumberFormat format = NumberFormat::kAffine;
  std::optional<int> weight_fraction;      ///< fixed point: fraction bits of all weights
  std::optional<int> activation_fraction;  ///< fixed point: fraction bits of all activations
  bool equalise = false;
  bool bias_correction = false;
  Reshaping reshape = Reshaping::kOutput;
  bool whole_line = false;  ///< all units of a page load the line, not just those with weights

  /// Sets a key; "layers.NODE.KEY" sets it for one layer.
  /// @param where stands before the message: a file and section, or an option
  /// @throws base::UsageError naming key, value and what would be right, with "did you mean"
  void set(const std::string& key, const std::string& value, const std::string& where);
  /// Sets a key for the layer of one node.
  void set_layer(const std::string& node, const std::string& key, const std::string& value,
                 const std::string& where);
  /// Sets "key=value" one after the other and checks the whole, as the command line gives them.
  void set_all(const std::vector<std::string>& assignments, const std::string& where);
  /// Refuses keys that contradict each other. @throws base::UsageError
  void check(const std::string& where) const;

  /// What counts for the layer of a node: its own keys, else the network's; a fixed-point format
  /// means powers of two, signed codes and one scale for all of a layer's weights.
  LayerQuantisation of(const std::string& node) const;
  /// Nodes that have keys of their own.
  std::vector<std::string> layers() const;
  /// Keys that may be given, without "layers".
  static std::vector<std::string> keys();

 private:
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> layers_;
  std::set<std::string> given_;
};

}  // namespace leyden::compiler
