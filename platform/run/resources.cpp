#include "platform/run/resources.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::run {
namespace {

namespace fs = std::filesystem;
using base::UsageError;

constexpr const char* kNetworkFile = "network.yaml";

std::string first_folder(const char* variable, const std::vector<fs::path>& places) {
  if (const char* set = std::getenv(variable); set != nullptr && *set != '\0') {
    if (!fs::is_directory(set)) {
      throw UsageError(std::string(variable) + " is set to " + set + ", which is no folder.");
    }
    return set;
  }
  for (const fs::path& place : places) {
    if (fs::is_directory(place)) return place.string();
  }
  return places.empty() ? "" : places.back().string();
}

/// Names of the presets in a folder: files `name.ending`, or folders that hold a `file`.
std::vector<std::string> presets(const fs::path& folder, const std::string& ending,
                                 const std::string& file = "") {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const fs::path& path = entry.path();
    const bool is_preset = file.empty() ? path.extension() == ending : fs::exists(path / file);
    if (is_preset) names.push_back(path.stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// A path as given when it looks like one, else the preset's file.
std::string resolve(const std::string& what, const std::string& folder, const std::string& ending,
                    const std::string& name, const std::string& file = "") {
  const bool is_path = name.find('/') != std::string::npos || fs::path(name).has_extension();
  if (is_path) {
    const fs::path path =
        !file.empty() && fs::is_directory(name) ? fs::path(name) / file : fs::path(name);
    if (!fs::is_regular_file(path)) {
      throw UsageError("The " + what + " file " + path.string() + " does not exist or is no file.");
    }
    return path.string();
  }
  const fs::path path =
      file.empty() ? fs::path(folder) / (name + ending) : fs::path(folder) / name / file;
  if (fs::is_regular_file(path)) return path.string();
  const std::vector<std::string> known = presets(folder, ending, file);
  const std::string nearest = base::nearest_word(name, known);
  throw UsageError("There is no " + what + " " + name + " in " + folder +
                   (nearest.empty() ? "." : "; did you mean '" + nearest + "'?"));
}

}  // namespace

Resources Resources::find(const std::string& executable) {
  const fs::path share = fs::path(executable).parent_path().parent_path() / "share" / "leyden";
  Resources resources;
  resources.configs_ =
      first_folder("LEYDEN_CONFIGS", {share / "configs", fs::path(LEYDEN_SOURCE_CONFIGS)});
  resources.firmware_ =
      first_folder("LEYDEN_FIRMWARE", {share / "firmware", fs::path(LEYDEN_BUILD_FIRMWARE)});
  return resources;
}

std::string Resources::chip(const std::string& name_or_path) const {
  return resolve("chip", configs_ + "/chips", ".yaml", name_or_path);
}

std::string Resources::network(const std::string& name_or_path) const {
  return resolve("network", configs_ + "/networks", "", name_or_path, kNetworkFile);
}

std::string Resources::sweep(const std::string& name_or_path) const {
  return resolve("sweep", configs_ + "/sweeps", ".yaml", name_or_path);
}

std::string Resources::firmware(const std::string& name_or_path) const {
  return resolve("firmware", firmware_, ".elf", name_or_path);
}

std::vector<std::string> Resources::chips() const { return presets(configs_ + "/chips", ".yaml"); }

std::vector<std::string> Resources::networks() const {
  return presets(configs_ + "/networks", "", kNetworkFile);
}

std::vector<std::string> Resources::sweeps() const {
  return presets(configs_ + "/sweeps", ".yaml");
}

std::string inference_firmware(bool calibrate, bool guarded) {
  return std::string(calibrate ? "calibrate" : "infer") + (guarded ? "_guarded" : "");
}

bool calibrates(const std::string& firmware) {
  return firmware == inference_firmware(true, false) || firmware == inference_firmware(true, true);
}

std::string executable_path() { return fs::read_symlink("/proc/self/exe").string(); }

}  // namespace leyden::run
