#pragma once

#include <string>

#include "models/cpu/observer.h"

namespace leyden::trace {

/// An observer of a whole run that has something to tell at its end.
class Tool : public cpu::Observer {
 public:
  /// Writes its file. @return text for the terminal, "" when there is none
  /// @throws base::UsageError when the file did not take all
  virtual std::string finish() = 0;
};

/// Writes a text file. @throws base::UsageError: "The <what> <path> cannot be written."
void write_text(const std::string& what, const std::string& path, const std::string& text);

}  // namespace leyden::trace
