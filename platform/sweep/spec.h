#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "platform/chip/chip_file.h"
#include "platform/sweep/evaluator.h"
#include "platform/sweep/point.h"
#include "platform/sweep/variable.h"

namespace leyden::sweep {

enum class PlanKind { kGrid, kRandom, kSobol, kSensitivity, kOptimise };
std::string to_string(PlanKind kind);

enum class Algorithm { kNsga2, kMoead };
std::string to_string(Algorithm algorithm);

/// How the points of a sweep are chosen.
struct PlanSpec {
  PlanKind kind = PlanKind::kGrid;
  std::uint64_t points = 0;  ///< random, sobol: how many; optimise: the most, 0: by generations
  std::uint64_t seed = 1;    ///< sobol: points of the sequence that are skipped, default 0
  std::map<std::string, Value> around;  ///< sensitivity: by variable; others are the base's
  Algorithm algorithm = Algorithm::kNsga2;
  std::uint64_t population = 40;
  std::uint64_t generations = 0;
  std::string where;  ///< "sweep.yaml:20: plan", begins sentences about it
};

/// A comparison that points must satisfy, checked when the file was read.
struct ConstraintSpec {
  std::string text;
  std::string where;
};

/// A metric that a sweep is run for.
struct Objective {
  std::size_t metric = 0;  ///< index in metrics()
  int better = -1;         ///< -1: less is better, 1: more is
};

/// What a sweep file says (docs/sweep.md).
struct SweepSpec {
  std::string text;    ///< the file as it is
  std::string origin;  ///< its path
  std::string about;   ///< one line
  Base base;           ///< paths relative to the working folder or absolute
  Depth depth = Depth::kCost;
  std::vector<Variable> variables;
  std::vector<ConstraintSpec> constraints;
  PlanSpec plan;
  std::vector<Objective> objectives;
  std::uint64_t confirm_points = 0;  ///< of the front, run again in full; 0: none
};

/// Reads a sweep file. @param scopes the keys of chips: chip::chip_scopes()
/// @throws base::UsageError one sentence: file, line, key path, what would be right
SweepSpec load_sweep_file(const std::string& path, const std::vector<chip::Scope>& scopes);

/// The same from text; paths in it are relative to the folder of `origin`, which also stands for
/// the file in messages.
SweepSpec load_sweep_text(const std::string& text, const std::string& origin,
                          const std::vector<chip::Scope>& scopes);

}  // namespace leyden::sweep
