#pragma once

#include <array>
#include <vector>

#include "models/base/energy_ledger.h"
#include "models/base/parameter.h"
#include "models/cpu/hart.h"
#include "models/cpu/timing.h"

namespace leyden::cpu {

/// What Core understands below the scope `core` (docs/models/cpu.md).
std::vector<base::ParameterSpec> core_parameters();
/// Timing from the scope `core` of a chip's parameters.
Timing read_timing(const base::ParameterSet& parameters);
/// The core's options from the same scope.
HartOptions read_options(const base::ParameterSet& parameters);
/// Cycles from an interrupt that ends a wfi to the next instruction.
std::uint64_t read_wake_cycles(const base::ParameterSet& parameters);

/// One energy event per timing class.
using InstructionEvents = std::array<base::EventId, kTimingClassCount>;
InstructionEvents declare_instruction_events(const std::string& instance,
                                             const base::ParameterSet& parameters,
                                             base::EnergyLedger& ledger);

}  // namespace leyden::cpu
