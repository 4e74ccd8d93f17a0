#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "platform/sweep/executor.h"
#include "platform/sweep/plan.h"
#include "platform/sweep/store.h"

namespace leyden::sweep {

/// What a results file tells of a sweep.
SweepAbout about_of(const SweepSpec& spec, const std::string& leyden_version);

/// What became of the points of a sweep.
struct SweepCounts {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t known = 0;    ///< of both: answered from the store, without evaluation
  std::string first_failure;  ///< of the lowest number: "point 3 of the plan: ..."
};

/// Called with every point that has a result. @param all  as far as it is known, at most
using OnProgress = std::function<void(const SweepCounts& now, std::uint64_t all)>;

/// What is wanted of run_sweep().
struct SweepRun {
  Planner* planner = nullptr;
  Executor* executor = nullptr;
  Store* store = nullptr;
  std::uint64_t confirm_points = 0;  ///< of the front, run again in full; 0: none
  /// Called before points are evaluated that set a key "chip": what their base is.
  std::function<void(const std::string& chip)> on_chip;
  OnProgress on_progress;
};

/// Runs the plan of a sweep and confirms its front. A point that the store knows is answered from
/// it; every other is evaluated once and committed when it ends.
/// @throws run::Interrupted when a person ends the sweep; the store has all results until then
/// @throws base::Error when the plan, the executor or the store cannot go on
SweepCounts run_sweep(const SweepRun& run);

}  // namespace leyden::sweep
