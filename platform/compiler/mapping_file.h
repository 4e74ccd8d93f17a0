#pragma once

#include <string>
#include <vector>

#include "platform/compiler/mapping.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// The mapping of a plan as a YAML text that a person can edit and read_mapping() takes:
/// docs/compiler-mapping.md has its keys.
std::string mapping_text(const Plan& plan);

/// Reads a mapping file and checks it against network and chip: every macro layer is there, every
/// weight of every copy lies in exactly one tile, tiles lie inside arrays and pages, resident tiles
/// share neither cells nor ABN entries with any other tile.
/// @return [layer]
/// @throws base::UsageError one sentence with file, layer and tile, and what would be right
std::vector<LayerMapping> read_mapping(const std::string& path, const QuantNetwork& network,
                                       const ChipGeometry& geometry);

}  // namespace leyden::compiler
