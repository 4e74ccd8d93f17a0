#pragma once

#include <stdexcept>
#include <string>

#include "platform/golden/include/leyden_golden.h"

namespace leyden::golden {

/// What a call comes to when it is not LEYDEN_OK: the status and one sentence.
class Failure : public std::runtime_error {
 public:
  Failure(leyden_status status, const std::string& sentence)
      : std::runtime_error(sentence), status_(status) {}

  leyden_status status() const { return status_; }

 private:
  leyden_status status_;
};

/// @throws Failure LEYDEN_BAD_VALUE: "bits is 9, but 1 to 8 would be right."
void check_range(const char* name, std::uint64_t value, std::uint64_t low, std::uint64_t high);
/// @throws Failure LEYDEN_BAD_VALUE for what is no finite number
void check_finite(const char* name, double value);
/// @throws Failure LEYDEN_NULL_POINTER
void check_pointer(const char* name, const void* pointer);
/// "0x20000010"
std::string hex(std::uint64_t value);

}  // namespace leyden::golden
