#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "platform/compiler/compile.h"
#include "platform/report/report.h"
#include "platform/run/data_set.h"

namespace leyden::run {

/// What the compiler must know of a chip, from its parameters.
compiler::ChipGeometry geometry_of(const base::ParameterSet& parameters);

/// Reads a network: its network.yaml, or an ONNX file alone, whose input is then taken as images of
/// `like`'s size with real = code / 255.
compiler::NetworkFile load_network(const std::string& path, const DataSet& like);

/// @throws base::UsageError when the images of a data folder have another size than a network takes
void check_size(const DataSet& data, const std::string& folder, const std::string& network,
                const compiler::Shape& shape);

/// Compiles a network for a chip, calibrated with the first training images of a data folder.
/// @param quantise key=value each: quantisation over that of the network file
/// @throws base::UsageError also when the images do not fit the network's input
compiler::CompileResult compile_network(const std::string& path,
                                        const base::ParameterSet& parameters,
                                        const std::string& data_folder, std::uint64_t images,
                                        const std::vector<std::string>& quantise = {});

/// What the report tells of each layer; layer numbers are those firmware marks.
std::vector<report::LayerFacts> layer_facts(const compiler::Plan& plan);

}  // namespace leyden::run
