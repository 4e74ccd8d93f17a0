#pragma once

#include <string>
#include <vector>

#include "platform/chip/chip.h"
#include "platform/trace/debug_info.h"

namespace leyden::trace {

/// A function under way on a stopped chip.
struct StackEntry {
  std::uint32_t pc = 0;
  Frame frame;
};

/// The calls under way at given registers, innermost first, inlined functions included, from
/// the call frame information. Without it for the innermost function (assembly, or a jump to
/// nowhere) the return address register is believed; further out the list then ends.
/// @param most entries at most
std::vector<StackEntry> call_stack(chip::Chip& chip, const DebugInfo& debug, Registers registers,
                                   std::size_t most);

/// Where the core stopped with a trap nobody handles: one line a function, with source lines. Also
/// where the trap came that was being handled then. When firmware failed in a handler of its own,
/// where the exception came that it was handling. "" when there was neither.
/// @param program path of the ELF file the chip has loaded
/// @param failed  whether firmware told that it failed
std::string trap_report(chip::Chip& chip, const std::string& program, bool failed);

}  // namespace leyden::trace
