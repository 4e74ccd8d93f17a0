#include "platform/report/diff.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "models/base/error.h"

namespace leyden::report {
namespace {

using Json = nlohmann::ordered_json;

/// A row of a report: a layer by name, and which of that name it is.
using RowName = std::pair<std::string, int>;

std::vector<std::pair<RowName, const Json*>> rows_of(const Json& report) {
  std::vector<std::pair<RowName, const Json*>> rows;
  std::map<std::string, int> seen;
  for (const Json& layer : report["layers"]) {
    const std::string name = layer["name"];
    rows.emplace_back(RowName{name, seen[name]++}, &layer);
  }
  return rows;
}

std::string shown(const RowName& name) {
  return name.second == 0 ? name.first : name.first + " #" + std::to_string(name.second + 1);
}

bool is_service(const Json& row) { return row.value("kind", "") == "service"; }

double member(const Json& row, const std::string& group, const std::string& key) {
  const Json& members = row[group];
  const auto found = members.find(key);
  return found == members.end() ? 0 : found->get<double>();  // no such part: it costs nothing
}

/// Keys of an object in both rows, those of A first.
std::vector<std::string> keys_of(const Json& a, const Json& b) {
  std::vector<std::string> keys;
  for (const Json* object : {&a, &b}) {
    for (const auto& entry : object->items()) {
      if (std::find(keys.begin(), keys.end(), entry.key()) == keys.end()) {
        keys.push_back(entry.key());
      }
    }
  }
  return keys;
}

class Comparison {
 public:
  Comparison(const ReportFile& a, const ReportFile& b, const DiffOptions& options)
      : a_(a), b_(b), options_(options) {}

  Json result();

 private:
  /// What a figure belongs to.
  struct Place {
    std::string scope;       ///< "layer", "total", "boot", "chip" or "network"
    std::string layer = {};  ///< its name, scope "layer" only
  };

  /// Tells a figure. @param judged, above  as the JSON tells them
  void tell(const Place& place, const std::string& figure, const std::string& unit, double a,
            double b, bool judged, bool above);
  /// A cost. @param floor  absolute difference that does not count; < 0: not judged
  void add(const Place& place, const std::string& figure, const std::string& unit, double a,
           double b, double floor);
  void add_row(const Place& place, const Json& a, const Json& b);
  void add_accuracy();
  void add_chip();
  void add_layers();
  Json run() const;
  Json config() const;
  static Json side(const ReportFile& file);

  const ReportFile& a_;
  const ReportFile& b_;
  const DiffOptions& options_;
  Json figures_ = Json::array();
  Json only_a_ = Json::array();
  Json only_b_ = Json::array();
  int above_ = 0;
};

void Comparison::tell(const Place& place, const std::string& figure, const std::string& unit,
                      double a, double b, bool judged, bool above) {
  above_ += above ? 1 : 0;
  if (a == b && !options_.all) return;
  Json entry = {{"scope", place.scope}};
  if (place.scope == "layer") entry["layer"] = place.layer;
  entry["figure"] = figure;
  entry["unit"] = unit;
  entry["a"] = a;
  entry["b"] = b;
  entry["difference"] = b - a;
  entry["difference_percent"] = a == 0 ? Json() : Json((b - a) / std::fabs(a) * 100);
  entry["judged"] = judged;
  entry["above"] = above;
  figures_.push_back(std::move(entry));
}

void Comparison::add(const Place& place, const std::string& figure, const std::string& unit,
                     double a, double b, double floor) {
  const double size = std::fabs(b - a);
  const bool judged = floor >= 0 && options_.bound_percent.has_value();
  const bool above = judged && size > floor && size * 100 > *options_.bound_percent * std::fabs(a);
  tell(place, figure, unit, a, b, judged, above);
}

void Comparison::add_row(const Place& place, const Json& a, const Json& b) {
  constexpr std::pair<const char*, const char*> kGroups[] = {{"cycles", "cycles"},
                                                             {"energy_pj", "pJ"}};
  for (const auto& [group, unit] : kGroups) {
    const double most = std::max(member(a_.json["total"], group, "total"),
                                 member(b_.json["total"], group, "total"));
    const double floor = place.scope == "layer" ? most * kLayerFloorPercent / 100 : 0;
    for (const std::string& key : keys_of(a[group], b[group])) {
      add(place, std::string(group) + "." + key, unit, member(a, group, key), member(b, group, key),
          key == "total" ? floor : -1);
    }
  }
  constexpr std::pair<const char*, const char*> kOthers[] = {
      {"latency_ns", "ns"}, {"macs", "1"}, {"mvms", "1"}, {"tiles", "1"}};
  for (const auto& [key, unit] : kOthers) {
    if (a.contains(key) && b.contains(key)) add(place, key, unit, a[key], b[key], -1);
  }
}

void Comparison::add_accuracy() {
  if (!a_.json.contains("accuracy") || !b_.json.contains("accuracy")) return;
  const double a = member(a_.json, "accuracy", "accuracy_percent");
  const double b = member(b_.json, "accuracy", "accuracy_percent");
  const bool judged = options_.accuracy_points.has_value();
  tell({"network"}, "accuracy_percent", "percent", a, b, judged,
       judged && std::fabs(b - a) > *options_.accuracy_points);
}

/// Figures of the chip: those that are costs of their own are judged.
void Comparison::add_chip() {
  static const std::map<std::string, std::string> kUnits = {{"clock_mhz", "MHz"},
                                                            {"supply_v", "V"},
                                                            {"image_latency_ns", "ns"},
                                                            {"image_period_ns", "ns"},
                                                            {"throughput_images_per_s", "1/s"},
                                                            {"energy_per_image_uj", "uJ"},
                                                            {"power_mw", "mW"},
                                                            {"area_mm2", "mm2"}};
  const Json& a = a_.json["chip"];
  const Json& b = b_.json["chip"];
  for (const std::string& key : keys_of(a, b)) {
    if (!a.contains(key) || !b.contains(key)) continue;
    const auto unit = kUnits.find(key);
    const bool judged = key == "image_latency_ns" || key == "area_mm2";
    add({"chip"}, key, unit == kUnits.end() ? "1" : unit->second, a[key], b[key], judged ? 0 : -1);
  }
}

void Comparison::add_layers() {
  const auto of_a = rows_of(a_.json);
  const auto of_b = rows_of(b_.json);
  const std::map<RowName, const Json*> in_b(of_b.begin(), of_b.end());
  std::set<RowName> matched;
  bool any = false;
  for (const auto& [name, row] : of_a) {
    const auto other = in_b.find(name);
    if (other == in_b.end()) {
      only_a_.push_back(shown(name));
      continue;
    }
    matched.insert(name);
    any = any || !is_service(*row);
    add_row({"layer", shown(name)}, *row, *other->second);
  }
  for (const auto& [name, row] : of_b) {
    if (matched.count(name) == 0) only_b_.push_back(shown(name));
  }
  if (!any) {
    throw base::UsageError("The reports " + a_.path + ", of the network " +
                           a_.json["run"]["network"].get<std::string>() + ", and " + b_.path +
                           ", of " + b_.json["run"]["network"].get<std::string>() +
                           ", share no layer; two runs of one network would be right.");
  }
  // A layer that came or went cannot be within a bound.
  if (options_.bound_percent) above_ += static_cast<int>(only_a_.size() + only_b_.size());
}

Json Comparison::run() const {
  Json list = Json::array();
  for (const std::string& key : keys_of(a_.json["run"], b_.json["run"])) {
    const Json a = a_.json["run"].value(key, Json());
    const Json b = b_.json["run"].value(key, Json());
    if (a != b) list.push_back({{"key", key}, {"a", a}, {"b", b}});
  }
  if (a_.json.contains("accuracy") != b_.json.contains("accuracy")) {
    list.push_back({{"key", "accuracy"},
                    {"a", a_.json.contains("accuracy") ? "told" : "none"},
                    {"b", b_.json.contains("accuracy") ? "told" : "none"}});
  }
  const Json a = a_.json.value("leyden_version", Json());
  const Json b = b_.json.value("leyden_version", Json());
  if (a != b) list.push_back({{"key", "leyden_version"}, {"a", a}, {"b", b}});
  return list;
}

Json Comparison::config() const {
  Json list = Json::array();
  std::set<std::string> keys;
  for (const ReportFile* file : {&a_, &b_}) {
    for (const auto& entry : *file->config) keys.insert(entry.first);
  }
  for (const std::string& key : keys) {
    const auto a = a_.config->find(key);
    const auto b = b_.config->find(key);
    const bool in_a = a != a_.config->end();
    const bool in_b = b != b_.config->end();
    if (in_a && in_b && a->second == b->second) continue;
    list.push_back({{"key", key},
                    {"unit", in_a ? a->second.unit : b->second.unit},
                    {"a", in_a ? Json(a->second.value) : Json()},
                    {"b", in_b ? Json(b->second.value) : Json()}});
  }
  return list;
}

Json Comparison::side(const ReportFile& file) {
  return {{"report", file.path},
          {"network", file.json["run"]["network"]},
          {"chip", file.json["run"]["chip"]}};
}

Json Comparison::result() {
  add_layers();
  add_row({"total"}, a_.json["total"], b_.json["total"]);
  add_row({"boot"}, a_.json["boot"], b_.json["boot"]);
  add_chip();
  add_accuracy();
  Json diff = {{"schema_version", kDiffSchemaVersion}, {"a", side(a_)}, {"b", side(b_)}};
  diff["run"] = run();
  const bool compared = a_.config && b_.config;
  diff["config_compared"] = compared;
  diff["config"] = compared ? config() : Json::array();
  diff["layers_only_in_a"] = only_a_;
  diff["layers_only_in_b"] = only_b_;
  diff["figures"] = figures_;
  diff["bound"] = {
      {"costs_percent", options_.bound_percent ? Json(*options_.bound_percent) : Json()},
      {"accuracy_points", options_.accuracy_points ? Json(*options_.accuracy_points) : Json()},
      {"layer_floor_percent_of_total", kLayerFloorPercent}};
  diff["above"] = above_;
  return diff;
}

}  // namespace

Json compare(const ReportFile& a, const ReportFile& b, const DiffOptions& options) {
  return Comparison(a, b, options).result();
}

}  // namespace leyden::report
