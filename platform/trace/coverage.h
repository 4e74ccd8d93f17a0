#pragma once

#include <cstdint>
#include <string>

#include "platform/trace/debug_info.h"
#include "platform/trace/pc_map.h"
#include "platform/trace/tool.h"

namespace leyden::trace {

/// Which source lines of a program ran, and how often, in the tracefile format of lcov
/// (geninfo(1)). A line's count is the largest of the statements that the compiler made of it, a
/// function's that of its first instruction. Lines the compiler or the linker removed are not in
/// it.
class Coverage : public Tool {
 public:
  /// @throws base::UsageError when the file cannot be written or the program has no line table
  Coverage(const std::string& path, const std::string& program, const DebugInfo& debug);

  void retired(const cpu::Retired& event) override { ++counts_.at(event.pc); }
  std::string finish() override;

 private:
  std::string path_;
  const DebugInfo& debug_;
  PcMap<std::uint64_t> counts_;
};

}  // namespace leyden::trace
