#pragma once

#include <string>
#include <vector>

#include "platform/compiler/mapping.h"

namespace leyden::compiler {

/// Checks mappings that may come from anywhere: every weight of every copy in exactly one tile,
/// tiles inside arrays, pages and ABN tables, at whole bytes of the weight window; a resident tile
/// shares neither cells nor ABN entries with another one.
/// @param where begins the messages
/// @throws base::UsageError one sentence with layer and tile
void check_mapping(const std::vector<LayerMapping>& mappings, const QuantNetwork& network,
                   const ChipGeometry& geometry, const std::string& where);

}  // namespace leyden::compiler
