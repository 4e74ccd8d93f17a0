#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/compiler/error_report.h"

namespace leyden::cli {

/// A line a layer: SQNR up to it and its own, and what its converters do.
std::string error_table(const std::vector<compiler::LayerError>& errors, std::size_t width);

/// The same as JSON, with the histogram of converter codes. A ratio without error is null.
nlohmann::ordered_json error_json(const std::vector<compiler::LayerError>& errors);

}  // namespace leyden::cli
