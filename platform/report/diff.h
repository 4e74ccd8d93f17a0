#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

#include "platform/report/report_file.h"

namespace leyden::report {

inline constexpr int kDiffSchemaVersion = 1;  ///< of what compare() makes
/// A difference of a layer counts only above this share of the total, in percent: a
/// cycle more in a layer of ten is no finding.
inline constexpr double kLayerFloorPercent = 0.1;

struct DiffOptions {
  std::optional<double> bound_percent;  ///< of the judged costs (docs/diff.md); none: no judgement
  std::optional<double> accuracy_points;  ///< of the accuracy, percentage points
  bool all = false;                       ///< figures that are equal too
};

/// What changed from report A to report B, as `leyden diff --json` prints it (docs/diff.md): run,
/// configuration, and figures by layer, matched by name, with absolute and relative difference.
/// @throws base::UsageError when the reports share no layer of a network
nlohmann::ordered_json compare(const ReportFile& a, const ReportFile& b,
                               const DiffOptions& options);

/// The same as text, from the JSON alone; no line longer than `width` (at least 80), paths and
/// values of the configuration apart.
std::string diff_table(const nlohmann::ordered_json& diff, unsigned width);

}  // namespace leyden::report
