#include "platform/cosim/difference.h"

#include <cinttypes>
#include <cstdio>
#include <utility>

namespace leyden::cosim {
namespace {

struct TimeUnit {
  std::uint64_t picoseconds;
  const char* name;
};
constexpr TimeUnit kTimeUnits[] = {
    {1'000'000'000'000, "s"}, {1'000'000'000, "ms"}, {1'000'000, "us"}, {1'000, "ns"}};

/// "12.34" with the digits that are there, three at least.
std::string decimal(std::uint64_t value, std::uint64_t unit) {
  std::string fraction = std::to_string(unit + value % unit).substr(1);
  while (fraction.size() > 3 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(value / unit) + "." + fraction;
}

}  // namespace

std::string time_text(std::uint64_t time_ps) {
  for (const TimeUnit& unit : kTimeUnits) {
    if (time_ps >= unit.picoseconds) return decimal(time_ps, unit.picoseconds) + " " + unit.name;
  }
  return std::to_string(time_ps) + " ps";
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%" PRIx64, value);
  return text;
}

std::string Difference::sentence() const {
  std::string text = "At " + time_text(time_ps) + " (cycle " + std::to_string(cycle) + ")";
  if (layer) {
    text += ", layer " + std::to_string(*layer);
    if (!layer_name.empty()) text += " (" + layer_name + ")";
  } else if (!layer_name.empty()) {
    text += ", " + layer_name;
  }
  if (job) {
    text += ", job " + std::to_string(*job) + (unit.empty() ? "" : " of " + unit);
  } else if (!unit.empty()) {
    text += ", " + unit;
  }
  return text + ": " + where + ": expected " + expected + ", found " + found;
}

DifferenceFound::DifferenceFound(Difference difference)
    : difference_(std::move(difference)), sentence_(difference_.sentence()) {}

}  // namespace leyden::cosim
