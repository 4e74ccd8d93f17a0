#include "platform/compiler/network_file.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::compiler {
namespace {

/// A map of the file: reads keys with checks, and refuses what it does not know.
class Section {
 public:
  /// @param known keys that there are; none: any
  Section(const YAML::Node& node, std::string where, const std::vector<std::string>& known = {})
      : node_(node), where_(std::move(where)) {
    if (!node_.IsMap()) refuse("", "must be a map of keys to values");
    std::set<std::string> seen;
    for (const auto& entry : node_) {
      if (!entry.first.IsScalar()) refuse("", "must be a map whose keys are words");
      const auto key = entry.first.as<std::string>();
      if (!seen.insert(key).second) refuse(key, "is given twice");
      if (known.empty() || std::find(known.begin(), known.end(), key) != known.end()) continue;
      const std::string nearest = base::nearest_word(key, known);
      refuse(key,
             "is not a known key" + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
  }

  [[noreturn]] void refuse(const std::string& key, const std::string& what) const {
    throw base::UsageError(where_ + (key.empty() ? "" : ": key '" + key + "'") + " " + what);
  }
  bool has(const std::string& key) const { return node_[key].IsDefined(); }

  YAML::Node at(const std::string& key) const {
    if (!has(key)) refuse(key, "is missing");
    return node_[key];
  }
  std::string text(const std::string& key) const {
    const YAML::Node node = at(key);
    if (!node.IsScalar()) refuse(key, "must be a word or a sentence");
    return node.Scalar();
  }
  double real(const std::string& key, double least, double most) const {
    double value = 0;
    if (!YAML::convert<double>::decode(at(key), value) || !(value >= least && value <= most)) {
      refuse(key, "must be a number from " + number(least) + " to " + number(most));
    }
    return value;
  }
  std::int64_t integer(const std::string& key, std::int64_t least, std::int64_t most) const {
    std::int64_t value = 0;
    if (!YAML::convert<std::int64_t>::decode(at(key), value) || value < least || value > most) {
      refuse(key, "must be a whole number from " + std::to_string(least) + " to " +
                      std::to_string(most));
    }
    return value;
  }

 private:
  static std::string number(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
  }

  YAML::Node node_;
  std::string where_;
};

constexpr double kLeastScale = 1e-12;
constexpr double kMostValue = 1e12;

InputFormat read_input(const Section& section) {
  InputFormat input;
  input.height = section.integer("height", 1, 65535);
  input.width = section.integer("width", 1, 65535);
  input.channels = section.integer("channels", 1, 65535);
  input.scale = section.real("scale", kLeastScale, kMostValue);
  if (section.has("zero_point")) input.zero_point = section.integer("zero_point", 0, 255);
  return input;
}

std::string word(const YAML::Node& node, const std::string& where, const std::string& key) {
  if (node.IsScalar()) return node.Scalar();
  throw base::UsageError(where + ": key '" + key + "' must be a word or a number");
}

QuantisationOptions read_quantisation(const YAML::Node& node, const std::string& where) {
  std::vector<std::string> known = QuantisationOptions::keys();
  known.emplace_back("layers");
  const Section section(node, where, known);
  QuantisationOptions options;
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (key != "layers") options.set(key, word(entry.second, where, key), where);
  }
  if (section.has("layers")) {
    const Section layers(section.at("layers"), where + ".layers");
    for (const auto& entry : section.at("layers")) {
      const auto name = entry.first.as<std::string>();
      const Section layer(entry.second, std::string(where).append(".layers.").append(name));
      for (const auto& own : entry.second) {
        const auto key = own.first.as<std::string>();
        options.set_layer(name, key, word(own.second, where, key), where);
      }
    }
  }
  options.check(where);
  return options;
}

std::map<std::string, Range> read_ranges(const YAML::Node& node, const std::string& where) {
  std::map<std::string, Range> ranges;
  if (!node.IsMap()) throw base::UsageError(where + " must be a map of tensors to ranges");
  for (const auto& entry : node) {
    const auto tensor = entry.first.as<std::string>();
    const Section section(entry.second, std::string(where).append(".").append(tensor),
                          {"min", "max"});
    const Range range{section.real("min", -kMostValue, kMostValue),
                      section.real("max", -kMostValue, kMostValue)};
    if (!(range.minimum < range.maximum) || range.minimum > 0 || range.maximum < 0) {
      section.refuse("", "must have min below max, with 0 in the range");
    }
    ranges[tensor] = range;
  }
  return ranges;
}

double read_share(const YAML::Node& node, const std::string& where) {
  double share = 0;
  if (!node.IsScalar() || !YAML::convert<double>::decode(node, share) ||
      !(share > 0 && share <= 1)) {
    throw base::UsageError(where + " must be a number above 0, up to 1");
  }
  return share;
}

ConverterRangeShares read_shares(const YAML::Node& node, const std::string& where) {
  if (node.IsScalar()) return {RangeGranularity::kLayer, {{read_share(node, where)}}};
  if (!node.IsSequence() || node.size() == 0) {
    throw base::UsageError(where + " must be a number, or a list with an entry a row part");
  }
  ConverterRangeShares given;
  given.granularity = node[0].IsSequence() ? RangeGranularity::kOutput : RangeGranularity::kPart;
  for (std::size_t part = 0; part < node.size(); ++part) {
    const std::string here = where + "[" + std::to_string(part) + "]";
    std::vector<double>& shares = given.shares.emplace_back();
    if (given.granularity == RangeGranularity::kPart) {
      shares.push_back(read_share(node[part], here));
      continue;
    }
    if (!node[part].IsSequence()) {
      throw base::UsageError(here + " must be a list of numbers, one an output, as that before it");
    }
    for (std::size_t o = 0; o < node[part].size(); ++o) {
      shares.push_back(read_share(node[part][o], here + "[" + std::to_string(o) + "]"));
    }
  }
  return given;
}

std::map<std::string, ConverterRangeShares> read_converter_ranges(const YAML::Node& node,
                                                                  const std::string& where) {
  const Section section(node, where);
  std::map<std::string, ConverterRangeShares> ranges;
  for (const auto& entry : node) {
    const auto name = entry.first.as<std::string>();
    ranges[name] = read_shares(entry.second, std::string(where).append(".").append(name));
  }
  return ranges;
}

std::map<std::string, Place> read_place(const YAML::Node& node, const std::string& where) {
  std::map<std::string, Place> places;
  if (!node.IsMap()) throw base::UsageError(where + " must be a map of nodes to core or macro");
  const auto key_path = [&where](const std::string& name) { return where + "." + name; };
  for (const auto& entry : node) {
    const auto name = entry.first.as<std::string>();
    const std::string place = entry.second.IsScalar() ? entry.second.Scalar() : "";
    if (place != "core" && place != "macro") {
      throw base::UsageError(key_path(name) + " must be core or macro");
    }
    places[name] = place == "core" ? Place::kCore : Place::kMacro;
  }
  return places;
}

}  // namespace

NetworkFile load_network_file(const std::filesystem::path& given) {
  const std::filesystem::path file =
      std::filesystem::is_directory(given) ? given / "network.yaml" : given;
  const std::string where = file.string();
  if (!std::filesystem::is_regular_file(file)) {
    throw base::UsageError(where + ": cannot be read; a network file (network.yaml) is needed");
  }
  try {
    const Section top(YAML::LoadFile(where), where,
                      {"name", "description", "onnx", "input", "classes", "data", "quantisation",
                       "activation_ranges", "converter_ranges", "softmax", "place"});
    NetworkFile network;
    network.name = top.text("name");
    if (top.has("description")) network.description = top.text("description");
    network.onnx = file.parent_path() / top.text("onnx");
    network.input = read_input(Section(top.at("input"), where + ": input",
                                       {"height", "width", "channels", "scale", "zero_point"}));
    network.classifier = top.has("classes");
    if (network.classifier) network.classes = top.integer("classes", 1, 65535);
    if (top.has("softmax")) {
      const std::string where_to = top.text("softmax");
      if (where_to != "core" && where_to != "omit") {
        top.refuse("softmax", "must be core or omit");
      }
      network.omit_softmax = where_to == "omit";
    }
    if (top.has("place")) network.place = read_place(top.at("place"), where + ": place");
    if (top.has("data")) {
      const Section data(top.at("data"), where + ": data", {"format", "default"});
      network.data_format = data.text("format");
      if (network.data_format != "idx" && network.data_format != "cifar10") {
        data.refuse("format", "must be idx or cifar10");
      }
      if (data.has("default")) network.data_default = data.text("default");
    }
    if (top.has("quantisation")) {
      network.quantisation = read_quantisation(top.at("quantisation"), where + ": quantisation");
    }
    if (top.has("activation_ranges")) {
      network.activation_ranges =
          read_ranges(top.at("activation_ranges"), where + ": activation_ranges");
    }
    if (top.has("converter_ranges")) {
      network.converter_ranges =
          read_converter_ranges(top.at("converter_ranges"), where + ": converter_ranges");
    }
    return network;
  } catch (const YAML::Exception& error) {
    throw base::UsageError(where + ": line " + std::to_string(error.mark.line + 1) +
                           " is not valid YAML (" + error.msg + ")");
  }
}

}  // namespace leyden::compiler
