#pragma once

#include <string>
#include <vector>

#include "platform/debug/target.h"

namespace leyden::debug {

/// The registers as a target description (target.xml; GDB manual, "Target Descriptions").
std::string target_description(const std::vector<CsrName>& csrs);
/// The memory map (GDB manual, "Memory Map Format").
std::string memory_description(const std::vector<MemoryRange>& ranges);

}  // namespace leyden::debug
