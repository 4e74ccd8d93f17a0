#include "platform/chip/faults/fault_parameters.h"

#include "models/base/error.h"

namespace leyden::chip {
namespace {

constexpr double kMostRate = 1e9;  ///< a flip of every bit every microsecond
constexpr double kMostFlips = 1e6;
constexpr double kMostDelay = 1e9;

base::ParameterSpec count(const char* key, const char* unit, double most, const char* text,
                          const char* absent = "0") {
  return {key, unit, 0, most, true, {}, text, absent};
}

base::ParameterSpec real(const char* key, const char* unit, double most, const char* text,
                         const char* absent = "0") {
  return {key, unit, 0, most, false, {}, text, absent};
}

}  // namespace

std::vector<base::ParameterSpec> fault_specs() {
  return {
      count("seed", "1", 4294967295.0, "Seed of what is drawn: times and places of faults", "1"),
      {"window",
       "",
       0,
       0,
       false,
       {"image", "start"},
       "Rates of flips, interrupts and the bus count from the post of the image, or from reset on",
       "image"},
      {"hang_factor",
       "1",
       2,
       1e6,
       false,
       {},
       "An image hangs at so many times its fault-free cycles",
       "10"},
      real("sram.flips_per_mbit_ms", "1/(Mbit ms)", kMostRate, "Rate of bit flips in the SRAM"),
      count("sram.flips", "1", kMostFlips, "Bits of the SRAM that flip in an image"),
      real("lmem.flips_per_mbit_ms", "1/(Mbit ms)", kMostRate, "Rate of bit flips in LMEM"),
      count("lmem.flips", "1", kMostFlips, "Bits of LMEM that flip in an image"),
      real("weights.flips_per_mbit_ms", "1/(Mbit ms)", kMostRate,
           "Rate of bit flips in the cells of the macros"),
      count("weights.flips", "1", kMostFlips,
            "Bits of the cells of all macros that flip in an image"),
      count("registers.flips", "1", kMostFlips,
            "Bits of registers, the core's among them, that flip in an image"),
      real("interrupts.drop_percent", "%", 100, "Rises of units' interrupt lines that are lost"),
      count("interrupts.delay_cycles", "cycles", kMostDelay, "Rises of these lines are so late"),
      real("interrupts.delay_percent", "%", 100, "Rises that are late", "100"),
      real("bus.error_percent", "%", 100, "Transfers of cores and DMA that the bus refuses"),
      count("bus.delay_cycles", "cycles", kMostDelay, "Transfers take so much longer"),
      real("bus.delay_percent", "%", 100, "Transfers that take longer", "100"),
      real("macro.stuck_cells_ppm", "ppm", 1e6, "Cells that are stuck, frozen in the die"),
      count("macro.stuck_on_percent", "%", 100, "Stuck cells that are so at the highest level",
            "50"),
      count("macro.dead_columns", "1", 65536, "Columns of each macro that add nothing"),
      count("macro.dead_adcs", "1", 65536, "Converters of each macro stuck at one code"),
      {"macro.dead_adc_code", "", 0, 0, false, {"lowest", "highest"}, "That code", "lowest"},
  };
}

FaultRates read_fault_rates(const base::ParameterSet& parameters) {
  const auto whole = [&](const char* key) {
    return static_cast<std::uint64_t>(parameters.integer(std::string("faults.") + key));
  };
  const auto real_of = [&](const char* key) {
    return parameters.real(std::string("faults.") + key);
  };
  FaultRates rates;
  rates.seed = static_cast<std::uint32_t>(whole("seed"));
  rates.from_start = parameters.choice("faults.window") == "start";
  rates.hang_factor = real_of("hang_factor");
  rates.sram = {real_of("sram.flips_per_mbit_ms"), whole("sram.flips")};
  rates.lmem = {real_of("lmem.flips_per_mbit_ms"), whole("lmem.flips")};
  rates.weights = {real_of("weights.flips_per_mbit_ms"), whole("weights.flips")};
  rates.register_flips = whole("registers.flips");
  rates.drop_percent = real_of("interrupts.drop_percent");
  rates.late_percent = real_of("interrupts.delay_percent");
  rates.late_cycles = whole("interrupts.delay_cycles");
  rates.error_percent = real_of("bus.error_percent");
  rates.delay_percent = real_of("bus.delay_percent");
  rates.delay_cycles = whole("bus.delay_cycles");
  rates.stuck_cells_ppm = real_of("macro.stuck_cells_ppm");
  rates.stuck_on_percent = static_cast<unsigned>(whole("macro.stuck_on_percent"));
  rates.dead_columns = static_cast<unsigned>(whole("macro.dead_columns"));
  rates.dead_adcs = static_cast<unsigned>(whole("macro.dead_adcs"));
  rates.dead_adcs_highest = parameters.choice("faults.macro.dead_adc_code") == "highest";
  return rates;
}

}  // namespace leyden::chip
