#pragma once

#include <systemc>

#include "models/base/archive.h"

namespace leyden::base {

/// Simulated time, in units of the kernel's resolution.
inline void archive_value(Archive& a, sc_core::sc_time& time) {
  auto units = static_cast<std::uint64_t>(time.value());
  a(units);
  time = sc_core::sc_time::from_value(units);
}

}  // namespace leyden::base
