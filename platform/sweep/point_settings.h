#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/sweep/evaluator.h"

namespace leyden::sweep {

/// What a point comes to over its base, by who reads it.
struct PointSettings {
  std::string chip;
  std::string network;
  std::string objective;
  std::string fidelity;
  std::uint32_t die = 1;
  bool calibrate = false;
  bool guarded = false;
  std::uint64_t images = 0;
  std::vector<Setting> chip_keys;     ///< of the point alone, in order
  std::vector<std::string> quantise;  ///< key=value each: the base's, then the point's
};

/// Sorts the settings of a point. Keys of the chip are not looked at here.
/// @throws base::UsageError a value that an option does not take
PointSettings settle(const Base& base, const Point& point);

/// "key=value" of each.
std::vector<std::string> assignments(const std::vector<Setting>& settings);

}  // namespace leyden::sweep
