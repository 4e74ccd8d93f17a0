#pragma once

#include <string>

#include "platform/chip/chip_file.h"

namespace leyden::cli {

/// The memory map of a chip with the blocks of its user, as a table or JSON text.
std::string map_table(const chip::ChipDescription& chip, bool as_json, std::size_t width);

}  // namespace leyden::cli
