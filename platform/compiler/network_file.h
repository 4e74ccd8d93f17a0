#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "platform/compiler/quantisation_options.h"

namespace leyden::compiler {

/// Smallest and largest value a tensor's codes can stand for.
struct Range {
  double minimum = 0;
  double maximum = 0;
};

/// How the data set's u8 codes become real values: real = scale * (code - zero_point).
struct InputFormat {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  double scale = 1;
  std::int64_t zero_point = 0;
};

/// Share of the whole range that the converters of a layer have: one of the layer, one of every row
/// part, or one of every output in every row part.
struct ConverterRangeShares {
  RangeGranularity granularity = RangeGranularity::kLayer;
  std::vector<std::vector<double>> shares;  ///< [part][output], one where they are alike
};

enum class Place { kMacro, kCore };

/// A network's description: configs/networks/<name>/network.yaml.
struct NetworkFile {
  std::string name;
  std::string description;
  std::filesystem::path onnx;  ///< absolute, or relative to the working folder
  InputFormat input;
  std::int64_t classes = 0;   ///< 0: as many as the graph computes (no network file)
  bool classifier = true;     ///< false: the file names no classes, so there is no accuracy
  bool omit_softmax = false;  ///< a Softmax at the end is left out: the class is the same
  std::map<std::string, Place> place;  ///< by node: layers that a person places
  std::string data_format;             ///< reader of the data set ("idx", "cifar10")
  std::string data_default;            ///< name of the data set taken when none is given
  QuantisationOptions quantisation;
  std::map<std::string, Range>
      activation_ranges;  ///< by tensor of the graph; others are calibrated
  std::map<std::string, ConverterRangeShares> converter_ranges;  ///< by node; others have all
};

/// Reads a network file. @param file network.yaml, or the folder that holds it
/// @throws base::UsageError file, key path and what would be right; unknown keys are refused with
///         "did you mean"
NetworkFile load_network_file(const std::filesystem::path& file);

}  // namespace leyden::compiler
