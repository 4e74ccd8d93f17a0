#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/base/diagnostics.h"

namespace leyden::test {

/// Keeps what models report, for tests to look at.
class CollectingDiagnostics : public base::Diagnostics {
 public:
  struct Message {
    base::Severity severity;
    std::string origin;
    std::string text;
    std::optional<std::uint64_t> address;
  };

  void report(base::Severity severity, const std::string& origin, const std::string& text,
              std::optional<std::uint64_t> address = std::nullopt) override {
    messages.push_back({severity, origin, text, address});
  }
  /// Text of the last message, "" when there is none.
  std::string last() const { return messages.empty() ? "" : messages.back().text; }

  std::vector<Message> messages;
};

}  // namespace leyden::test
