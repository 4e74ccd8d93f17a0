#include "models/peripherals/register_peripheral.h"

namespace leyden::peripherals {

RegisterPeripheral::RegisterPeripheral(sc_core::sc_module_name name, base::Context& context,
                                       const std::vector<base::RegisterInfo>& table,
                                       std::uint64_t base)
    : sc_module(name),
      context_(context),
      registers_(this->name(), table, base, context.diagnostics),
      base_(base) {
  socket.register_b_transport(this, &RegisterPeripheral::transport);
  socket.register_transport_dbg(this, &RegisterPeripheral::transport_debug);
}

void RegisterPeripheral::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  access_delay_ = delay;
  registers_.transport(payload);
  access_delay_ = sc_core::SC_ZERO_TIME;
}

unsigned RegisterPeripheral::transport_debug(tlm::tlm_generic_payload& payload) {
  return registers_.transport_debug(payload);
}

void RegisterPeripheral::warn(const std::string& text, std::uint32_t offset) const {
  context_.diagnostics.report(base::Severity::kWarning, name(), text, base_ + offset);
}

}  // namespace leyden::peripherals
