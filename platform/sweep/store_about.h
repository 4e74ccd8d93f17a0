#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "platform/sweep/evaluator.h"
#include "platform/sweep/point.h"
#include "platform/sweep/schema.h"
#include "platform/sweep/store_database.h"

namespace leyden::sweep {

/// A metric that the sweep is about.
struct StoredObjective {
  std::string metric;
  int better = -1;  ///< -1: less, 1: more
};

/// What a results file tells of its sweep.
struct SweepAbout {
  std::string leyden_version;
  std::string sweep_yaml;  ///< the sweep file's text
  std::string origin;      ///< the sweep file's path
  std::string about;       ///< one line
  Depth depth = Depth::kCost;
  std::string plan;  ///< "grid", ...
  std::uint64_t seed = 0;
  std::vector<StoredObjective> objectives;
  std::vector<StoredVariable> variables;
  Base base;
};

/// Objectives and variables as the table `about` and sweep_json() tell them.
nlohmann::ordered_json objectives_json(const std::vector<StoredObjective>& objectives);
nlohmann::ordered_json variables_json(const std::vector<StoredVariable>& variables);

/// Fills the table `about` of a new results file.
void write_about(const Database& database, const SweepAbout& about);

/// @param path  of the file, for messages
/// @throws base::UsageError when it is not what write_about() writes
SweepAbout read_about(const Database& database, const std::string& path);

/// The first member in which two bases differ, with both values; "" when they are equal.
std::string difference(const Base& before, const Base& now);

}  // namespace leyden::sweep
