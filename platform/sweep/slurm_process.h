#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "platform/run/end_signals.h"

namespace leyden::sweep {

/// What a command of the cluster said.
struct ProcessOutput {
  int status = 0;  ///< exit status; 128 + signal when a signal ended it
  std::string out;
  std::string err;

  bool good() const { return status == 0; }
  /// First line of standard error, without the command's own "name: error: ".
  std::string complaint() const;
};

/// Runs a program found in PATH with these words, never through a shell, in a process group of its
/// own (Ctrl-C at the terminal does not end it half way), standard input empty.
/// @throws base::UsageError when there is no such program, or it does not end in time
/// @throws run::Interrupted when a signal comes meanwhile; the program has then been ended
ProcessOutput run_process(const std::vector<std::string>& words, const run::EndSignals* signals,
                          std::chrono::seconds limit);

}  // namespace leyden::sweep
