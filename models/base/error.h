#pragma once

#include <stdexcept>
#include <string>

namespace leyden::base {

/// Exit status of the command line; the one list (docs/cli.md is generated from the same names).
enum class ExitStatus : int {
  kGood = 0,      ///< the run ended as it should
  kFirmware = 1,  ///< the firmware failed; its code is told
  kUsage = 2,     ///< wrong usage, configuration or input file
  kLimit = 3,     ///< a limit (cycles, host time) was reached
  kModel = 4,     ///< a model found itself inconsistent
};

/// An error a person can act on: one sentence that tells what is wrong, where, and what would be
/// right. Thrown by loaders and models, caught once, in the command line.
class Error : public std::runtime_error {
 public:
  Error(ExitStatus status, const std::string& sentence)
      : std::runtime_error(sentence), status_(status) {}

  ExitStatus status() const { return status_; }

 private:
  ExitStatus status_;
};

/// Wrong usage, configuration or input file (exit status 2).
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& sentence) : Error(ExitStatus::kUsage, sentence) {}
};

/// A model found itself inconsistent (exit status 4).
class ModelError : public Error {
 public:
  explicit ModelError(const std::string& sentence) : Error(ExitStatus::kModel, sentence) {}
};

}  // namespace leyden::base
