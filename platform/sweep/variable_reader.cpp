#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "platform/sweep/expression.h"
#include "platform/sweep/metrics.h"
#include "platform/sweep/spec_parts.h"

namespace leyden::sweep {
namespace {

constexpr std::size_t kMostVariables = 100;
constexpr std::uint64_t kMostValues = 1000000;
/// Digits of the values of a range: 0.1 + 0.2 is 0.3.
constexpr int kRangeDigits = 12;

const std::vector<std::string> kForms = {"list", "range", "log_range", "categories", "expression"};

std::string lower(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

/// Reads one variable.
class VariableReader {
 public:
  VariableReader(const SpecNode& node, VariableKeys& keys, Depth depth,
                 const std::filesystem::path& folder)
      : node_(node), keys_(keys), depth_(depth), folder_(folder) {}

  Variable read() {
    std::vector<std::string> known = {"name", "key", "keys"};
    known.insert(known.end(), kForms.begin(), kForms.end());
    node_.check_map(known);
    variable_.where = node_.where();
    read_keys();
    read_name();
    std::string form;
    for (const std::string& word : kForms) {
      if (!node_.has(word)) continue;
      if (!form.empty()) {
        node_.refuse(std::string("has both ")
                         .append(form)
                         .append(" and ")
                         .append(word)
                         .append("; one is needed"));
      }
      form = word;
    }
    if (form.empty()) {
      node_.refuse("has no values; list, range, log_range, categories or expression gives them");
    }
    const SpecNode values = node_.at(form);
    if (form == "categories") {
      read_categories(values);
      return variable_;
    }
    if (!number_) {
      values.refuse("gives numbers, but " + variable_.keys[word_key_] +
                    " takes words; use categories");
    }
    if (form == "list") read_list(values);
    if (form == "range") read_range(values);
    if (form == "log_range") read_log_range(values);
    if (form == "expression") variable_.expression = values.word();
    return variable_;
  }

 private:
  void read_keys() {
    if (node_.has("key") == node_.has("keys")) {
      node_.refuse("must have either key or keys, which name what it sets");
    }
    std::vector<SpecNode> places;
    if (node_.has("key")) {
      places.push_back(node_.at("key"));
    } else {
      places = node_.at("keys").items();
    }
    for (const SpecNode& place : places) {
      const std::string key = place.word();
      const VariableKeys::Kind kind = keys_.kind(key, place.where());
      if (kind.values && depth_ == Depth::kCost) {
        place.refuse("is " + key + ", which changes nothing at depth cost");
      }
      if (kind.file != file_ && !variable_.keys.empty()) {
        place.refuse("is " + key + ", which cannot follow one variable with " +
                     variable_.keys.front());
      }
      if (!kind.number) word_key_ = variable_.keys.size();
      number_ = number_ && kind.number;
      file_ = kind.file;
      variable_.integer = variable_.integer || kind.integer;
      if (variable_.keys.empty()) variable_.unit = kind.unit;
      variable_.keys.push_back(key);
    }
  }

  void read_name() {
    const std::string& key = variable_.keys.front();
    const SpecNode place = node_.has("name") ? node_.at("name") : node_;
    variable_.name = node_.has("name") ? place.word() : key.substr(key.rfind('.') + 1);
    const std::string& name = variable_.name;
    const bool word = (std::isalpha(static_cast<unsigned char>(name[0])) != 0 || name[0] == '_') &&
                      std::all_of(name.begin(), name.end(),
                                  [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
    constexpr std::size_t kLongest = 60;
    if (!word || name.size() > kLongest) {
      place.refuse("has the name " + name +
                   ", but a name is at most 60 letters, digits and _, "
                   "and does not start with a digit");
    }
    const auto& functions = expression_functions();
    if (std::find(functions.begin(), functions.end(), name) != functions.end()) {
      place.refuse("has the name " + name +
                   ", which is a function of expressions; name it "
                   "otherwise");
    }
    std::set<std::string> columns = {"stage", "number", "status", "message"};
    for (const Metric& metric : metrics()) columns.insert(metric.name);
    if (columns.count(lower(name)) != 0) {
      place.refuse("has the name " + name +
                   ", which is a column of the results; name it "
                   "otherwise");
    }
  }

  /// Adds a value that every key takes. @param may_repeat whether an equal one is left out silently
  void add(const Value& value, const SpecNode& place, bool may_repeat) {
    if (!seen_.insert(value.text).second) {
      if (may_repeat) return;
      place.refuse("gives " + value.text + " twice");
    }
    for (const std::string& key : variable_.keys) keys_.check(key, value.setting, place.where());
    variable_.values.push_back(value);
  }

  void read_list(const SpecNode& list) {
    for (const SpecNode& place : list.items()) {
      const auto number = place.number_or_none();
      if (!number) place.refuse("must be a number; words are given in categories");
      add(number_value(*number), place, false);
    }
  }

  void read_categories(const SpecNode& list) {
    variable_.kind = VariableKind::kCategory;
    variable_.unit = "";
    variable_.integer = false;
    for (const SpecNode& place : list.items()) {
      Value value;
      value.text = place.word();
      value.setting = file_ ? file_of(value.text, folder_) : value.text;
      add(value, place, false);
    }
  }

  void read_ends(const SpecNode& range) {
    variable_.from = range.at("from").number();
    variable_.to = range.at("to").number();
    if (!(variable_.from < variable_.to)) {
      range.refuse("must have from below to");
    }
  }

  /// What is drawn anywhere in a range is in the keys' ranges when its ends are.
  void check_ends(const SpecNode& range) {
    for (const std::string& key : variable_.keys) {
      keys_.check(key, number_value(variable_.from).setting, range.at("from").where());
      keys_.check(key, number_value(variable_.to).setting, range.at("to").where());
    }
  }

  void add_number(double number, const SpecNode& place) {
    add(number_value(variable_.integer ? std::round(number) : number), place, true);
  }

  void read_range(const SpecNode& range) {
    range.check_map({"from", "to", "step", "points"});
    read_ends(range);
    if (range.has("step") && range.has("points")) {
      range.refuse("has both step and points; one is needed");
    }
    if (!range.has("step") && !range.has("points") && !variable_.integer) {
      check_ends(range);
      return;
    }
    const double length = variable_.to - variable_.from;
    if (range.has("points")) {
      const std::uint64_t points = range.at("points").count(2, kMostValues);
      for (std::uint64_t i = 0; i < points; ++i) {
        const double share = static_cast<double>(i) / static_cast<double>(points - 1);
        add_number(rounded_to_digits(variable_.from + share * length, kRangeDigits), range);
      }
      return;
    }
    const double step = range.has("step") ? range.at("step").number() : 1;
    if (!(step > 0)) range.at("step").refuse("must be above 0");
    // A last value that misses the end by rounding alone is the end.
    const double steps = std::floor(length / step * (1 + 1e-12));
    if (!(steps < static_cast<double>(kMostValues))) {
      range.refuse("has more than a million values; give a larger step, or points");
    }
    for (std::uint64_t i = 0; i <= static_cast<std::uint64_t>(steps); ++i) {
      const double value = variable_.from + static_cast<double>(i) * step;
      add_number(rounded_to_digits(value, kRangeDigits), range);
    }
  }

  void read_log_range(const SpecNode& range) {
    range.check_map({"from", "to", "points"});
    read_ends(range);
    if (!(variable_.from > 0)) range.at("from").refuse("must be above 0 in a log_range");
    if (!range.has("points")) {
      if (variable_.integer) {
        range.refuse("needs points, as " + variable_.name + " takes whole numbers");
      }
      variable_.logarithmic = true;
      check_ends(range);
      return;
    }
    const std::uint64_t points = range.at("points").count(2, kMostValues);
    const double decades = std::log(variable_.to / variable_.from);
    for (std::uint64_t i = 0; i < points; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(points - 1);
      const double value =
          i + 1 == points ? variable_.to : variable_.from * std::exp(share * decades);
      add_number(rounded_to_digits(value, kRangeDigits), range);
    }
  }

  const SpecNode& node_;
  VariableKeys& keys_;
  Depth depth_;
  const std::filesystem::path& folder_;
  Variable variable_;
  bool number_ = true;  ///< all keys take numbers
  bool file_ = false;
  std::size_t word_key_ = 0;  ///< a key that takes words
  std::set<std::string> seen_;
};

}  // namespace

std::vector<Variable> read_variables(const SpecNode& node, VariableKeys& keys, Depth depth,
                                     const std::filesystem::path& folder) {
  std::vector<Variable> variables;
  std::set<std::string> names;
  std::set<std::string> set;
  const std::vector<SpecNode> places = node.items();
  if (places.size() > kMostVariables) node.refuse("are more than 100");
  for (const SpecNode& place : places) {
    variables.push_back(VariableReader(place, keys, depth, folder).read());
    const Variable& variable = variables.back();
    if (!names.insert(lower(variable.name)).second) {
      place.refuse("has the name " + variable.name +
                   ", which another has; give it a name of its "
                   "own");
    }
    for (const std::string& key : variable.keys) {
      if (!set.insert(key).second) place.refuse("sets " + key + ", which is set already");
    }
  }
  return variables;
}

}  // namespace leyden::sweep
