#include "platform/sweep/sweep_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "platform/sweep/front.h"
#include "platform/sweep/store_about.h"
#include "platform/sweep/wire.h"

namespace leyden::sweep {
namespace {

using Json = nlohmann::ordered_json;

Json value_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json metrics_json() {
  Json list = Json::array();
  for (const Metric& metric : metrics()) {
    list.push_back({{"name", metric.name}, {"text", metric.text}, {"better", metric.better}});
  }
  return list;
}

Json point_json(const StoredPoint& stored, bool on_front) {
  Json variables = Json::object();
  for (const VariableValue& value : stored.point.variables) variables[value.name] = value.value;
  Json settings = Json::object();
  for (const Setting& setting : stored.point.settings) settings[setting.key] = setting.value;
  Json values = Json::object();
  for (std::size_t i = 0; i < metrics().size(); ++i) {
    values[metrics()[i].name] = value_or_null(stored.result.metrics[i]);
  }
  return {{"stage", to_string(stored.point.stage)},
          {"number", stored.point.number},
          {"status", stored.result.good() ? "done" : "failed"},
          {"message", stored.result.message},
          {"depth", to_string(stored.point.depth)},
          {"on_front", on_front},
          {"variables", variables},
          {"settings", settings},
          {"metrics", values}};
}

}  // namespace

Front front_of(const Store& store) {
  std::vector<Objective> objectives;
  for (const StoredObjective& stored : store.about().objectives) {
    const std::string where = "An objective in the results file " + store.path();
    objectives.push_back({metric_index(stored.metric, where), stored.better});
  }
  if (objectives.empty()) return {};
  std::vector<StoredPoint> points;
  std::vector<std::vector<double>> values;
  store.each([&](const StoredPoint& stored) {
    if (!stored.result.good() || stored.point.stage != Stage::kPlan) return;
    std::optional<std::vector<double>> value = minimised(stored.result.metrics, objectives);
    if (!value) return;
    points.push_back(stored);
    values.push_back(std::move(*value));
  });
  std::vector<std::size_t> order = pareto_front(values);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return values[a] != values[b] ? values[a] < values[b]
                                  : points[a].point.number < points[b].point.number;
  });
  Front front;
  for (const std::size_t i : order) {
    front.points.push_back(points[i]);
    front.minimised.push_back(values[i]);
  }
  return front;
}

nlohmann::ordered_json sweep_json(const Store& store) {
  const SweepAbout& about = store.about();
  std::set<std::uint64_t> on_front;
  for (const StoredPoint& stored : front_of(store).points) on_front.insert(stored.point.number);
  Json points = Json::array();
  store.each([&](const StoredPoint& stored) {
    points.push_back(point_json(
        stored, stored.point.stage == Stage::kPlan && on_front.count(stored.point.number) != 0));
  });
  Json confirm = Json::array();
  for (const Confirmed& confirmed : store.confirmed()) {
    confirm.push_back({{"number", confirmed.number},
                       {"cycles_error_percent", confirmed.cycles_error_percent},
                       {"energy_error_percent", confirmed.energy_error_percent}});
  }
  return {{"schema_version", kSchemaVersion},
          {"about", about.about},
          {"leyden_version", about.leyden_version},
          {"origin", about.origin},
          {"depth", to_string(about.depth)},
          {"plan", about.plan},
          {"seed", about.seed},
          // What runs a point again with `leyden run`, its settings aside.
          {"base", Json::parse(encode(about.base))},
          {"variables", variables_json(about.variables)},
          {"metrics", metrics_json()},
          {"objectives", objectives_json(about.objectives)},
          {"points", points},
          {"confirm", confirm}};
}

}  // namespace leyden::sweep
