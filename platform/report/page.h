#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace leyden::report {

/// What a page tells of one run: the files of a report folder.
struct RunFolder {   // NOLINT(bugprone-exception-escape): JSON's move checks what cannot fail
  std::string path;  ///< as the user gave it
  nlohmann::ordered_json report;           ///< report.json, checked
  std::string occupancy_svg;               ///< "": the folder has none
  std::string config_yaml;                 ///< "": the folder has none
  nlohmann::ordered_json code_histograms;  ///< histograms.json; null: the folder has none
};

/// Reads the folder that `leyden run --report` wrote.
/// @throws base::UsageError when it has no report.json, or one that this version cannot show
RunFolder load_run_folder(const std::string& folder);

/// Reads a result of `leyden sweep --json`. @throws base::UsageError as above
nlohmann::ordered_json load_sweep_file(const std::string& path);

/// One HTML file with everything in it: styles, scripts, Chart.js, data. It loads nothing, from
/// nowhere; the same data, the same bytes. One run has a page of its own; of several the first is
/// what the others are compared with.
std::string run_page(const std::vector<RunFolder>& runs);

/// The page of a sweep. @param sweep as docs/report-pages.md tells; checked
/// @throws base::UsageError when it is not
std::string sweep_page(const nlohmann::ordered_json& sweep);

}  // namespace leyden::report
