#include "platform/sweep/store_about.h"

#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "platform/sweep/wire.h"

namespace leyden::sweep {
namespace {

using base::ModelError;
using base::UsageError;
using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

nlohmann::ordered_json objectives_json(const std::vector<StoredObjective>& objectives) {
  Json list = Json::array();
  for (const StoredObjective& objective : objectives) {
    list.push_back({{"metric", objective.metric}, {"better", objective.better}});
  }
  return list;
}

nlohmann::ordered_json variables_json(const std::vector<StoredVariable>& variables) {
  Json list = Json::array();
  for (const StoredVariable& variable : variables) {
    list.push_back({{"name", variable.name},
                    {"keys", variable.keys},
                    {"unit", variable.unit},
                    {"kind", variable.number ? "number" : "category"}});
  }
  return list;
}

std::string difference(const Base& before, const Base& now) {
  const Json a = Json::parse(encode(before));
  const Json b = Json::parse(encode(now));
  for (const auto& [key, value] : a.items()) {
    if (b.at(key) != value) return key + " was " + value.dump() + ", is " + b.at(key).dump();
  }
  return "";
}

void write_about(const Database& database, const SweepAbout& about) {
  Statement insert = database.prepare("INSERT INTO about VALUES(?, ?)");
  const std::pair<const char*, std::string> entries[] = {
      {"leyden_version", about.leyden_version},
      {"sweep_yaml", about.sweep_yaml},
      {"origin", about.origin},
      {"about", about.about},
      {"depth", to_string(about.depth)},
      {"plan", about.plan},
      {"seed", std::to_string(about.seed)},
      {"objectives", dump(objectives_json(about.objectives))},
      {"variables", dump(variables_json(about.variables))},
      {"base", encode(about.base)},
      {"chip", about.base.chip},
      {"network", about.base.network},
  };
  for (const auto& [key, value] : entries) {
    insert.bind(1, std::string(key));
    insert.bind(2, value);
    insert.run();
  }
}

SweepAbout read_about(const Database& database, const std::string& path) {
  Statement get = database.prepare("SELECT value FROM about WHERE key = ?");
  const auto entry = [&](const char* key) {
    get.bind(1, std::string(key));
    if (!get.step())
      throw UsageError("The results file " + path + " does not tell its " + key + ".");
    std::string value = get.text(0);
    get.step();
    return value;
  };
  SweepAbout about;
  try {
    about.leyden_version = entry("leyden_version");
    about.sweep_yaml = entry("sweep_yaml");
    about.origin = entry("origin");
    about.about = entry("about");
    about.depth = entry("depth") == "full" ? Depth::kFull : Depth::kCost;
    about.plan = entry("plan");
    about.seed = std::stoull(entry("seed"));
    for (const Json& json : Json::parse(entry("objectives"))) {
      about.objectives.push_back({json.at("metric"), json.at("better")});
    }
    for (const Json& json : Json::parse(entry("variables"))) {
      about.variables.push_back(
          {json.at("name"), json.at("keys"), json.at("unit"), json.at("kind") == "number"});
    }
    about.base = decode_base(entry("base"));
  } catch (const Json::exception& error) {
    throw UsageError("The results file " + path + " is damaged in its table about (" +
                     error.what() + ").");
  } catch (const std::logic_error&) {
    throw UsageError("The results file " + path + " is damaged: the seed is no number.");
  } catch (const ModelError& error) {
    throw UsageError("The results file " + path +
                     " is damaged in its table about: " + error.what());
  }
  return about;
}

}  // namespace leyden::sweep
