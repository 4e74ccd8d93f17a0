#pragma once

#include <string>
#include <vector>

#include "models/base/context.h"
#include "tests/support/collecting_diagnostics.h"

namespace leyden::test {

/// A base::Context of its own for a unit test: declare a model's parameters, set those that matter,
/// then build the model from `context`.
class TestContext {
 public:
  explicit TestContext(double frequency_hz = 100e6) : clock(frequency_hz) {}

  /// Declares a model's parameters below `scope`. Each gets its minimum (a choice: its first word)
  /// until set() gives another value, so that every test names the values it rests on.
  void declare(const std::string& scope, const std::vector<base::ParameterSpec>& specs) {
    parameters.declare(scope, specs);
    for (const std::string& key : parameters.missing()) {
      const base::ParameterSpec& spec = parameters.declared().at(key);
      if (spec.choices.empty()) {
        set(key, spec.minimum);
      } else {
        set(key, spec.choices.front());
      }
    }
  }
  void set(const std::string& key, double value) {
    parameters.set(key, value, base::Source::kAssumed, "test", "test");
  }
  void set(const std::string& key, const std::string& word) {
    parameters.set_text(key, word, base::Source::kAssumed, "test", "test");
  }
  void set(const std::string& key, const char* word) { set(key, std::string(word)); }

  base::ParameterSet parameters;
  base::EnergyLedger ledger;
  base::ActivityLog activity;
  base::Clock clock;
  CollectingDiagnostics diagnostics;
  base::Context context{parameters, ledger, activity, clock, diagnostics, base::Fidelity::kIdeal,
                        {}};
};

}  // namespace leyden::test
