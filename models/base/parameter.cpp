#include "models/base/parameter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "models/base/error.h"

namespace leyden::base {
namespace {

constexpr std::array<std::string_view, 4> kSources = {"stated", "derived", "fitted", "assumed"};

std::string in_quotes(std::string_view word) { return "'" + std::string(word) + "'"; }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Shortest text that reads back as the same number, independent of the locale.
std::string number(double value) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

const ParameterSpec& require_spec(const std::map<std::string, ParameterSpec>& declared,
                                  const std::string& key, const std::string& where) {
  const auto found = declared.find(key);
  if (found != declared.end()) return found->second;
  std::vector<std::string> known;
  known.reserve(declared.size());
  for (const auto& entry : declared) known.push_back(entry.first);
  const std::string near = nearest_word(key, known);
  throw UsageError(where + ": the parameter " + in_quotes(key) + " is not known; " +
                   (near.empty() ? "'leyden list parameters' names them all"
                                 : "did you mean " + in_quotes(near) + "?"));
}

void check_number(const ParameterSpec& spec, const std::string& key, double value,
                  const std::string& where) {
  const std::string unit = spec.unit.empty() || spec.unit == "1" ? "" : " " + spec.unit;
  if (!(value >= spec.minimum && value <= spec.maximum)) {
    throw UsageError(where + ": " + key + " is " + number(value) + unit + "; it must be from " +
                     number(spec.minimum) + " to " + number(spec.maximum) + unit);
  }
  if (spec.integer && value != std::floor(value)) {
    throw UsageError(where + ": " + key + " is " + number(value) + "; it must be a whole number");
  }
}

}  // namespace

std::string_view to_string(Source source) { return kSources.at(static_cast<std::size_t>(source)); }

Source parse_source(std::string_view word, std::string_view where) {
  const auto found = std::find(kSources.begin(), kSources.end(), word);
  if (found == kSources.end()) {
    throw UsageError(std::string(where) + ": the source " + in_quotes(word) +
                     " is not known; it must be stated, derived, fitted or assumed");
  }
  return static_cast<Source>(found - kSources.begin());
}

void ParameterSet::declare(const std::string& scope, const std::vector<ParameterSpec>& specs) {
  for (ParameterSpec spec : specs) {
    spec.key = scope.empty() ? spec.key : scope + "." + spec.key;
    const std::string key = spec.key;
    if (!declared_.emplace(key, std::move(spec)).second) {
      throw ModelError("the parameter " + in_quotes(key) +
                       " is declared twice; one model declares it");
    }
  }
}

void ParameterSet::set(const std::string& key, double value, Source source, const std::string& note,
                       const std::string& where) {
  const ParameterSpec& spec = require_spec(declared_, key, where);
  if (!spec.choices.empty()) {
    throw UsageError(where + ": " + key + " is " + number(value) + "; it must be one of " +
                     joined(spec.choices));
  }
  check_number(spec, key, value, where);
  values_[key] = Parameter{spec, value, source, note};
}

void ParameterSet::set_text(const std::string& key, const std::string& text, Source source,
                            const std::string& note, const std::string& where) {
  const ParameterSpec& spec = require_spec(declared_, key, where);
  if (!spec.choices.empty()) {
    const auto found = std::find(spec.choices.begin(), spec.choices.end(), text);
    if (found == spec.choices.end()) {
      const std::string near = nearest_word(text, spec.choices);
      throw UsageError(where + ": " + key + " is " + in_quotes(text) + "; it must be one of " +
                       joined(spec.choices) +
                       (near.empty() ? "" : "; did you mean " + in_quotes(near) + "?"));
    }
    const auto index = static_cast<double>(found - spec.choices.begin());
    values_[key] = Parameter{spec, index, source, note};
    return;
  }
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) {
    throw UsageError(where + ": " + key + " is " + in_quotes(text) + "; it must be a number");
  }
  set(key, value, source, note, where);
}

const Parameter& ParameterSet::at(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    throw ModelError("the parameter " + in_quotes(key) +
                     " is needed, but it has no value; the chip file must give it");
  }
  return found->second;
}

double ParameterSet::real(const std::string& key) const { return at(key).value; }

std::int64_t ParameterSet::integer(const std::string& key) const {
  const Parameter& parameter = at(key);
  if (!parameter.spec.integer) {
    throw ModelError("the parameter " + in_quotes(key) +
                     " is read as a whole number, but is not declared as one");
  }
  return static_cast<std::int64_t>(parameter.value);
}

const std::string& ParameterSet::choice(const std::string& key) const {
  const Parameter& parameter = at(key);
  if (parameter.spec.choices.empty()) {
    throw ModelError("the parameter " + in_quotes(key) +
                     " is read as a choice, but is declared as a number");
  }
  return parameter.spec.choices.at(static_cast<std::size_t>(parameter.value));
}

bool ParameterSet::has(const std::string& key) const { return values_.count(key) != 0; }

std::vector<std::string> ParameterSet::missing() const {
  std::vector<std::string> keys;
  for (const auto& entry : declared_) {
    if (!has(entry.first)) keys.push_back(entry.first);
  }
  return keys;
}

void ParameterSet::fill_absent() {
  for (const std::string& key : missing()) {
    const ParameterSpec& spec = declared_.at(key);
    if (spec.when_absent.empty()) continue;
    set_text(key, spec.when_absent, Source::kAssumed, "left out: not there", key);
  }
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kFarthest = 3;
  std::string nearest;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> row;
  for (const std::string& candidate : known) {
    // Edit distance, row by row of the usual table.
    row.resize(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t replaced = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() < least) {
      least = row.back();
      nearest = candidate;
    }
  }
  return least <= kFarthest && 2 * least < word.size() ? nearest : "";
}

}  // namespace leyden::base
