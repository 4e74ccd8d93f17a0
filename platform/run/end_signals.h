#pragma once

#include <signal.h>

#include <stdexcept>

namespace leyden::run {

/// A person or the system asked this program to end. Not a base::Error: the program ends by the
/// same signal, after it has cleaned up.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal);
  int signal() const { return signal_; }

 private:
  int signal_;
};

/// In a scope, SIGINT, SIGTERM and SIGHUP do not end this program at once but wait, so that worker
/// processes and temporary files can be removed. What came and was not taken ends the program at
/// the end of the scope. Signals that are ignored (nohup) stay so. Scopes may be nested; for a
/// program of one thread.
class EndSignals {
 public:
  EndSignals();  ///< @throws base::ModelError
  ~EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  /// Readable when one has come; for poll().
  int descriptor() const { return descriptor_; }
  /// @throws Interrupted when one has come
  void check() const;

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

}  // namespace leyden::run
