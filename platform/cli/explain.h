#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "platform/compiler/compile.h"

namespace leyden::cli {

/// What was done with every layer and why, what bounds it and what would next; then how full the
/// macros are. As JSON: docs/compiler-mapping.md has the keys.
nlohmann::ordered_json explanation(const compiler::CompileResult& compiled);

/// The same as tables for a terminal of `width` columns.
std::string explanation_text(const nlohmann::ordered_json& explained, std::size_t width);

}  // namespace leyden::cli
