#pragma once

#include <string>
#include <vector>

#include "platform/chip/faults/fault.h"

namespace leyden::chip {

/// Reads a list of faults (docs/faults.md): a map with the one key `faults`, a list of maps. What
/// depends on the chip (addresses, names) is checked when it is built.
/// @param origin  the file, for messages
/// @throws base::UsageError (file, line, what would be right)
std::vector<Fault> read_fault_list(const std::string& text, const std::string& origin);

/// Reads the file. @throws base::UsageError also when that cannot be
std::string read_fault_file(const std::string& path);

}  // namespace leyden::chip
