#pragma once

#include <array>
#include <cstdint>

#include "models/peripherals/register_peripheral.h"

namespace leyden::peripherals {

/// Platform-level interrupt controller: 31 level-sensitive sources, one context.
///
/// Gateway: a high level makes a source pending unless a claim of it is in service; the request
/// then stays until claimed, even if the level falls. Completion opens the gateway again. A claim
/// takes the pending, enabled source of the highest priority above 0 (the lowest number among
/// equals), whatever the threshold; completing a source that is not enabled is ignored. (RISC-V
/// PLIC specification 1.0.0.)
class Plic : public RegisterPeripheral {
 public:
  static constexpr unsigned kSources = 32;  ///< number 0 does not exist
  /// Sources may stay unbound.
  using Source =
      sc_core::sc_port<sc_core::sc_signal_in_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;

  sc_core::sc_vector<Source> source{"source", kSources};
  sc_core::sc_out<bool> irq{"irq"};  ///< to the core's machine external interrupt

  Plic(sc_core::sc_module_name name, base::Context& context);

  void archive(base::Archive& a);

 private:
  void end_of_elaboration() override;
  void update();  ///< samples the lines and drives the interrupt
  /// Pending and enabled source of the highest priority above `floor`, 0 for none.
  unsigned best(std::uint32_t floor) const;
  std::uint32_t claim();
  void complete(std::uint32_t number);

  std::uint32_t pending_ = 0;     ///< bit n: source n
  std::uint32_t in_service_ = 0;  ///< claimed and not completed: the gateway is shut
  sc_core::sc_event update_;
};

}  // namespace leyden::peripherals
