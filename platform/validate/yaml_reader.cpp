#include "platform/validate/yaml_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::validate {
namespace {

using base::UsageError;

std::string number_text(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = base::nearest_word(word, known);
  return near.empty() ? "." : "; did you mean '" + near + "'?";
}

}  // namespace

YamlMap YamlMap::file(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) {
    throw UsageError("The file " + path + " cannot be read.");
  }
  YAML::Node root;
  try {
    root = YAML::LoadFile(path);
  } catch (const YAML::BadFile&) {
    throw UsageError("The file " + path + " cannot be read.");
  } catch (const YAML::Exception& error) {
    throw UsageError(path + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg + ".");
  }
  return {path, "", root};
}

YamlMap::YamlMap(std::string origin, std::string path, const YAML::Node& node)
    : origin_(std::move(origin)), path_(std::move(path)), node_(node) {
  if (!node_.IsMap()) {
    throw UsageError(origin_ + ": " + (path_.empty() ? "its top level" : path_) +
                     " must be a map of keys.");
  }
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) throw UsageError(origin_ + ": a key must be a word.");
    const auto key = entry.first.as<std::string>();
    if (!seen.insert(key).second) refuse(key, "is given twice");
  }
}

void YamlMap::refuse(const std::string& key, const std::string& what) const {
  const YAML::Mark mark = node_[key] ? node_[key].Mark() : node_.Mark();
  std::string sentence = origin_ + ":" + std::to_string(mark.line + 1) + ": " +
                         (path_.empty() ? "" : path_ + ".") + key + " " + what;
  if (sentence.back() != '.' && sentence.back() != '?') sentence += '.';
  throw UsageError(sentence);
}

bool YamlMap::has(const std::string& key) const {
  asked_.insert(key);
  return static_cast<bool>(node_[key]);
}

YAML::Node YamlMap::required(const std::string& key) const {
  if (has(key)) return node_[key];
  const std::string near = base::nearest_word(key, keys());
  refuse(key, near.empty() ? "is missing" : "is missing; is '" + near + "' meant to be it?");
}

std::string YamlMap::scalar(const std::string& key) const {
  const YAML::Node node = required(key);
  if (!node.IsScalar() || node.as<std::string>().empty()) refuse(key, "must be one value");
  return node.as<std::string>();
}

double YamlMap::number(const std::string& key, double minimum, double maximum) const {
  const std::string text = scalar(key);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value)) {
    refuse(key, "must be a number, not '" + text + "'");
  }
  if (!(value >= minimum && value <= maximum)) {
    refuse(key, "is " + text + "; it must be from " + number_text(minimum) + " to " +
                    number_text(maximum));
  }
  return value;
}

double YamlMap::number_or(const std::string& key, double minimum, double maximum,
                          double value) const {
  return has(key) ? number(key, minimum, maximum) : value;
}

unsigned YamlMap::whole(const std::string& key, unsigned minimum, unsigned maximum) const {
  const double value = number(key, minimum, maximum);
  if (value != std::floor(value)) refuse(key, "must be a whole number");
  return static_cast<unsigned>(value);
}

unsigned YamlMap::whole_or(const std::string& key, unsigned minimum, unsigned maximum,
                           unsigned value) const {
  return has(key) ? whole(key, minimum, maximum) : value;
}

std::string YamlMap::word(const std::string& key) const { return scalar(key); }

std::string YamlMap::word_or(const std::string& key, const std::string& text) const {
  return has(key) ? scalar(key) : text;
}

std::size_t YamlMap::choice(const std::string& key, const std::vector<std::string>& choices) const {
  const std::string text = scalar(key);
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found == choices.end()) {
    refuse(key,
           "is '" + text + "'; it must be one of " + joined(choices) + did_you_mean(text, choices));
  }
  return found - choices.begin();
}

std::size_t YamlMap::choice_or(const std::string& key, const std::vector<std::string>& choices,
                               std::size_t value) const {
  return has(key) ? choice(key, choices) : value;
}

YamlMap YamlMap::map(const std::string& key) const {
  return {origin_, (path_.empty() ? "" : path_ + ".") + key, required(key)};
}

std::vector<YamlMap> YamlMap::list(const std::string& key) const {
  std::vector<YamlMap> maps;
  if (!has(key)) return maps;
  if (!node_[key].IsSequence()) refuse(key, "must be a list");
  for (std::size_t i = 0; i < node_[key].size(); ++i) {
    const std::string path =
        (path_.empty() ? "" : path_ + ".") + key + "[" + std::to_string(i) + "]";
    maps.emplace_back(origin_, path, node_[key][i]);
  }
  return maps;
}

std::vector<std::string> YamlMap::keys() const {
  std::vector<std::string> names;
  for (const auto& entry : node_) names.push_back(entry.first.as<std::string>());
  return names;
}

void YamlMap::check_all_read() const {
  for (const std::string& key : keys()) {
    if (asked_.count(key) != 0) continue;
    refuse(key, "is unknown" + did_you_mean(key, {asked_.begin(), asked_.end()}));
  }
}

}  // namespace leyden::validate
