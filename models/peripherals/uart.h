#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "models/peripherals/register_peripheral.h"

namespace leyden::peripherals {

/// UART, 16550 compatible. A byte sent leaves at once, so software never waits for the transmitter
/// (the divisor is kept but means nothing). A byte received below the FIFO's trigger level raises
/// the character timeout at once.
class Uart : public RegisterPeripheral {
 public:
  using Output = std::function<void(std::uint8_t)>;

  /// Scope `uart`; nothing to choose.
  static std::vector<base::ParameterSpec> parameters() { return {}; }

  sc_core::sc_out<bool> irq{"irq"};

  /// @param output gets every byte sent
  Uart(sc_core::sc_module_name name, base::Context& context, Output output);

  /// A byte arrives on the line. Lost, with the overrun bit set, when there is no room.
  void receive(std::uint8_t byte);
  /// Bytes that can be received now without an overrun.
  unsigned room() const;
  void archive(base::Archive& a);

 private:
  std::uint8_t read_data();
  void write_data(std::uint8_t byte);
  void write_interrupt_enable(std::uint8_t value);
  void write_fifo_control(std::uint8_t value);
  std::uint8_t identify();  ///< IIR without side effects
  std::uint8_t read_line_status();
  std::uint8_t modem_status() const;
  bool divisor_access() const;
  unsigned trigger_level() const;
  void update() { update_.notify(sc_core::SC_ZERO_TIME); }
  void drive_irq();

  Output output_;
  std::deque<std::uint8_t> received_;
  std::uint8_t interrupt_enable_ = 0;
  std::uint8_t fifo_control_ = 0;
  std::uint16_t divisor_ = 0;
  bool overrun_ = false;
  bool transmit_empty_pending_ = false;  ///< the transmit-empty interrupt waits to be seen
  sc_core::sc_event update_;
};

}  // namespace leyden::peripherals
