#include "platform/sweep/wire.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

using Json = nlohmann::ordered_json;
using base::ModelError;

/// One object of a line: every member is taken once, and at the end none may be left.
class Members {
 public:
  Members(const Json& json, std::string what) : json_(json), what_(std::move(what)) {
    if (!json.is_object()) fail("is no object");
  }

  const Json& take(const char* name) {
    const auto found = json_.find(name);
    if (found == json_.end()) fail(std::string("has no member ") + name);
    ++taken_;
    return *found;
  }

  std::string text(const char* name) {
    const Json& value = take(name);
    if (!value.is_string()) fail(std::string("has a ") + name + " that is no text");
    return value.get<std::string>();
  }

  std::uint64_t whole(const char* name, std::uint64_t most = UINT64_MAX) {
    const Json& value = take(name);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
      fail(std::string("has a ") + name + " that is no whole number up to " + std::to_string(most));
    }
    return value.get<std::uint64_t>();
  }

  double real(const char* name) { return real(take(name), name); }

  double real(const Json& value, const std::string& name) const {
    // The parser refuses numbers out of the range of double.
    if (!value.is_number()) fail("has a " + name + " that is no number");
    return value.get<double>();
  }

  base::ExitStatus status() {
    return static_cast<base::ExitStatus>(
        whole("status", static_cast<std::uint64_t>(base::ExitStatus::kModel)));
  }

  bool flag(const char* name) {
    const Json& value = take(name);
    if (!value.is_boolean()) fail(std::string("has a ") + name + " that is neither true nor false");
    return value.get<bool>();
  }

  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> list;
    for (const Json& item : array(name)) {
      if (!item.is_string()) fail(std::string("has in ") + name + " what is no text");
      list.push_back(item.get<std::string>());
    }
    return list;
  }

  const Json& array(const char* name) {
    const Json& value = take(name);
    if (!value.is_array()) fail(std::string("has a ") + name + " that is no list");
    return value;
  }

  /// A list of pairs of texts.
  std::vector<std::pair<std::string, std::string>> pairs(const char* name) {
    std::vector<std::pair<std::string, std::string>> list;
    for (const Json& item : array(name)) {
      if (!item.is_array() || item.size() != 2 || !item[0].is_string() || !item[1].is_string()) {
        fail(std::string("has in ") + name + " what is no pair of texts");
      }
      list.emplace_back(item[0].get<std::string>(), item[1].get<std::string>());
    }
    return list;
  }

  /// One of two words.
  template <typename Value>
  Value either(const char* name, Value first, Value second) {
    const std::string word = text(name);
    if (word == to_string(first)) return first;
    if (word == to_string(second)) return second;
    fail(std::string("has a ") + name + " that is neither " + to_string(first) + " nor " +
         to_string(second));
  }

  void end() const {
    if (taken_ != json_.size()) fail("has members that are not known");
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw ModelError("A line that should be " + what_ + " " + why + ".");
  }

 private:
  const Json& json_;
  std::string what_;
  std::size_t taken_ = 0;
};

Json parsed(const std::string& line, const char* what) {
  Json json = Json::parse(line, nullptr, false);
  if (json.is_discarded()) {
    throw ModelError(std::string("A line that should be ") + what + " is no JSON: " +
                     Json(line.substr(0, 60)).dump(-1, ' ', true, Json::error_handler_t::replace) +
                     (line.size() > 60 ? "..." : "") + ".");
  }
  return json;
}

std::string strict_line(const Json& json, const char* what) {
  try {
    return json.dump();
  } catch (const Json::exception&) {
    throw ModelError(std::string("A text of ") + what + " is no UTF-8.");
  }
}

double finite(double value, const char* name, const PointResult& result) {
  if (!std::isfinite(value)) {
    throw ModelError(std::string("The ") + name + " of point " + std::to_string(result.number) +
                     " is not finite.");
  }
  return value;
}

}  // namespace

std::string encode(const Base& base) {
  if (!std::isfinite(base.max_seconds)) {
    throw ModelError("The max_seconds of a sweep is not finite.");
  }
  const Json json = {{"chip", base.chip},
                     {"network", base.network},
                     {"data", base.data},
                     {"set", base.set},
                     {"quantise", base.quantise},
                     {"objective", base.objective},
                     {"calibration_images", base.calibration_images},
                     {"images", base.images},
                     {"fidelity", base.fidelity},
                     {"die", base.die},
                     {"calibrate", base.calibrate},
                     {"guarded", base.guarded},
                     {"max_seconds", base.max_seconds},
                     {"keep_layers", base.keep_layers}};
  return strict_line(json, "the base of a sweep");
}

Base decode_base(const std::string& line) {
  const Json json = parsed(line, "the base of a sweep");
  Members members(json, "the base of a sweep");
  Base base;
  base.chip = members.text("chip");
  base.network = members.text("network");
  base.data = members.text("data");
  base.set = members.texts("set");
  base.quantise = members.texts("quantise");
  base.objective = members.text("objective");
  base.calibration_images = members.whole("calibration_images");
  base.images = members.whole("images");
  base.fidelity = members.text("fidelity");
  base.die = static_cast<std::uint32_t>(members.whole("die", UINT32_MAX));
  base.calibrate = members.flag("calibrate");
  base.guarded = members.flag("guarded");
  base.max_seconds = members.real("max_seconds");
  base.keep_layers = members.flag("keep_layers");
  members.end();
  return base;
}

std::string encode(const Point& point) {
  Json settings = Json::array();
  for (const Setting& setting : point.settings) {
    settings.push_back(Json::array({setting.key, setting.value}));
  }
  Json variables = Json::array();
  for (const VariableValue& variable : point.variables) {
    variables.push_back(Json::array({variable.name, variable.value}));
  }
  const Json json = {{"stage", to_string(point.stage)},
                     {"number", point.number},
                     {"depth", to_string(point.depth)},
                     {"settings", settings},
                     {"variables", variables}};
  return strict_line(json, "a point");
}

Point decode_point(const std::string& line) {
  const Json json = parsed(line, "a point");
  Members members(json, "a point");
  Point point;
  point.stage = members.either("stage", Stage::kPlan, Stage::kConfirm);
  point.number = members.whole("number");
  point.depth = members.either("depth", Depth::kCost, Depth::kFull);
  for (auto& [key, value] : members.pairs("settings")) point.settings.push_back({key, value});
  for (auto& [name, value] : members.pairs("variables")) point.variables.push_back({name, value});
  members.end();
  return point;
}

std::string encode(const PointResult& result) {
  Json values = Json::object();
  for (std::size_t i = 0; i < result.metrics.size(); ++i) {
    const std::string& name = metrics().at(i).name;
    if (result.metrics[i]) values[name] = finite(*result.metrics[i], name.c_str(), result);
  }
  Json layers = Json::array();
  for (const LayerResult& layer : result.layers) {
    layers.push_back(
        Json::array({layer.name, layer.kind, finite(layer.cycles, "cycles of a layer", result),
                     finite(layer.energy_nj, "energy of a layer", result)}));
  }
  const Json json = {{"stage", to_string(result.stage)},
                     {"number", result.number},
                     {"status", static_cast<int>(result.status)},
                     {"message", result.message},
                     {"metrics", values},
                     {"layers", layers},
                     {"host_time_s", finite(result.host_time_s, "host time", result)},
                     {"host", result.host}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

PointResult decode_result(const std::string& line) {
  const Json json = parsed(line, "a result");
  Members members(json, "a result");
  PointResult result;
  result.stage = members.either("stage", Stage::kPlan, Stage::kConfirm);
  result.number = members.whole("number");
  result.status = members.status();
  result.message = members.text("message");
  const Json& values = members.take("metrics");
  if (!values.is_object()) members.fail("has metrics that are no object");
  // Written in the order of metrics(): no search.
  std::size_t next = 0;
  for (const auto& [name, value] : values.items()) {
    while (next < metrics().size() && metrics()[next].name != name) ++next;
    if (next == metrics().size()) members.fail("has metrics not known or out of order: " + name);
    result.metrics[next] = members.real(value, name);
  }
  for (const Json& layer : members.array("layers")) {
    if (!layer.is_array() || layer.size() != 4 || !layer[0].is_string() || !layer[1].is_string()) {
      members.fail("has a layer that is not name, kind, cycles and energy");
    }
    result.layers.push_back({layer[0].get<std::string>(), layer[1].get<std::string>(),
                             members.real(layer[2], "cycles of a layer"),
                             members.real(layer[3], "energy of a layer")});
  }
  result.host_time_s = members.real("host_time_s");
  result.host = members.text("host");
  members.end();
  return result;
}

std::string encode(const WorkerStart& start) {
  const Json json = {{"status", static_cast<int>(start.status)}, {"message", start.message}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

WorkerStart decode_start(const std::string& line) {
  const Json json = parsed(line, "the start of a worker");
  Members members(json, "the start of a worker");
  WorkerStart start;
  start.status = members.status();
  start.message = members.text("message");
  members.end();
  return start;
}

}  // namespace leyden::sweep
