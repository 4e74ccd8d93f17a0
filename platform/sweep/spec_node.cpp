#include "platform/sweep/spec_node.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <set>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::sweep {
namespace {

bool is_line(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(),
                                       [](unsigned char c) { return std::iscntrl(c) != 0; });
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  return text;
}

}  // namespace

SpecNode::SpecNode(const YAML::Node& node, std::string origin, std::string path, int line)
    : node_(node), origin_(std::move(origin)), path_(std::move(path)), line_(line) {
  if (node_.Mark().line >= 0) line_ = node_.Mark().line + 1;
}

std::string SpecNode::where() const {
  const std::string at = line_ > 0 ? origin_ + ":" + std::to_string(line_) : origin_;
  return path_.empty() ? at + ": the file" : at + ": " + path_;
}

void SpecNode::refuse(const std::string& what) const {
  const bool asks = !what.empty() && what.back() == '?';
  throw base::UsageError(where() + " " + what + (asks ? "" : "."));
}

SpecNode SpecNode::child(const YAML::Node& node, const std::string& path) const {
  return {node, origin_, path, line_};
}

void SpecNode::check_map(const std::vector<std::string>& known) const {
  if (!node_.IsMap()) refuse("must be a map of keys to values");
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar() || !is_line(entry.first.Scalar())) {
      refuse("must be a map whose keys are words");
    }
    const std::string& key = entry.first.Scalar();
    const SpecNode place = child(entry.first, path_.empty() ? key : path_ + "." + key);
    if (!seen.insert(key).second) place.refuse("is given twice");
    if (known.empty() || std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string nearest = base::nearest_word(key, known);
    place.refuse("is not known here; " + (nearest.empty() ? "the keys are " + joined(known)
                                                          : "did you mean '" + nearest + "'?"));
  }
}

SpecNode SpecNode::at(const std::string& key) const {
  if (!has(key)) refuse("has no key " + key);
  return child(node_[key], path_.empty() ? key : path_ + "." + key);
}

std::vector<std::pair<std::string, SpecNode>> SpecNode::entries() const {
  check_map({});
  std::vector<std::pair<std::string, SpecNode>> all;
  for (const auto& entry : node_) {
    const std::string& key = entry.first.Scalar();
    all.emplace_back(key, child(entry.second, path_.empty() ? key : path_ + "." + key));
  }
  return all;
}

std::vector<SpecNode> SpecNode::items() const {
  if (!node_.IsSequence() || node_.size() == 0) refuse("must be a list of at least one");
  std::vector<SpecNode> all;
  for (std::size_t i = 0; i < node_.size(); ++i) {
    all.push_back(child(node_[i], path_ + "[" + std::to_string(i) + "]"));
  }
  return all;
}

std::string SpecNode::word() const {
  if (!node_.IsScalar() || !is_line(node_.Scalar())) refuse("must be a word or one line of text");
  return node_.Scalar();
}

std::size_t SpecNode::choice(const std::vector<std::string>& words) const {
  const std::string given = word();
  const auto found = std::find(words.begin(), words.end(), given);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string nearest = base::nearest_word(given, words);
  refuse("is '" + given + "', but must be " + joined(words) +
         (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

std::optional<double> SpecNode::number_or_none() const {
  if (!node_.IsScalar()) return std::nullopt;
  const std::string& text = node_.Scalar();
  const char* begin = text.data() + (!text.empty() && text.front() == '+' ? 1 : 0);
  const char* end = text.data() + text.size();
  double value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

double SpecNode::number() const {
  const std::optional<double> value = number_or_none();
  if (!value) refuse("must be a number");
  return *value;
}

std::uint64_t SpecNode::count(std::uint64_t least, std::uint64_t most) const {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const std::optional<double> value = number_or_none();
  if (value && *value == std::floor(*value) && *value >= 0 && *value <= kExact) {
    const auto whole = static_cast<std::uint64_t>(*value);
    if (whole >= least && whole <= most) return whole;
  }
  refuse("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

bool SpecNode::flag() const {
  bool value = false;
  if (!node_.IsScalar() || !YAML::convert<bool>::decode(node_, value)) {
    refuse("must be on or off");
  }
  return value;
}

}  // namespace leyden::sweep
