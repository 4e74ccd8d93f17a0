#include "platform/golden/failure.h"

#include <cmath>
#include <cstdio>

namespace leyden::golden {

void check_range(const char* name, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
  if (value >= low && value <= high) return;
  throw Failure(LEYDEN_BAD_VALUE, std::string(name) + " is " + std::to_string(value) + ", but " +
                                      std::to_string(low) + " to " + std::to_string(high) +
                                      " would be right.");
}

void check_finite(const char* name, double value) {
  if (std::isfinite(value)) return;
  throw Failure(LEYDEN_BAD_VALUE, std::string(name) + " is " +
                                      (std::isnan(value) ? "not a number" : "infinite") +
                                      ", but a finite number would be right.");
}

void check_pointer(const char* name, const void* pointer) {
  if (pointer != nullptr) return;
  throw Failure(LEYDEN_NULL_POINTER, std::string(name) + " is a null pointer.");
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%08llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace leyden::golden
