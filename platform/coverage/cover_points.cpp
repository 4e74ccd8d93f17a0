#include "platform/coverage/cover_points.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

#include "models/base/error.h"

namespace leyden::coverage {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "leyden functional coverage";

template <typename Element>
Element* named(std::vector<Element>& elements, const std::string& name) {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [&](const Element& e) { return e.name == name; });
  return found == elements.end() ? nullptr : &*found;
}

/// A member of an object. @throws UsageError when it is not there or of another kind
const Json& member(const Json& object, const char* key, Json::value_t kind,
                   const std::string& path) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  const bool count = kind == Json::value_t::number_unsigned;
  if (!object.is_object() || found == object.end() ||
      (count ? !found->is_number_unsigned() : found->type() != kind)) {
    throw base::UsageError(path + " is damaged: " + key +
                           " is missing or of the wrong kind; make it again with "
                           "--functional-coverage.");
  }
  return *found;
}

std::string name_of(const Json& object, const std::string& path) {
  return member(object, "name", Json::value_t::string, path).get<std::string>();
}

}  // namespace

std::size_t Point::hit() const {
  return static_cast<std::size_t>(
      std::count_if(bins.begin(), bins.end(), [](const Bin& bin) { return bin.hits > 0; }));
}

std::size_t Group::bins() const {
  return std::accumulate(points.begin(), points.end(), std::size_t{0},
                         [](std::size_t sum, const Point& p) { return sum + p.bins.size(); });
}

std::size_t Group::hit() const {
  return std::accumulate(points.begin(), points.end(), std::size_t{0},
                         [](std::size_t sum, const Point& p) { return sum + p.hit(); });
}

Group& Coverage::group(const std::string& name) {
  if (Group* found = named(groups_, name)) return *found;
  groups_.push_back({name, {}});
  return groups_.back();
}

PointId Coverage::declare(const std::string& group_name, const std::string& point,
                          std::vector<std::string> bins) {
  Group& in = group(group_name);
  if (named(in.points, point) != nullptr) {
    throw base::ModelError("The coverage group " + group_name + " has two points " + point);
  }
  Point made{point, {}};
  for (std::string& bin : bins) made.bins.push_back({std::move(bin), 0});
  in.points.push_back(std::move(made));
  return {static_cast<std::size_t>(&in - groups_.data()), in.points.size() - 1};
}

void Coverage::hit(const PointId& id, std::size_t bin, std::uint64_t times) {
  groups_[id.group].points[id.point].bins.at(bin).hits += times;
}

void Coverage::merge(const Coverage& other) {
  for (const Group& from : other.groups_) {
    Group& to = group(from.name);
    for (const Point& point : from.points) {
      Point* mine = named(to.points, point.name);
      if (mine == nullptr) {
        to.points.push_back(point);
        continue;
      }
      for (const Bin& bin : point.bins) {
        if (Bin* same = named(mine->bins, bin.name)) {
          same->hits += bin.hits;
        } else {
          mine->bins.push_back(bin);
        }
      }
    }
  }
  runs_.insert(runs_.end(), other.runs_.begin(), other.runs_.end());
}

std::size_t Coverage::bins() const {
  return std::accumulate(groups_.begin(), groups_.end(), std::size_t{0},
                         [](std::size_t sum, const Group& g) { return sum + g.bins(); });
}

std::size_t Coverage::hit_bins() const {
  return std::accumulate(groups_.begin(), groups_.end(), std::size_t{0},
                         [](std::size_t sum, const Group& g) { return sum + g.hit(); });
}

double Coverage::percent() const {
  const std::size_t all = bins();
  return all == 0 ? 100.0 : 100.0 * static_cast<double>(hit_bins()) / static_cast<double>(all);
}

std::string Coverage::json() const {
  Json file = {{"format", kFormat}, {"version", kSchemaVersion}};
  file["runs"] = runs_;
  file["groups"] = Json::array();
  for (const Group& group : groups_) {
    Json points = Json::array();
    for (const Point& point : group.points) {
      Json bins = Json::object();
      for (const Bin& bin : point.bins) bins[bin.name] = bin.hits;
      points.push_back({{"name", point.name}, {"hits_by_bin", std::move(bins)}});
    }
    file["groups"].push_back({{"name", group.name}, {"points", std::move(points)}});
  }
  return file.dump(1) + "\n";
}

Coverage Coverage::parse(const std::string& text, const std::string& path) {
  const Json file = Json::parse(text, nullptr, false);
  if (!file.is_object() || file.value("format", Json()) != kFormat) {
    throw base::UsageError(path +
                           " is no functional coverage; give a file that --functional-coverage or "
                           "leyden coverage wrote.");
  }
  if (file.value("version", Json()) != kSchemaVersion) {
    throw base::UsageError(path + " has another version than " + std::to_string(kSchemaVersion) +
                           ", which this program reads.");
  }
  Coverage coverage;
  for (const Json& run : member(file, "runs", Json::value_t::array, path)) {
    if (!run.is_string()) throw base::UsageError(path + " is damaged: a run is no text.");
    coverage.add_run(run.get<std::string>());
  }
  for (const Json& group : member(file, "groups", Json::value_t::array, path)) {
    const std::string name = name_of(group, path);
    coverage.group(name);
    for (const Json& point : member(group, "points", Json::value_t::array, path)) {
      const Json& bins = member(point, "hits_by_bin", Json::value_t::object, path);
      std::vector<std::string> names;
      for (const auto& [bin, hits] : bins.items()) names.push_back(bin);
      const std::string point_name = name_of(point, path);
      if (named(coverage.group(name).points, point_name) != nullptr) {
        throw base::UsageError(path + " is damaged: " + name + " has two points " + point_name +
                               ".");
      }
      const PointId id = coverage.declare(name, point_name, names);
      for (std::size_t n = 0; n < names.size(); ++n) {
        coverage.hit(id, n,
                     member(bins, names[n].c_str(), Json::value_t::number_unsigned, path)
                         .get<std::uint64_t>());
      }
    }
  }
  return coverage;
}

}  // namespace leyden::coverage
