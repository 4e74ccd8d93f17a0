#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace leyden::base {

enum class Severity { kInfo, kWarning, kError };

/// Where models tell what they noticed (a write to a read-only register, a read of memory never
/// written). The platform supplies the implementation, adds program counter and symbol, and limits
/// repetition; tests supply one that collects.
class Diagnostics {
 public:
  virtual ~Diagnostics() = default;

  /// @param origin  the model's instance name
  /// @param text    one sentence
  /// @param address bus address the message is about, where there is one
  virtual void report(Severity severity, const std::string& origin, const std::string& text,
                      std::optional<std::uint64_t> address = std::nullopt) = 0;
};

}  // namespace leyden::base
