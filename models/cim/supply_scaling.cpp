#include "models/cim/supply_scaling.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "models/base/error.h"
#include "models/cim/technology.h"

namespace leyden::cim {
namespace {

/// As of supply_v itself: (V / V_ref)^exponent stays a number of any use.
constexpr double kLeastSupplyV = 0.1;
/// Times beyond would not be those of a circuit, and could leave the range of the clock's counts.
constexpr double kMostDelayFactor = 1000;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string volts(double value) { return number(value) + " V"; }

}  // namespace

std::vector<base::ParameterSpec> SupplyScaling::specs() {
  return {
      {"reference_supply_v",
       "V",
       0,
       5,
       false,
       {},
       "Supply at which energies and times of the file hold; 0: supply_v",
       "0"},
      {"energy_exponent", "1", 0, 6, false, {}, "Energy moves as (V / V reference)^this", "2"},
      {"threshold_v",
       "V",
       0,
       2,
       false,
       {},
       "Threshold voltage of the delay's alpha-power law",
       "0"},
      {"delay_exponent",
       "1",
       0,
       3,
       false,
       {},
       "Alpha of the delay's law V / (V - V_T)^alpha; 0: times do not move with the supply",
       "0"},
  };
}

SupplyScaling SupplyScaling::read(const base::ParameterSet& set, const std::string& scope) {
  const auto real = [&](const char* key) { return set.real(scope + "." + key); };
  SupplyScaling point;
  point.reference_supply_v = real("reference_supply_v");
  point.energy_exponent = real("energy_exponent");
  point.threshold_v = real("threshold_v");
  point.delay_exponent = real("delay_exponent");
  const double supply_v = real("supply_v");
  if (point.delay_exponent > 0 && point.reference_supply_v > 0 &&
      std::min(supply_v, point.reference_supply_v) <= point.threshold_v) {
    throw base::UsageError(scope + ".supply_v is " + volts(supply_v) + " (reference " +
                           volts(point.reference_supply_v) + "), but the delay's law holds above " +
                           scope + ".threshold_v, " + volts(point.threshold_v));
  }
  if (point.reference_supply_v != 0 && point.reference_supply_v < kLeastSupplyV) {
    throw base::UsageError(scope + ".reference_supply_v is " + volts(point.reference_supply_v) +
                           "; it must be 0 (the supply itself) or from " + volts(kLeastSupplyV) +
                           " up");
  }
  const double slower = point.delay_factor(supply_v);
  if (slower > kMostDelayFactor || slower < 1 / kMostDelayFactor) {
    throw base::UsageError(
        scope + ".supply_v is " + volts(supply_v) + " (reference " +
        volts(point.reference_supply_v) + "), so close to " + scope + ".threshold_v, " +
        volts(point.threshold_v) + ", are they that times would move by a factor of " +
        number(slower) + "; the delay's law is trusted to a factor of " + number(kMostDelayFactor));
  }
  return point;
}

double SupplyScaling::energy_supply_v(double supply_v) const {
  // Exact where nothing moves, so that a file without a reference gives C V^2 to the last bit.
  if (energy_exponent == 2 || reference_supply_v == 0) return supply_v;
  return reference_supply_v *
         std::sqrt(supply_energy_factor(supply_v, reference_supply_v, energy_exponent));
}

double SupplyScaling::delay_factor(double supply_v) const {
  if (delay_exponent == 0 || reference_supply_v == 0) return 1;
  return supply_delay_factor(supply_v, reference_supply_v, threshold_v, delay_exponent);
}

}  // namespace leyden::cim
