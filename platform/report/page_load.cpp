#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "models/base/error.h"
#include "platform/report/page.h"
#include "platform/report/page_check.h"

namespace leyden::report {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// @throws base::UsageError when it cannot be read
std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) throw base::UsageError("The file " + path + " cannot be read.");
  return text;
}

/// "" when there is no such file.
std::string read_if_there(const std::string& path) {
  return fs::is_regular_file(path) ? read_text(path) : "";
}

Json read_json(const std::string& path) {
  const std::string text = read_text(path);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::size_t at = std::min(error.byte == 0 ? 0 : error.byte - 1, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
    throw base::UsageError(
        "The file " + path + " is no JSON: line " + std::to_string(line) +
        (at >= text.size() ? " is its last, and it ends too early." : " cannot be understood."));
  }
}

}  // namespace

RunFolder load_run_folder(const std::string& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) {
    throw base::UsageError("There is no folder " + folder + "; leyden run --report writes one.");
  }
  if (!fs::is_directory(folder, error)) {
    throw base::UsageError(folder + " is no folder that leyden run --report wrote.");
  }
  const std::string report = folder + "/report.json";
  if (!fs::exists(report, error)) {
    throw base::UsageError("The folder " + folder +
                           " has no report.json; give one that leyden run --report wrote.");
  }
  RunFolder run;
  run.path = folder;
  run.report = read_json(report);
  check_report(run.report, "The report " + report);
  run.occupancy_svg = read_if_there(folder + "/occupancy.svg");
  run.config_yaml = read_if_there(folder + "/config.yaml");
  const std::string histograms = folder + "/histograms.json";
  if (fs::exists(histograms, error)) {
    run.code_histograms = read_json(histograms);
    check_code_histograms(run.code_histograms, "The file " + histograms);
  }
  return run;
}

Json load_sweep_file(const std::string& path) {
  Json sweep = read_json(path);
  check_sweep(sweep, "The file " + path);
  return sweep;
}

}  // namespace leyden::report
