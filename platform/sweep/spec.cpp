#include "platform/sweep/spec.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/base/error.h"
#include "platform/chip/yaml_document.h"
#include "platform/sweep/plan_space.h"
#include "platform/sweep/spec_node.h"
#include "platform/sweep/spec_parts.h"
#include "platform/sweep/variable_keys.h"

namespace leyden::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::uint64_t kMostConfirmed = 10000;

const std::vector<std::string> kKeys = {"about",       "base", "depth",      "variables",
                                        "constraints", "plan", "objectives", "confirm"};

std::uint64_t read_confirm(const SpecNode& node, const SweepSpec& spec) {
  node.check_map({"points"});
  if (spec.depth != Depth::kCost) {
    node.refuse("is for depth cost; at depth full every point is run in full");
  }
  if (spec.objectives.empty()) node.refuse("needs objectives: points of their front are confirmed");
  return node.at("points").count(1, kMostConfirmed);
}

std::vector<ConstraintSpec> read_constraints(const SpecNode& node) {
  std::vector<ConstraintSpec> constraints;
  for (const SpecNode& item : node.items()) {
    const std::string text = item.word();
    constraints.push_back({text, item.where()});
  }
  return constraints;
}

SweepSpec read(const SpecNode& top, const fs::path& folder, VariableKeys& keys) {
  top.check_map(kKeys);
  SweepSpec spec;
  if (top.has("about")) spec.about = top.at("about").word();
  spec.base = read_base(top.at("base"), keys, folder);
  spec.depth = top.at("depth").choice({"cost", "full"}) == 0 ? Depth::kCost : Depth::kFull;
  spec.variables = read_variables(top.at("variables"), keys, spec.depth, folder);
  if (top.has("constraints")) spec.constraints = read_constraints(top.at("constraints"));
  const PlanSpace checked(spec);  // expressions and constraints can be parsed
  if (checked.dimensions().empty()) {
    top.at("variables")
        .refuse(
            "are all expressions; at least one must have a list, range, log_range or categories");
  }
  if (top.has("objectives")) spec.objectives = read_objectives(top.at("objectives"), spec.depth);
  spec.plan = read_plan(top.at("plan"), spec, keys);
  if (top.has("confirm")) spec.confirm_points = read_confirm(top.at("confirm"), spec);
  return spec;
}

}  // namespace

std::string to_string(PlanKind kind) {
  switch (kind) {
    case PlanKind::kGrid:
      return "grid";
    case PlanKind::kRandom:
      return "random";
    case PlanKind::kSobol:
      return "sobol";
    case PlanKind::kSensitivity:
      return "sensitivity";
    case PlanKind::kOptimise:
      return "optimise";
  }
  return "";
}

std::string to_string(Algorithm algorithm) {
  return algorithm == Algorithm::kNsga2 ? "nsga2" : "moead";
}

SweepSpec load_sweep_text(const std::string& text, const std::string& origin,
                          const std::vector<chip::Scope>& scopes) {
  if (text.size() > kMostBytes) {
    throw base::UsageError(origin + " has " + std::to_string(text.size()) +
                           " bytes, which is no sweep file: " + std::to_string(kMostBytes) +
                           " are the most.");
  }
  VariableKeys keys(scopes);
  try {
    const SpecNode top(chip::yaml_document(text, origin, "a sweep file"), origin);
    SweepSpec spec = read(top, fs::path(origin).parent_path(), keys);
    spec.text = text;
    spec.origin = origin;
    return spec;
  } catch (const YAML::Exception& error) {
    const int line = error.mark.line + 1;
    throw base::UsageError(origin + (line > 0 ? ":" + std::to_string(line) : "") +
                           ": this is not YAML: " + error.msg + ".");
  }
}

SweepSpec load_sweep_file(const std::string& path, const std::vector<chip::Scope>& scopes) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || fs::is_directory(path)) {
    throw base::UsageError("Sweep file " + path + " cannot be read, or is empty.");
  }
  return load_sweep_text(text.str(), path, scopes);
}

}  // namespace leyden::sweep
