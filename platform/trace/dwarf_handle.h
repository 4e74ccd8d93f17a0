#pragma once

#include <elfutils/libdw.h>

#include <string>

#include "platform/trace/debug_info.h"

namespace leyden::trace {

/// The library's handles. Null when the file has no such information.
struct DebugInfo::Dwarf {
  explicit Dwarf(const std::string& path);
  ~Dwarf();
  Dwarf(const Dwarf&) = delete;
  Dwarf& operator=(const Dwarf&) = delete;

  int file = -1;
  ::Dwarf* all = nullptr;
  Dwarf_CFI* frames = nullptr;  ///< .debug_frame; owned by `all`
};

}  // namespace leyden::trace
