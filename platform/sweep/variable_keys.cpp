#include "platform/sweep/variable_keys.h"

#include "models/base/error.h"
#include "platform/compiler/quantisation_options.h"

namespace leyden::sweep {
namespace {

const std::string kQuantise = "quantise.";

bool is_quantise(const std::string& key) {
  return key.compare(0, kQuantise.size(), kQuantise) == 0;
}
bool is_file(const std::string& key) { return key == "chip" || key == "network"; }

/// What `leyden run` has options for (docs/cli.md), with the ranges of those options.
std::vector<base::ParameterSpec> option_specs() {
  return {
      {"objective", "", 0, 0, false, {"latency", "energy", "none"}, "What mappings are chosen for"},
      {"fidelity", "", 0, 0, false, {"ideal", "quantised", "analog"}, "How values are computed"},
      {"calibrate", "", 0, 0, false, {"off", "on"}, "Firmware trims the macros first"},
      {"guarded", "", 0, 0, false, {"off", "on"}, "Firmware takes measures against faults"},
      {"die", "1", 0, 4294967295.0, true, {}, "Seed of what is frozen in the die"},
      {"images", "1", 1, 1e6, true, {}, "Images of a point"},
  };
}

bool takes(const std::string& key, const std::string& value) {
  try {
    compiler::QuantisationOptions().set(key, value, "");
    return true;
  } catch (const base::UsageError&) {
    return false;
  }
}

}  // namespace

VariableKeys::VariableKeys(const std::vector<chip::Scope>& scopes) {
  for (const chip::Scope& scope : scopes) parameters_.declare(scope.name, scope.specs);
  parameters_.declare("", option_specs());
}

VariableKeys::Kind VariableKeys::kind(const std::string& key, const std::string& where) const {
  if (is_file(key)) return {false, false, true, false, ""};
  const auto& declared = parameters_.declared();
  if (const auto found = declared.find(key); found != declared.end()) {
    const base::ParameterSpec& spec = found->second;
    const bool values = key == "fidelity" || key == "calibrate" || key == "guarded" ||
                        key == "die" || key == "images" || key.compare(0, 7, "faults.") == 0;
    return {spec.choices.empty(), spec.integer, false, values, spec.unit};
  }
  if (is_quantise(key)) {
    // The options tell by what they take: every real one is a percentage of at least 50, every
    // whole one takes 1.
    const std::string own = key.substr(kQuantise.size());
    const bool real = takes(own, "75.5");
    const bool whole = takes(own, "1");
    if (real || whole) return {true, !real, false, false, "1"};
    for (const char* word :
         {"on", "off", "mse", "free", "symmetric", "channel", "affine", "all", "layer"}) {
      if (takes(own, word)) return {};
    }
  }
  std::vector<std::string> known = {"chip", "network"};
  for (const auto& entry : declared) known.push_back(entry.first);
  for (const std::string& own : compiler::QuantisationOptions::keys()) {
    known.push_back(kQuantise + own);
  }
  const std::string nearest = base::nearest_word(key, known);
  throw base::UsageError(where + " is the unknown key " + key +
                         (nearest.empty() ? "; 'leyden list parameters' names those of chips, "
                                            "docs/sweep.md the others."
                                          : "; did you mean '" + nearest + "'?"));
}

void VariableKeys::check(const std::string& key, const std::string& value,
                         const std::string& where) {
  kind(key, where);
  if (is_file(key)) return;
  if (is_quantise(key)) {
    compiler::QuantisationOptions().set(key.substr(kQuantise.size()), value, where + ": quantise");
    return;
  }
  parameters_.set_text(key, value, base::Source::kAssumed, "of a sweep", where);
}

}  // namespace leyden::sweep
