#include "platform/chip/chip_parts.h"

// How a chip and its faults are put together.
namespace leyden::chip {

void Chip::Parts::add_faults() {
  FaultParts parts{sram, lmem, off_chip, core, debug, {}};
  for (const auto& cim : cims) parts.macros.push_back(cim->macro());
  faults = std::make_unique<FaultInjector>("faults", context, *options.faults, std::move(parts));
  recorder.set_start_hook([this](std::optional<std::uint32_t> layer) { faults->on_start(layer); });
}

void Chip::Parts::finish_faults() {
  std::vector<std::string> masters;
  for (const auto& master : interconnect.statistics()) masters.push_back(master.name);
  faults->set_masters(masters);
  if (faults->on_bus()) interconnect.set_faults(faults.get());
  faults->check_lines();
}

sc_core::sc_signal<bool>& Chip::Parts::faulty(sc_core::sc_signal<bool>& line,
                                              const std::string& name) {
  if (!faults) return line;
  // Lines of the CLINT and of the PLIC to the core have faults by list alone.
  const bool of_unit = name != "external" && name != "timer" && name != "software";
  return faults->relay(line, name, of_unit);
}

}  // namespace leyden::chip
