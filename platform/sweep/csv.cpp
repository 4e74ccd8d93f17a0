#include "platform/sweep/csv.h"

#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

namespace leyden::sweep {
namespace {

std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

/// The shortest text that reads back to the same number; nothing for none.
std::string field(const std::optional<double>& value) {
  if (!value) return "";
  std::array<char, 32> text{};
  return std::string(text.data(),
                     std::to_chars(text.data(), text.data() + text.size(), *value).ptr);
}

std::string settings_field(const Point& point) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Setting& setting : point.settings) json[setting.key] = setting.value;
  return field(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

std::string sweep_csv(const Store& store) {
  const SweepAbout& about = store.about();
  std::string text = "stage,number,status,exit_status,message,depth,seed,leyden_version";
  for (const std::string& column : variable_columns(about.variables)) text += "," + field(column);
  text += ",settings";
  for (const Metric& metric : metrics()) text += "," + metric.name;
  text += "\n";
  store.each([&](const StoredPoint& stored) {
    const Point& point = stored.point;
    const PointResult& result = stored.result;
    text += to_string(point.stage) + "," + std::to_string(point.number) + "," +
            (result.good() ? "done" : "failed") + "," +
            std::to_string(static_cast<int>(result.status)) + "," + field(result.message) + "," +
            to_string(point.depth) + "," + std::to_string(about.seed) + "," +
            field(stored.leyden_version);
    std::map<std::string, std::string> values;
    for (const VariableValue& value : point.variables) values[value.name] = value.value;
    for (const StoredVariable& variable : about.variables) {
      text += "," + field(values[variable.name]);
    }
    text += "," + settings_field(point);
    for (const std::optional<double>& value : result.metrics) text += "," + field(value);
    text += "\n";
  });
  return text;
}

}  // namespace leyden::sweep
