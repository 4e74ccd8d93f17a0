#include "platform/report/page_check.h"

#include "models/base/error.h"
#include "platform/report/report.h"

namespace leyden::report {
namespace {

using Json = nlohmann::ordered_json;

enum class Type { kObject, kArray, kText, kNumber, kNumberOrNull };

const char* name_of(Type type) {
  switch (type) {
    case Type::kObject:
      return "an object";
    case Type::kArray:
      return "a list";
    case Type::kText:
      return "a text";
    case Type::kNumber:
      return "a number";
    case Type::kNumberOrNull:
      break;
  }
  return "a number or null";
}

bool is(const Json& value, Type type) {
  switch (type) {
    case Type::kObject:
      return value.is_object();
    case Type::kArray:
      return value.is_array();
    case Type::kText:
      return value.is_string();
    case Type::kNumber:
      return value.is_number();
    case Type::kNumberOrNull:
      break;
  }
  return value.is_number() || value.is_null();
}

/// A value with the way to it, for sentences.
class Node {
 public:
  Node(const Json& value, std::string where, std::string path)
      : value_(value), where_(std::move(where)), path_(std::move(path)) {}

  Node at(const std::string& key, Type type) const {
    const std::string path = path_.empty() ? key : path_ + "." + key;
    const auto found = value_.find(key);
    if (found == value_.end()) {
      throw base::UsageError(where_ + " has no " + path + ", which should be " + name_of(type) +
                             ".");
    }
    return Node(*found, where_, path).typed(type);
  }
  /// Where the key is given.
  void optional(const std::string& key, Type type) const {
    if (value_.contains(key)) at(key, type);
  }
  void all(Type type, std::initializer_list<const char*> keys) const {
    for (const char* key : keys) at(key, type);
  }
  /// Every element, of a list or an object.
  template <typename Check>
  void each(Type type, const Check& check) const {
    std::size_t i = 0;
    for (const auto& [key, value] : value_.items()) {
      const std::string step =
          value_.is_array() ? "[" + std::to_string(i) + "]" : "." + std::string(key);
      check(Node(value, where_, path_ + step).typed(type));
      ++i;
    }
  }
  void each(Type type) const {
    each(type, [](const Node&) {});
  }
  const Json& value() const { return value_; }
  const std::string& path() const { return path_; }

 private:
  const Node& typed(Type type) const {
    if (!is(value_, type)) {
      throw base::UsageError(where_ + " says " + shown() + " for " + path_ + ", which should be " +
                             name_of(type) + ".");
    }
    return *this;
  }
  std::string shown() const {
    constexpr std::size_t kMost = 40;
    const std::string text = value_.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() > kMost ? text.substr(0, kMost) + "..." : text;
  }

  const Json& value_;
  std::string where_;
  std::string path_;
};

Node root(const Json& value, const std::string& where, int version) {
  if (!value.is_object()) throw base::UsageError(where + " is no JSON object.");
  Node node(value, where, "");
  const Node given = node.at("schema_version", Type::kNumber);
  if (given.value() != version) {
    throw base::UsageError(where + " has schema_version " + given.value().dump() +
                           ", but this program reads " + std::to_string(version) +
                           "; write it anew, or use the leyden that wrote it.");
  }
  return node;
}

void check_costs(const Node& row) {
  row.all(Type::kNumber, {"latency_ns", "macs", "mvms", "tiles", "array_utilisation"});
  for (const char* key : {"cycles", "energy_pj"}) {
    const Node parts = row.at(key, Type::kObject);
    parts.at("total", Type::kNumber);
    parts.each(Type::kNumber);
  }
  for (const char* key : {"throughput_tops", "efficiency_tops_per_w"}) {
    row.at(key, Type::kObject).at("native", Type::kNumber);
  }
  if (row.value().contains("bytes_moved")) {
    row.at("bytes_moved", Type::kObject).each(Type::kNumber);
  }
}

void check_dies(const Node& dies) {
  dies.at("count", Type::kNumber);
  dies.at("each", Type::kArray).each(Type::kObject, [](const Node& die) {
    die.all(Type::kNumber, {"die_seed", "accuracy_percent"});
    die.at("linearity", Type::kObject);
  });
  dies.at("distributions", Type::kObject).each(Type::kObject, [](const Node& distribution) {
    distribution.all(Type::kNumber, {"mean", "standard_deviation", "min", "median", "max"});
  });
  if (dies.value().contains("yield")) {
    dies.at("yield", Type::kObject)
        .all(Type::kNumber, {"accuracy_limit_percent", "good_dies", "yield_percent",
                             "lower_percent", "upper_percent", "confidence_percent"});
  }
}

void check_roofline(const Node& roofline) {
  roofline.at("peaks", Type::kArray).each(Type::kObject, [](const Node& peak) {
    peak.all(Type::kNumber, {"input_bits", "weight_bits", "tops"});
  });
  roofline.at("bandwidths", Type::kArray).each(Type::kObject, [](const Node& memory) {
    memory.at("name", Type::kText);
    memory.at("gbytes_per_s", Type::kNumber);
  });
}

/// Every element of a point's map is of one type.
void check_map(const Node& point, const char* key, Type type) {
  point.at(key, Type::kObject).each(type);
}

}  // namespace

void check_report(const Json& report, const std::string& where) {
  const Node node = root(report, where, kSchemaVersion);
  node.at("leyden_version", Type::kText);
  const Node run = node.at("run", Type::kObject);
  run.all(Type::kText, {"chip", "network", "data", "fidelity"});
  run.all(Type::kNumber, {"images", "die_seed"});
  node.at("chip", Type::kObject)
      .all(Type::kNumber, {"macros", "clock_mhz", "supply_v", "image_latency_ns",
                           "throughput_images_per_s", "energy_per_image_uj", "power_mw"});
  if (report.contains("accuracy")) {
    node.at("accuracy", Type::kObject)
        .all(Type::kNumber, {"accuracy_percent", "correct_images", "images"});
  }
  node.at("energy_share_by_source_percent", Type::kObject).each(Type::kNumber);
  node.at("layers", Type::kArray).each(Type::kObject, [](const Node& layer) {
    layer.all(Type::kText, {"name", "kind"});
    layer.all(Type::kNumber, {"input_bits", "weight_bits"});
    check_costs(layer);
  });
  check_costs(node.at("total", Type::kObject));
  node.at("warnings", Type::kArray).each(Type::kText);
  if (report.contains("dies")) check_dies(node.at("dies", Type::kObject));
  if (report.contains("roofline")) check_roofline(node.at("roofline", Type::kObject));
}

void check_code_histograms(const Json& histograms, const std::string& where) {
  const Node node = root(histograms, where, kSchemaVersion);
  node.at("images", Type::kNumber);
  node.at("layers", Type::kArray).each(Type::kObject, [](const Node& layer) {
    layer.at("name", Type::kText);
    layer.at("bits", Type::kNumber);
    layer.at("fixed", Type::kArray).each(Type::kNumber);
    layer.at("reshaped", Type::kArray).each(Type::kNumber);
  });
}

void check_sweep(const Json& sweep, const std::string& where) {
  const Node node = root(sweep, where, kSchemaVersion);
  node.all(Type::kText, {"about", "leyden_version", "depth", "plan"});
  const Node base = node.at("base", Type::kObject);
  base.all(Type::kText, {"chip", "network"});
  for (const char* key : {"set", "quantise"}) {
    if (base.value().contains(key)) base.at(key, Type::kArray).each(Type::kText);
  }
  node.at("variables", Type::kArray).each(Type::kObject, [](const Node& variable) {
    variable.all(Type::kText, {"name", "kind"});
    variable.at("keys", Type::kArray).each(Type::kText);
  });
  node.at("metrics", Type::kArray).each(Type::kObject, [](const Node& metric) {
    metric.all(Type::kText, {"name", "text"});
    metric.at("better", Type::kNumber);
  });
  node.at("objectives", Type::kArray).each(Type::kObject, [](const Node& objective) {
    objective.at("metric", Type::kText);
    objective.at("better", Type::kNumber);
  });
  node.at("points", Type::kArray).each(Type::kObject, [](const Node& point) {
    point.all(Type::kText, {"stage", "status", "message", "depth"});
    point.at("number", Type::kNumber);
    check_map(point, "variables", Type::kText);
    check_map(point, "settings", Type::kText);
    check_map(point, "metrics", Type::kNumberOrNull);
  });
  node.optional("confirm", Type::kArray);
  if (sweep.contains("confirm")) {
    node.at("confirm", Type::kArray).each(Type::kObject, [](const Node& point) {
      point.at("number", Type::kNumber);
      point.all(Type::kNumberOrNull, {"cycles_error_percent", "energy_error_percent"});
    });
  }
}

}  // namespace leyden::report
