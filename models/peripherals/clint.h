#pragma once

#include <cstdint>

#include "models/peripherals/register_peripheral.h"

namespace leyden::peripherals {

/// Core-local interruptor: software interrupt, and a timer that counts ticks of `clint.tick_ns`
/// since time 0, whatever the chip's clock does. The timer interrupt rises at exactly the time at
/// which mtime reaches mtimecmp.
class Clint : public RegisterPeripheral {
 public:
  /// Scope `clint`.
  static std::vector<base::ParameterSpec> parameters();

  sc_core::sc_out<bool> timer_irq{"timer_irq"};
  sc_core::sc_out<bool> software_irq{"software_irq"};

  Clint(sc_core::sc_module_name name, base::Context& context);

  /// Ticks at an absolute time; what the core's time CSR reads.
  std::uint64_t mtime(const sc_core::sc_time& when) const { return when.value() / tick_; }
  std::uint64_t mtimecmp() const;
  void archive(base::Archive& a);

 private:
  void drive_timer();
  void drive_software();

  const sc_core::sc_time::value_type tick_;  ///< in units of the kernel's time resolution
  sc_core::sc_event timer_event_;            ///< mtime may have reached mtimecmp
  sc_core::sc_event software_event_;
};

}  // namespace leyden::peripherals
