#include "platform/chip/clock_tree.h"

namespace leyden::chip {
namespace {

constexpr char kKey[] = "clock_energy_pj";
constexpr double kFemtojoulesPerPj = 1e3;

}  // namespace

base::ParameterSpec clock_tree_spec() {
  return {kKey, "pJ", 0, 1e6, false, {}, "Clock tree and clock pins of the digital part, per cycle",
          "0"};
}

ClockTree::ClockTree(const base::ParameterSet& parameters, base::EnergyLedger& ledger)
    : ledger_(ledger) {
  const base::Parameter& energy = parameters.at(std::string("system.") + kKey);
  cycle_ = ledger.declare({"clock.cycle", base::Component::kClock, energy.value * kFemtojoulesPerPj,
                           energy.source, false});
}

void ClockTree::advance_to(std::uint64_t cycle) {
  if (cycle <= last_cycle_) return;
  ledger_.count(cycle_, cycle - last_cycle_);
  last_cycle_ = cycle;
}

}  // namespace leyden::chip
