#include <filesystem>

#include "platform/sweep/spec_parts.h"

namespace leyden::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostImages = 1000000;
constexpr double kMostSeconds = 1e9;

const std::vector<std::string> kKeys = {
    "chip",   "network",  "data", "set",       "quantise", "objective",   "calibration_images",
    "images", "fidelity", "die",  "calibrate", "guarded",  "max_seconds", "keep_layers"};

/// A map of settings as "key=value" each. @param prefix of the keys, in VariableKeys
std::vector<std::string> read_settings(const SpecNode& node, const std::string& prefix,
                                       VariableKeys& keys) {
  std::vector<std::string> settings;
  for (const auto& [key, place] : node.entries()) {
    const std::string value = place.word();
    const std::string full = prefix + key;
    const VariableKeys::Kind kind = keys.kind(full, place.where());
    if (prefix.empty() &&
        (kind.file || key.find('.') == std::string::npos || key.compare(0, 9, "quantise.") == 0)) {
      place.refuse("is no key of a chip; it is given in base itself");
    }
    keys.check(full, value, place.where());
    settings.push_back(std::string(key).append("=").append(value));
  }
  return settings;
}

std::string checked(const SpecNode& node, const std::string& key, VariableKeys& keys) {
  std::string value = node.at(key).word();
  keys.check(key, value, node.at(key).where());
  return value;
}

}  // namespace

std::string file_of(const std::string& name_or_path, const fs::path& folder) {
  const fs::path path(name_or_path);
  const bool is_path = name_or_path.find('/') != std::string::npos || path.has_extension();
  if (!is_path || path.is_absolute()) return name_or_path;
  // Never a word without a slash: that could be read as a preset's name again.
  const fs::path there = (folder / path).lexically_normal();
  return there.has_parent_path() ? there.string() : "./" + there.string();
}

Base read_base(const SpecNode& node, VariableKeys& keys, const fs::path& folder) {
  node.check_map(kKeys);
  Base base;
  base.chip = file_of(node.at("chip").word(), folder);
  base.network = file_of(node.at("network").word(), folder);
  if (node.has("data")) {
    const fs::path data = node.at("data").word();
    base.data = (data.is_absolute() ? data : folder / data).lexically_normal().string();
  }
  if (node.has("set")) base.set = read_settings(node.at("set"), "", keys);
  if (node.has("quantise")) base.quantise = read_settings(node.at("quantise"), "quantise.", keys);
  if (node.has("objective")) base.objective = checked(node, "objective", keys);
  if (node.has("fidelity")) base.fidelity = checked(node, "fidelity", keys);
  if (node.has("calibration_images")) {
    base.calibration_images = node.at("calibration_images").count(1, kMostImages);
  }
  if (node.has("images")) base.images = node.at("images").count(1, kMostImages);
  if (node.has("die")) {
    base.die = static_cast<std::uint32_t>(node.at("die").count(0, 0xffffffffu));
  }
  if (node.has("calibrate")) base.calibrate = node.at("calibrate").flag();
  if (node.has("guarded")) base.guarded = node.at("guarded").flag();
  if (node.has("max_seconds")) {
    const SpecNode place = node.at("max_seconds");
    base.max_seconds = place.number();
    if (base.max_seconds < 0 || base.max_seconds > kMostSeconds) {
      place.refuse("must be from 0, which is no limit, to 1e9 seconds");
    }
  }
  if (node.has("keep_layers")) base.keep_layers = node.at("keep_layers").flag();
  return base;
}

}  // namespace leyden::sweep
