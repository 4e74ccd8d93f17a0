#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace leyden::report {

/// One key of a configuration.
struct ConfigValue {
  std::string value;  ///< as the file writes it
  std::string unit;   ///< "" where the file tells none

  bool operator==(const ConfigValue& other) const {
    return value == other.value && unit == other.unit;
  }
};
using Config = std::map<std::string, ConfigValue>;  ///< by full dotted key

/// A report as it lies on disk.
struct ReportFile {  // NOLINT(bugprone-exception-escape): JSON's move checks what cannot fail
  std::string path;  ///< as it was given
  nlohmann::ordered_json json;   ///< report.json, checked as far as the comparison reads it
  std::optional<Config> config;  ///< config.yaml beside it; none where there is none
};

/// Reads a report.
/// @param path  a folder that `leyden run --report` wrote, or a report.json
/// @throws base::UsageError, one sentence with the file: it cannot be read, it is no JSON or no
///         report of `leyden run`, it has another schema version, config.yaml is no configuration
ReportFile read_report_file(const std::string& path);

}  // namespace leyden::report
