#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "platform/compiler/compile.h"
#include "platform/report/report.h"
#include "platform/run/data_set.h"

namespace leyden::run {

/// What the compiler must know of a chip, from its parameters.
compiler::ChipGeometry geometry_of(const base::ParameterSet& parameters);

/// What the codes of the data stand for, real = scale (code - zero_point), where an ONNX file comes
/// without a network file that says so.
struct InputCodes {
  std::optional<double> scale;
  std::optional<std::int64_t> zero_point;
};

/// Reads a network: its network.yaml, or an ONNX file alone, whose input is then taken as images of
/// `like`'s size. Its codes are as `codes` says; what that leaves open is as the codes of a
/// quantised graph's input, or code / 255 for a float graph.
/// @throws base::UsageError also when `codes` is given beside a network file
compiler::NetworkFile load_network(const std::string& path, const DataSet& like,
                                   const InputCodes& codes);

/// @throws base::UsageError when the images of a data folder have another size than a network takes
void check_size(const DataSet& data, const std::string& folder, const std::string& network,
                const compiler::Shape& shape);

/// How the weights of a network are placed.
struct MappingRequest {
  std::string objective = "latency";  ///< latency, energy, or none: the first that fits
  std::string file;                   ///< mapping file, "": none
};

/// A network and the images it is calibrated with.
struct NetworkData {
  compiler::NetworkFile file;
  std::vector<compiler::Image> calibration;
};

/// Reads a network and the first training images of a data folder.
/// @param quantise key=value each: quantisation over that of the network file
/// @throws base::UsageError also when the images do not fit the network's input
NetworkData load_network_data(const std::string& path, const std::string& data_folder,
                              std::uint64_t images, const std::vector<std::string>& quantise,
                              const InputCodes& codes);

/// Compiles a network for a chip, calibrated with the first training images of a data folder.
/// @param quantise key=value each: quantisation over that of the network file
/// @throws base::UsageError also when the images do not fit the network's input
compiler::CompileResult compile_network(const std::string& path,
                                        const base::ParameterSet& parameters,
                                        const std::string& data_folder, std::uint64_t images,
                                        const std::vector<std::string>& quantise = {},
                                        const InputCodes& codes = {},
                                        const MappingRequest& mapping = {});

/// What the report tells of each layer; layer numbers are those firmware marks.
std::vector<report::LayerFacts> layer_facts(const compiler::Plan& plan);

}  // namespace leyden::run
