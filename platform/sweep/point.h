#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "platform/sweep/metrics.h"

namespace leyden::sweep {

/// How much of a point is computed: time, energy and area without values, or a run of firmware
/// over images.
enum class Depth { kCost, kFull };
std::string to_string(Depth depth);

/// Points of the plan, or points of its front run again in full to confirm them.
enum class Stage { kPlan, kConfirm };
std::string to_string(Stage stage);

/// One key of a point and its value as text, as `leyden run --set` takes it. Keys: those of a chip
/// file ("cim.rows"), "quantise.KEY" of the network's quantisation, and what `leyden run` has
/// options for: "chip", "network", "objective", "fidelity", "die", "calibrate",
/// "guarded", "images".
struct Setting {
  std::string key;
  std::string value;

  bool operator==(const Setting& other) const { return key == other.key && value == other.value; }
};

/// A named variable of the sweep at a point; several keys may follow one variable.
struct VariableValue {
  std::string name;
  std::string value;
};

/// One point to be evaluated.
struct Point {
  Stage stage = Stage::kPlan;
  std::uint64_t number = 0;  ///< in the order of the plan, from 0
  Depth depth = Depth::kCost;
  std::vector<Setting> settings;         ///< all that differs from the base, in order of the file
  std::vector<VariableValue> variables;  ///< in order of the file
};

/// What a layer of a point cost, mean over its images (depth full; cost where it is asked for).
struct LayerResult {
  std::string name;
  std::string kind;
  double cycles = 0;
  double energy_nj = 0;
};

/// What became of a point. Equal points give equal results but for the host's part.
struct PointResult {
  Stage stage = Stage::kPlan;
  std::uint64_t number = 0;
  base::ExitStatus status = base::ExitStatus::kGood;
  std::string message;  ///< why it failed, one sentence; "" when it did not
  MetricValues metrics = no_metrics();
  std::vector<LayerResult> layers;
  double host_time_s = 0;  ///< of the machine that evaluated it, no part of the result
  std::string host;        ///< that machine's name

  bool good() const { return status == base::ExitStatus::kGood; }
};

}  // namespace leyden::sweep
