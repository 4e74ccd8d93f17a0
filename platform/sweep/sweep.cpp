#include "platform/sweep/sweep.h"

#include <set>
#include <unordered_map>

#include "platform/run/end_signals.h"
#include "platform/sweep/front.h"
#include "platform/sweep/sweep_json.h"

namespace leyden::sweep {
namespace {

/// Evaluates batches of points with a store before the executor.
class Evaluation {
 public:
  Evaluation(const SweepRun& run, std::uint64_t all) : run_(run), all_(all) {}

  std::vector<PointResult> evaluate(const std::vector<Point>& points) {
    signals_.check();
    std::vector<PointResult> results(points.size());
    std::vector<Point> unknown;
    std::unordered_map<std::uint64_t, std::size_t> index;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (const std::optional<PointResult> known = run_.store->find(points[i])) {
        results[i] = *known;
        ++counts_.known;
        count(*known);
        continue;
      }
      if (!index.emplace(points[i].number, i).second) {
        throw base::ModelError("The plan gives two points the number " +
                               std::to_string(points[i].number) + ".");
      }
      tell_chip(points[i]);
      unknown.push_back(points[i]);
    }
    if (unknown.empty()) return results;
    run_.executor->evaluate(unknown, [&](const PointResult& result) {
      const std::size_t i = index.at(result.number);
      run_.store->add(points[i], result);
      results[i] = result;
      count(result);
    });
    signals_.check();
    return results;
  }

  void add_planned(std::uint64_t points) { all_ += points; }
  const SweepCounts& counts() const { return counts_; }

 private:
  void count(const PointResult& result) {
    ++(result.good() ? counts_.done : counts_.failed);
    const auto place = std::make_pair(result.stage, result.number);
    if (!result.good() && (counts_.first_failure.empty() || place < first_failed_)) {
      first_failed_ = place;
      counts_.first_failure = "point " + std::to_string(result.number) + " of the " +
                              to_string(result.stage) + ": " + result.message;
    }
    if (run_.on_progress) run_.on_progress(counts_, all_);
  }

  void tell_chip(const Point& point) {
    for (const Setting& setting : point.settings) {
      if (setting.key == "chip" && chips_.insert(setting.value).second && run_.on_chip) {
        run_.on_chip(setting.value);
      }
    }
  }

  /// What comes between two batches (the plan thinks, the store writes) waits for the next.
  const run::EndSignals signals_;
  const SweepRun& run_;
  std::uint64_t all_;
  SweepCounts counts_;
  std::pair<Stage, std::uint64_t> first_failed_;
  std::set<std::string> chips_;
};

/// Points of a front, spread evenly along it, as points of depth full.
std::vector<Point> points_to_confirm(const Store& store, std::uint64_t wanted) {
  const Front front = front_of(store);
  std::vector<Point> points;
  for (const std::size_t i : even_selection(front.minimised, wanted)) {
    Point point = front.points[i].point;
    point.stage = Stage::kConfirm;
    point.depth = Depth::kFull;
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace

SweepAbout about_of(const SweepSpec& spec, const std::string& leyden_version) {
  SweepAbout about;
  about.leyden_version = leyden_version;
  about.sweep_yaml = spec.text;
  about.origin = spec.origin;
  about.about = spec.about;
  about.depth = spec.depth;
  about.plan = to_string(spec.plan.kind);
  about.seed = spec.plan.seed;
  for (const Objective& objective : spec.objectives) {
    about.objectives.push_back({metrics().at(objective.metric).name, objective.better});
  }
  for (const Variable& variable : spec.variables) {
    about.variables.push_back(
        {variable.name, variable.keys, variable.unit, variable.kind == VariableKind::kNumber});
  }
  about.base = spec.base;
  return about;
}

SweepCounts run_sweep(const SweepRun& run) {
  Evaluation evaluation(run, run.planner->planned());
  run.planner->run([&](const std::vector<Point>& points) { return evaluation.evaluate(points); });
  if (run.confirm_points != 0) {
    const std::vector<Point> points = points_to_confirm(*run.store, run.confirm_points);
    evaluation.add_planned(points.size());
    if (!points.empty()) evaluation.evaluate(points);
  }
  return evaluation.counts();
}

}  // namespace leyden::sweep
