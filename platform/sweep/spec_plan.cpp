#include <algorithm>

#include "platform/sweep/metrics.h"
#include "platform/sweep/spec_parts.h"

namespace leyden::sweep {
namespace {

constexpr std::uint64_t kMostPoints = 1000000;
constexpr std::uint64_t kMostSeed = 0xffffffffu;
constexpr std::uint64_t kLeastPopulation = 8;
constexpr std::uint64_t kMostPopulation = 10000;
constexpr std::uint64_t kMostGenerations = 100000;

/// Reads the plan of a spec whose variables and objectives are known.
class PlanReader {
 public:
  PlanReader(const SpecNode& node, const SweepSpec& spec, VariableKeys& keys)
      : node_(node), spec_(spec), keys_(keys) {}

  PlanSpec read() {
    if (!node_.is_map()) node_.refuse("must be a map, such as {kind: grid}");
    plan_.where = node_.where();
    plan_.kind = static_cast<PlanKind>(
        node_.at("kind").choice({"grid", "random", "sobol", "sensitivity", "optimise"}));
    if (plan_.kind == PlanKind::kGrid) check_keys({});
    if (plan_.kind == PlanKind::kRandom || plan_.kind == PlanKind::kSobol) read_sampled();
    if (plan_.kind == PlanKind::kSensitivity) read_sensitivity();
    if (plan_.kind == PlanKind::kOptimise) read_optimise();
    if (plan_.kind == PlanKind::kGrid || plan_.kind == PlanKind::kSensitivity) refuse_continuous();
    return plan_;
  }

 private:
  void check_keys(std::vector<std::string> known) const {
    known.insert(known.begin(), "kind");
    node_.check_map(known);
  }

  void refuse_continuous() const {
    for (const Variable& variable : spec_.variables) {
      if (!variable.continuous()) continue;
      node_.refuse("is a " + to_string(plan_.kind) + ", but the variable " + variable.name +
                   " is continuous; give its range a step or points");
    }
  }

  void read_seed() {
    if (plan_.kind == PlanKind::kSobol) plan_.seed = 0;
    if (node_.has("seed")) plan_.seed = node_.at("seed").count(0, kMostSeed);
  }

  void read_sampled() {
    check_keys({"points", "seed"});
    plan_.points = node_.at("points").count(1, kMostPoints);
    read_seed();
  }

  void read_sensitivity() {
    check_keys({"around"});
    if (!node_.has("around")) return;
    std::vector<std::string> names;
    for (const Variable& variable : spec_.variables) {
      if (!variable.dependent()) names.push_back(variable.name);
    }
    const SpecNode around = node_.at("around");
    around.check_map(names);
    for (const auto& entry : around.entries()) {
      const std::string& name = entry.first;
      const SpecNode& place = entry.second;
      const auto& variable = *std::find_if(spec_.variables.begin(), spec_.variables.end(),
                                           [&](const Variable& one) { return one.name == name; });
      Value value;
      if (variable.kind == VariableKind::kNumber) {
        value = number_value(place.number());
      } else {
        value.text = place.word();
        const auto same = std::find_if(variable.values.begin(), variable.values.end(),
                                       [&](const Value& one) { return one.text == value.text; });
        const bool listed = same != variable.values.end();
        if (!listed && keys_.kind(variable.keys.front(), place.where()).file) {
          place.refuse("is '" + value.text + "', but must be one of the categories of " + name);
        }
        value.setting = listed ? same->setting : value.text;
      }
      for (const std::string& key : variable.keys) {
        keys_.check(key, value.setting, place.where());
      }
      plan_.around[name] = value;
    }
  }

  void read_optimise() {
    check_keys({"algorithm", "population", "generations", "points", "seed"});
    if (node_.has("algorithm")) {
      plan_.algorithm = static_cast<Algorithm>(node_.at("algorithm").choice({"nsga2", "moead"}));
    }
    read_seed();
    if (node_.has("population")) {
      const SpecNode place = node_.at("population");
      plan_.population = place.count(kLeastPopulation, kMostPopulation);
      if (plan_.algorithm == Algorithm::kNsga2 && plan_.population % 4 != 0) {
        place.refuse("is " + std::to_string(plan_.population) +
                     ", but must be a multiple of 4 for nsga2");
      }
    }
    if (node_.has("generations") == node_.has("points")) {
      node_.refuse("must have either generations or points, which end the search");
    }
    if (node_.has("generations")) {
      plan_.generations = node_.at("generations").count(1, kMostGenerations);
    } else {
      plan_.points = node_.at("points").count(plan_.population, kMostPoints);
    }
    constexpr std::size_t kLeastObjectives = 2;
    if (spec_.objectives.size() < kLeastObjectives) {
      node_.refuse(
          "optimises, which needs at least two objectives; for one a grid, random or "
          "sobol plan tells the best point");
    }
    if (plan_.algorithm != Algorithm::kMoead) return;
    for (const Variable& variable : spec_.variables) {
      if (variable.continuous() || variable.dependent()) continue;
      node_.refuse("is moead, which is for continuous variables, but " + variable.name +
                   " has a list of values; use nsga2");
    }
  }

  const SpecNode& node_;
  const SweepSpec& spec_;
  VariableKeys& keys_;
  PlanSpec plan_;
};

}  // namespace

PlanSpec read_plan(const SpecNode& node, const SweepSpec& spec, VariableKeys& keys) {
  return PlanReader(node, spec, keys).read();
}

std::vector<Objective> read_objectives(const SpecNode& node, Depth depth) {
  constexpr std::size_t kMostObjectives = 10;
  std::vector<Objective> objectives;
  const std::vector<SpecNode> places = node.items();
  if (places.size() > kMostObjectives) node.refuse("are more than 10");
  for (const SpecNode& place : places) {
    if (place.is_map()) place.check_map({"metric", "better"});
    const std::string name = place.is_map() ? place.at("metric").word() : place.word();
    Objective objective;
    objective.metric = metric_index(name, place.where());
    const Metric& metric = metrics()[objective.metric];
    objective.better = metric.better;
    if (place.is_map() && place.has("better")) {
      objective.better = place.at("better").choice({"less", "more"}) == 0 ? -1 : 1;
    }
    if (objective.better == 0) {
      std::string what = "is " + name;
      what.append(", of which neither less nor more is better as such; write {metric: ");
      what.append(name).append(", better: less} or more");
      place.refuse(what);
    }
    if (metric.values && depth == Depth::kCost) {
      place.refuse("is " + name + ", which is known at depth full only");
    }
    for (const Objective& other : objectives) {
      if (other.metric == objective.metric) place.refuse("is " + name + ", which is there already");
    }
    objectives.push_back(objective);
  }
  return objectives;
}

}  // namespace leyden::sweep
