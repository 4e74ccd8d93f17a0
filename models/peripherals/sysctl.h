#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/peripherals/register_peripheral.h"

namespace leyden::peripherals {

/// A supply and clock the chip can run at (DVFS).
struct OperatingPoint {
  double supply_v = 0;
  double clock_hz = 0;
  double energy_scale = 1;  ///< energy of an event against the nominal point: (V / V_nominal)^2
};

/// What SYSCTL tells firmware and whom it calls. Unset calls are left out.
struct SysctlSettings {
  std::uint32_t macros = 0;
  std::uint32_t lmem_bytes = 0;                      ///< both banks
  std::vector<OperatingPoint> points;                ///< number 0 is nominal; at least one
  std::function<void(std::size_t)> on_point;         ///< a point is in effect
  std::function<void(std::uint32_t)> on_power_gate;  ///< the new POWER_GATE word
  std::function<void()> on_watchdog;                 ///< the watchdog bit
  std::function<void()> on_reset;                    ///< firmware asks for a reset
};

/// Memories with an error code.
enum class CodedMemory { kSram, kLmem };

/// Identity, boot parameters, operating points, power gates, watchdog, reset. A point takes effect
/// (clock, energy ledger, SUPPLY_MV and CLOCK_KHZ) at the next clock edge; times that units have
/// already computed are not changed, so firmware changes it while they are idle.
class Sysctl : public RegisterPeripheral {
 public:
  /// Level of what the error codes report; need not be bound.
  sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND> irq{"irq"};

  /// @throws UsageError when there is no operating point or one is not positive
  Sysctl(sc_core::sc_module_name name, base::Context& context, SysctlSettings settings);

  /// Where the network image lies; shown to firmware as IMAGE_ADDR and IMAGE_BYTES.
  void set_image(std::uint32_t address, std::uint32_t bytes);
  std::size_t point() const { return point_; }  ///< in effect
  /// The chip has an error code on that memory.
  void set_coded(CodedMemory memory);
  /// An error code corrected a word, or could not.
  void report_code(CodedMemory memory, bool corrected, std::uint32_t address);
  void archive(base::Archive& a);

 private:
  void request_point(std::uint32_t number);
  void apply_point();
  void show_point();
  void enable_watchdog(std::uint32_t value);
  void feed_watchdog(std::uint32_t key);
  void start_watchdog();
  void bite_at(const sc_core::sc_time& when);
  void bite();
  void drive_irq();

  SysctlSettings settings_;
  std::vector<std::size_t> ledger_points_;  ///< the energy ledger's number of each point
  std::size_t point_ = 0;
  std::size_t requested_ = 0;
  bool watching_ = false;
  std::uint64_t deadline_ = 0;  ///< cycle in which the watchdog bites
  sc_core::sc_time bite_time_;  ///< when that is at the present clock
  sc_core::sc_event point_event_;
  sc_core::sc_event watchdog_event_;
  sc_core::sc_event irq_event_;
};

}  // namespace leyden::peripherals
