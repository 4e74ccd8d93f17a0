#include "platform/chip/chip_parameters.h"

#include <cmath>
#include <cstdio>
#include <utility>

#include "models/base/error.h"
#include "models/base/timing_mode.h"
#include "models/bus/interconnect.h"
#include "models/cim/cim_unit.h"
#include "models/cpu/core.h"
#include "models/dma/dma.h"
#include "models/memory/local_memory.h"
#include "models/memory/off_chip_memory.h"
#include "models/memory/sram.h"
#include "models/memory/storage.h"
#include "models/peripherals/clint.h"
#include "models/peripherals/uart.h"
#include "models/vector/vector_unit.h"
#include "platform/chip/area.h"
#include "platform/chip/clock_tree.h"
#include "platform/chip/faults/fault_parameters.h"
#include "platform/chip/leakage.h"

namespace leyden::chip {
namespace {

std::string point_name(unsigned number) { return "point" + std::to_string(number); }

std::vector<base::ParameterSpec> system_specs() {
  std::vector<base::ParameterSpec> specs = memory::system_parameters();
  specs.push_back({"macros", "1", 1, 16, true, {}, "CIM units of the chip"});
  specs.push_back({"clock_mhz", "MHz", 0.001, 10000, false, {}, "Digital clock, nominal"});
  specs.push_back({"supply_v", "V", 0.1, 5, false, {}, "Digital supply, nominal"});
  specs.push_back(
      {"image_alignment_ns",
       "ns",
       0.001,
       1e9,
       false,
       {},
       "Images start at multiples of it; a multiple of clint.tick_ns and of the clock"});
  specs.push_back(base::timing_mode_spec());
  specs.push_back({"protocol_checks",
                   "",
                   0,
                   0,
                   false,
                   {"no", "yes"},
                   "Watch the rules of TLM-2.0 at every master's port; a broken one ends the run",
                   "no"});
  for (const base::ParameterSpec& spec : leakage_specs()) specs.push_back(spec);
  specs.push_back(clock_tree_spec());
  for (unsigned point = 1; point <= kExtraPoints; ++point) {
    specs.push_back({point_name(point) + ".clock_mhz",
                     "MHz",
                     0.001,
                     10000,
                     false,
                     {},
                     "Digital clock at another operating point"});
    specs.push_back({point_name(point) + ".supply_v",
                     "V",
                     0.1,
                     5,
                     false,
                     {},
                     "Digital supply at another operating point"});
  }
  return specs;
}

/// The kernel counts time in picoseconds: a period that is none would be rounded.
void check_period(const base::ParameterSet& parameters, const std::string& key) {
  const double mhz = parameters.real(key);
  const double picoseconds = 1e6 / mhz;
  if (std::fabs(picoseconds - std::round(picoseconds)) <= 1e-9 * picoseconds) return;
  char text[200];
  std::snprintf(text, sizeof text,
                "%s is %g MHz, a period of %.3f ps; it must be a whole number of picoseconds, such "
                "as %.6f MHz for %.0f ps",
                key.c_str(), mhz, picoseconds, 1e6 / std::round(picoseconds),
                std::round(picoseconds));
  throw base::UsageError(text);
}

/// RTL blocks are masters without phases and use LMEM without beats: they are timed on the loosely
/// timed chip alone.
void check_timing(const base::ParameterSet& parameters) {
  if (!base::approximately_timed(parameters)) return;
  if (parameters.choice("lmem.ecc") != "none") {
    throw base::UsageError(
        "lmem.ecc is secded, whose cycles are there on the loosely timed chip only; set "
        "system.timing to loose or lmem.ecc to none");
  }
  for (const char* key : {"cim.impl", "dma.impl"}) {
    const std::string& impl = parameters.choice(key);
    if (impl == "tlm") continue;
    throw base::UsageError("system.timing is approximate, but " + std::string(key) + " is " + impl +
                           ", which has a part on the loosely timed chip only; set system.timing "
                           "to loose or " +
                           key + " to tlm");
  }
}

bool is_multiple(double value, double of) {
  const double ratio = value / of;
  return std::fabs(ratio - std::round(ratio)) < 1e-9 * ratio && std::round(ratio) >= 1;
}

}  // namespace

std::vector<Scope> chip_scopes() {
  std::vector<Scope> scopes = {
      {"bus", bus::Interconnect::parameters(), {}},
      {"cim", cim::CimUnit::parameters(), {}},
      {"clint", peripherals::Clint::parameters(), {}},
      {"core", cpu::Core::parameters(), {}},
      {"dma", dma::Dma::parameters(), {}},
      {"faults", fault_specs(), {}},
      {"lmem", memory::LocalMemory::parameters(), {}},
      {"off_chip", memory::OffChipMemory::parameters(), {}},
      {"sram", memory::Sram::parameters(), {}},
      {"system", system_specs(), {}},
      {"uart", peripherals::Uart::parameters(), {}},
      {"vector", vector::VectorUnit::parameters(), {}},
  };
  for (Scope& scope : scopes) {
    for (base::ParameterSpec& spec : area_specs(scope.name)) scope.specs.push_back(std::move(spec));
    if (scope.name != "system") continue;
    for (unsigned point = 1; point <= kExtraPoints; ++point) {
      scope.optional_groups.push_back(point_name(point));
    }
  }
  return scopes;
}

std::vector<peripherals::OperatingPoint> operating_points(const base::ParameterSet& parameters) {
  const double nominal_v = parameters.real("system.supply_v");
  std::vector<peripherals::OperatingPoint> points = {
      {nominal_v, parameters.real("system.clock_mhz") * 1e6, 1.0}};
  for (unsigned number = 1; number <= kExtraPoints; ++number) {
    const std::string key = "system." + point_name(number);
    if (!parameters.has(key + ".clock_mhz")) continue;
    const double supply_v = parameters.real(key + ".supply_v");
    const double ratio = supply_v / nominal_v;
    points.push_back({supply_v, parameters.real(key + ".clock_mhz") * 1e6, ratio * ratio});
  }
  return points;
}

void check_system(const base::ParameterSet& parameters) {
  check_timing(parameters);
  if (parameters.real("sram.core_latency_cycles") != 0) {
    throw base::UsageError(
        "sram.core_latency_cycles must be 0 for this core: the whole time of an access is in "
        "core.load_cycles and core.store_cycles");
  }
  check_period(parameters, "system.clock_mhz");
  for (unsigned point = 1; point <= kExtraPoints; ++point) {
    const std::string key = "system." + point_name(point) + ".clock_mhz";
    if (parameters.has(key)) check_period(parameters, key);
  }
  const double alignment_ns = parameters.real("system.image_alignment_ns");
  const double tick_ns = parameters.real("clint.tick_ns");
  const double period_ns = 1e3 / parameters.real("system.clock_mhz");
  if (!is_multiple(alignment_ns, tick_ns)) {
    throw base::UsageError(
        "system.image_alignment_ns must be a multiple of clint.tick_ns, so that every image finds "
        "the timer in the same phase");
  }
  if (!is_multiple(alignment_ns, period_ns)) {
    throw base::UsageError(
        "system.image_alignment_ns must be a multiple of the clock's period (1000 / "
        "system.clock_mhz), so that every image finds the clock in the same phase");
  }
}

}  // namespace leyden::chip
