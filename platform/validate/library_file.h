#pragma once

#include <string>

#include "platform/validate/figures.h"

namespace leyden::validate {

/// Reads a folder of calibration data: knobs.yaml (shared knobs, bounds of the groups) and one file
/// a chip. Chips come in the order of knobs.yaml's list.
/// @throws base::UsageError with file, line, key path and what would be right
Library load_library(const std::string& folder);

/// A macro that gives array, node, bits and supply, and what else it knows of itself; the format of
/// a calibration file without figures and knobs.
Chip load_new_chip(const std::string& path);

}  // namespace leyden::validate
