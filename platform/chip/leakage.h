#pragma once

#include <cstdint>
#include <vector>

#include "models/base/energy_ledger.h"
#include "models/base/parameter.h"

namespace leyden::chip {

/// Keys of the leakage powers below the scope "system", at the nominal supply.
std::vector<base::ParameterSpec> leakage_specs();

/// Leakage: power x time, counted in picoseconds so that sums stay exact. One event a component
/// group and one a macro; a power-gated macro leaks nothing. At other digital supplies the groups'
/// scales as the ledger's point does, (V / V_nominal)^2: leakage falls faster than that on silicon.
/// Macros have a supply of their own.
class Leakage {
 public:
  /// @param macros CIM units; their power is cim.leakage_uw each
  /// @param macro_factor of that power at the macros' present supply
  Leakage(const base::ParameterSet& parameters, unsigned macros, double macro_factor,
          base::EnergyLedger& ledger);

  /// Counts the time since the last call, at the ledger's present point.
  void advance_to(std::uint64_t picoseconds);
  /// Bit n set: macro n is off from now on (call advance_to first).
  void set_power_gates(std::uint32_t gates) { gates_ = gates; }
  void archive(base::Archive& a) { a(last_ps_, gates_); }

 private:
  base::EnergyLedger& ledger_;
  std::vector<base::EventId> groups_;
  std::vector<base::EventId> macros_;
  std::uint64_t last_ps_ = 0;
  std::uint32_t gates_ = 0;
};

}  // namespace leyden::chip
