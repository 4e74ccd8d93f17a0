#include "platform/sweep/point_settings.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace leyden::sweep {
namespace {

constexpr std::string_view kQuantise = "quantise.";

[[noreturn]] void refuse(const Setting& setting, const std::string& right) {
  throw base::UsageError("The setting " + setting.key + " is '" + setting.value + "'; " + right +
                         " would be right.");
}

std::uint64_t whole(const Setting& setting, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const char* end = setting.value.data() + setting.value.size();
  const auto [stop, error] = std::from_chars(setting.value.data(), end, number);
  if (error != std::errc() || stop != end || number < least || number > most) {
    refuse(setting, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

std::string word(const Setting& setting, std::initializer_list<const char*> words) {
  std::string list;
  for (const char* one : words) {
    if (setting.value == one) return setting.value;
    list += (list.empty() ? "" : " or ") + std::string(one);
  }
  refuse(setting, list);
}

}  // namespace

PointSettings settle(const Base& base, const Point& point) {
  constexpr std::uint64_t kMostImages = 1'000'000'000;
  PointSettings made{base.chip, base.network,   base.objective, base.fidelity,
                     base.die,  base.calibrate, base.guarded,   base.images,
                     {},        base.quantise};
  for (const Setting& setting : point.settings) {
    const std::string& key = setting.key;
    if (key == "chip") {
      made.chip = setting.value;
    } else if (key == "network") {
      made.network = setting.value;
    } else if (key == "objective") {
      made.objective = word(setting, {"latency", "energy", "none"});
    } else if (key == "fidelity") {
      made.fidelity = word(setting, {"ideal", "quantised", "analog"});
    } else if (key == "die") {
      made.die =
          static_cast<std::uint32_t>(whole(setting, 0, std::numeric_limits<std::uint32_t>::max()));
    } else if (key == "calibrate") {
      made.calibrate = word(setting, {"on", "off"}) == "on";
    } else if (key == "guarded") {
      made.guarded = word(setting, {"on", "off"}) == "on";
    } else if (key == "images") {
      made.images = whole(setting, 1, kMostImages);
    } else if (key.compare(0, kQuantise.size(), kQuantise) == 0) {
      made.quantise.push_back(key.substr(kQuantise.size()) + "=" + setting.value);
    } else {
      made.chip_keys.push_back(setting);
    }
  }
  return made;
}

std::vector<std::string> assignments(const std::vector<Setting>& settings) {
  std::vector<std::string> made;
  for (const Setting& setting : settings) made.push_back(setting.key + "=" + setting.value);
  return made;
}

}  // namespace leyden::sweep
