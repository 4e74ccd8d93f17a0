#include "models/cpu/core_parameters.h"

#include <string>

namespace leyden::cpu {
namespace {

constexpr double kMostCycles = 1000;
constexpr double kMostPicojoules = 1e6;

std::string class_key(std::size_t timing, const std::string& what) {
  return std::string(to_string(static_cast<TimingClass>(timing))) + what;
}

base::ParameterSpec cycles(const std::string& key, double least, const std::string& text) {
  return {key, "cycles", least, kMostCycles, true, {}, text};
}

}  // namespace

std::vector<base::ParameterSpec> core_parameters() {
  std::vector<base::ParameterSpec> specs;
  for (std::size_t i = 0; i < kTimingClassCount; ++i) {
    const std::string name(to_string(static_cast<TimingClass>(i)));
    specs.push_back(cycles(class_key(i, "_cycles"), 1,
                           name == "divide" ? "Cycles of a division or remainder, the longest"
                                            : "Cycles of an instruction of class " + name));
    specs.push_back({class_key(i, "_energy_pj"),
                     "pJ",
                     0,
                     kMostPicojoules,
                     false,
                     {},
                     "Energy in the core of an instruction of class " + name});
  }
  specs.push_back(cycles("load_use_cycles", 0,
                         "Added when an instruction needs the result of the load before it"));
  specs.push_back(cycles("taken_branch_cycles", 0, "Added when a conditional branch is taken"));
  specs.push_back(cycles("fetch_wait_cycles", 0,
                         "Added to a 4-byte instruction at a jump target that is not 4-aligned"));
  specs.push_back(cycles("trap_cycles", 1, "From a trapped instruction to the handler's first"));
  specs.push_back(
      cycles("wake_cycles", 0, "From the interrupt that ends a wfi to the next instruction"));
  specs.push_back({"divider",
                   "",
                   0,
                   0,
                   false,
                   {"fixed", "early_out"},
                   "Whether a division skips the leading zeros of its dividend"});
  specs.push_back({"pmp_regions",
                   "1",
                   0,
                   Pmp::kMostRegions,
                   true,
                   {},
                   "Regions of physical memory protection; 0 is none"});
  specs.push_back({"bit_manipulation",
                   "",
                   0,
                   0,
                   false,
                   {"off", "on"},
                   "Whether the core has Zba, Zbb and Zbs"});
  return specs;
}

Timing read_timing(const base::ParameterSet& parameters) {
  const auto read = [&](const std::string& key) {
    return static_cast<std::uint32_t>(parameters.integer("core." + key));
  };
  Timing timing;
  for (std::size_t i = 0; i < kTimingClassCount; ++i)
    timing.base[i] = read(class_key(i, "_cycles"));
  // The SRAM's error code is in the way of a load; stores are posted, fetches come ahead.
  if (parameters.has("sram.ecc") && parameters.choice("sram.ecc") == "secded") {
    timing.base[static_cast<std::size_t>(TimingClass::kLoad)] +=
        static_cast<std::uint32_t>(parameters.integer("sram.ecc_cycles"));
  }
  timing.load_use = read("load_use_cycles");
  timing.taken_branch = read("taken_branch_cycles");
  timing.fetch_wait = read("fetch_wait_cycles");
  timing.trap = read("trap_cycles");
  timing.divide_early_out = parameters.choice("core.divider") == "early_out";
  return timing;
}

HartOptions read_options(const base::ParameterSet& parameters) {
  HartOptions options;
  options.pmp_regions = static_cast<unsigned>(parameters.integer("core.pmp_regions"));
  options.bit_manipulation = parameters.choice("core.bit_manipulation") == "on";
  return options;
}

std::uint64_t read_wake_cycles(const base::ParameterSet& parameters) {
  return static_cast<std::uint64_t>(parameters.integer("core.wake_cycles"));
}

InstructionEvents declare_instruction_events(const std::string& instance,
                                             const base::ParameterSet& parameters,
                                             base::EnergyLedger& ledger) {
  constexpr double kFemtojoules = 1000;  // of a picojoule
  InstructionEvents events{};
  for (std::size_t i = 0; i < kTimingClassCount; ++i) {
    const base::Parameter& energy = parameters.at("core." + class_key(i, "_energy_pj"));
    events[i] = ledger.declare({instance + "." + class_key(i, ""), base::Component::kCore,
                                energy.value * kFemtojoules, energy.source});
  }
  return events;
}

}  // namespace leyden::cpu
