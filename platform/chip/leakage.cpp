#include "platform/chip/leakage.h"

#include <string>

namespace leyden::chip {
namespace {

struct Group {
  const char* name;
  const char* text;
};
constexpr Group kGroups[] = {{"sram", "Leakage of the SRAM"},
                             {"lmem", "Leakage of both LMEM banks"},
                             {"core", "Leakage of the core"},
                             {"digital", "Leakage of bus, DMA, vector unit and peripherals"}};

/// 1 uW over 1 ps is 1e-3 fJ.
constexpr double kFjPerUwPs = 1e-3;

base::EventId declare(base::EnergyLedger& ledger, const base::ParameterSet& parameters,
                      const std::string& name, const std::string& key, double factor,
                      bool own_supply) {
  base::EventKind kind;
  kind.name = name + ".picosecond";
  kind.component = base::Component::kLeakage;
  kind.energy_fj = parameters.real(key) * factor * kFjPerUwPs;
  kind.source = parameters.at(key).source;
  kind.own_supply = own_supply;
  return ledger.declare(kind);
}

}  // namespace

std::vector<base::ParameterSpec> leakage_specs() {
  std::vector<base::ParameterSpec> specs;
  for (const Group& group : kGroups) {
    specs.push_back({std::string("leakage.") + group.name + "_uw",
                     "uW",
                     0,
                     1e9,
                     false,
                     {},
                     std::string(group.text) + " at the nominal supply"});
  }
  return specs;
}

Leakage::Leakage(const base::ParameterSet& parameters, unsigned macros, double macro_factor,
                 base::EnergyLedger& ledger)
    : ledger_(ledger) {
  for (const Group& group : kGroups) {
    const std::string name = group.name;
    groups_.push_back(
        declare(ledger, parameters, "leakage." + name, "system.leakage." + name + "_uw", 1, false));
  }
  for (unsigned macro = 0; macro < macros; ++macro) {
    macros_.push_back(declare(ledger, parameters, "leakage.cim" + std::to_string(macro),
                              "cim.leakage_uw", macro_factor, true));
  }
}

void Leakage::advance_to(std::uint64_t picoseconds) {
  if (picoseconds <= last_ps_) return;
  const std::uint64_t passed = picoseconds - last_ps_;
  last_ps_ = picoseconds;
  for (const base::EventId group : groups_) ledger_.count(group, passed);
  for (std::size_t macro = 0; macro < macros_.size(); ++macro) {
    if ((gates_ >> macro & 1) == 0) ledger_.count(macros_[macro], passed);
  }
}

}  // namespace leyden::chip
