#pragma once

#include <string>
#include <vector>

#include "platform/compiler/compile.h"
#include "platform/compiler/error_report.h"

namespace leyden::run {

/// What each layer adds to the error of a compiled network, on the first training images of a data
/// folder (at most `images`).
std::vector<compiler::LayerError> network_errors(const compiler::CompileResult& compiled,
                                                 const std::string& data_folder,
                                                 std::uint64_t images);

}  // namespace leyden::run
