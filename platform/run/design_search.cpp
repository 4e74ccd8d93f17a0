#include "platform/run/design_search.h"

#include <algorithm>
#include <set>

#include "models/base/error.h"
#include "platform/chip/chip_parameters.h"
#include "platform/run/network_errors.h"

namespace leyden::run {
namespace {

using base::UsageError;

constexpr const char* kOption = "--search";
const std::string kQuantise = "quantise.";

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char letter : text) {
    if (letter == ',')
      parts.emplace_back();
    else
      parts.back() += letter;
  }
  return parts;
}

/// What a value does beside others shows when it is compiled; here only what it is by itself.
void check_values(const SearchKey& key) {
  std::set<std::string> seen;
  for (const std::string& value : key.values) {
    if (value.empty()) {
      throw UsageError(std::string(kOption) + " gives " + key.key +
                       " an empty value; KEY=V1,V2,... is right.");
    }
    if (!seen.insert(value).second) {
      throw UsageError(std::string(kOption) + " gives " + key.key + " the value " + value +
                       " twice; once is right.");
    }
    if (key.of_chip()) {
      base::ParameterSet parameters;
      for (const chip::Scope& scope : chip::chip_scopes()) {
        parameters.declare(scope.name, scope.specs);
      }
      parameters.set_text(key.key, value, base::Source::kAssumed, "", kOption);
    } else {
      compiler::QuantisationOptions().set(key.name(), value, kOption);
    }
  }
}

/// A key that all combinations share must not be searched as well.
void check_shared(const std::vector<SearchKey>& keys, const std::vector<std::string>& shared,
                  bool of_chip) {
  const char* option = of_chip ? "--set" : "--quantise";
  for (const std::string& word : shared) {
    const std::string key = word.substr(0, word.rfind('='));
    for (const SearchKey& searched : keys) {
      if (searched.of_chip() == of_chip && searched.name() == key) {
        throw UsageError(std::string(kOption) + " and " + option + " both give " + key +
                         "; leave one out.");
      }
    }
  }
}

void measure(const compiler::CompileResult& compiled, double clock_mhz, Combination& made) {
  made.cycles = compiled.cost.cycles();
  made.latency_us = static_cast<double>(made.cycles) / clock_mhz;
  made.energy_pj = compiled.cost.energy_pj();
  made.image_bytes = compiled.image.size();
  std::uint64_t used = 0;
  std::uint64_t taken = 0;
  for (const compiler::LayerPlan& layer : compiled.plan.layers) {
    made.macs += layer.macs;
    made.tiles += layer.mapping.tiles.size();
    used += layer.cells_used;
    taken += layer.cells_occupied;
  }
  made.array_utilisation = taken ? static_cast<double>(used) / static_cast<double>(taken) : 0;
}

void measure_errors(const std::vector<compiler::LayerError>& errors, Combination& made) {
  for (const compiler::LayerError& error : errors) {
    if (!error.has_reference) continue;
    made.output_sqnr_db = error.sqnr_db;
    if (error.sqnr_db && (!made.worst_sqnr_db || *error.sqnr_db < *made.worst_sqnr_db)) {
      made.worst_sqnr_db = error.sqnr_db;
    }
  }
}

double value_of(const Combination& made, const std::string& objective) {
  return objective == "energy" ? made.energy_pj : made.latency_us;
}

}  // namespace

bool SearchKey::of_chip() const { return key.compare(0, kQuantise.size(), kQuantise) != 0; }

std::vector<std::string> SearchKey::option(const std::string& value) const {
  return {of_chip() ? "--set" : "--quantise", name() + "=" + value};
}

std::string SearchKey::name() const { return of_chip() ? key : key.substr(kQuantise.size()); }

std::vector<SearchKey> parse_search_keys(const std::vector<std::string>& words) {
  std::vector<SearchKey> keys;
  std::size_t combinations = 1;
  for (const std::string& word : words) {
    // Names of nodes may have an equals sign; values have none.
    const std::size_t equals = word.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(std::string(kOption) + " is '" + word + "', but must be KEY=V1,V2,...");
    }
    SearchKey key{word.substr(0, equals), split(word.substr(equals + 1))};
    for (const SearchKey& other : keys) {
      if (other.key != key.key) continue;
      throw UsageError(std::string(kOption) + " gives " + key.key +
                       " twice; one list with all of its values is right.");
    }
    check_values(key);
    combinations *= key.values.size();
    if (combinations > kMostCombinations) {
      throw UsageError(std::string(kOption) + " makes " + std::to_string(combinations) +
                       " combinations or more, but at most " + std::to_string(kMostCombinations) +
                       " are compiled; give fewer values.");
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

SearchOutcome search_designs(const SearchRequest& request, const std::vector<SearchKey>& keys,
                             const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  check_shared(keys, request.set, true);
  check_shared(keys, request.quantise, false);
  // What is wrong without any of the keys is no combination's failure.
  chip::load_chip_file(request.chip_file, chip::chip_scopes(), request.set);
  load_network_data(request.network, request.data_folder, 1, request.quantise, request.codes);
  SearchOutcome outcome;
  outcome.keys = keys;
  std::size_t all = 1;
  for (const SearchKey& key : keys) all *= key.values.size();
  double best = 0;
  for (std::size_t number = 0; number < all; ++number) {
    Combination made;
    std::vector<std::string> set = request.set;
    std::vector<std::string> quantise = request.quantise;
    std::size_t below = all;
    for (const SearchKey& key : keys) {
      below /= key.values.size();
      const std::string& value = key.values[number / below % key.values.size()];
      made.values.push_back(value);
      (key.of_chip() ? set : quantise).push_back(key.option(value)[1]);
    }
    try {
      const chip::ChipDescription chip =
          chip::load_chip_file(request.chip_file, chip::chip_scopes(), set);
      compiler::CompileResult compiled =
          compile_network(request.network, chip.parameters, request.data_folder, request.images,
                          quantise, request.codes, {request.objective, ""});
      measure(compiled, chip.parameters.real("system.clock_mhz"), made);
      if (request.error_images != 0) {
        measure_errors(network_errors(compiled, request.data_folder, request.error_images), made);
      }
      const double value = value_of(made, request.objective);
      if (outcome.ranked.empty() || value < best) {
        best = value;
        outcome.best = std::move(compiled);
      }
      outcome.ranked.push_back(std::move(made));
    } catch (const base::Error& error) {
      Combination refused;
      refused.values = made.values;
      refused.refusal = error.what();
      outcome.refused.push_back(std::move(refused));
    }
    progress(number + 1, all);
  }
  std::stable_sort(outcome.ranked.begin(), outcome.ranked.end(),
                   [&](const Combination& a, const Combination& b) {
                     return value_of(a, request.objective) < value_of(b, request.objective);
                   });
  return outcome;
}

}  // namespace leyden::run
