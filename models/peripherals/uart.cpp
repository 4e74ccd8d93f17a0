#include "models/peripherals/uart.h"

#include <array>
#include <utility>

#include "registers/uart.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::uart;

constexpr unsigned kFifoBytes = 16;
constexpr std::uint8_t kDivisorLatch = 0x80;                                         // LCR
constexpr std::uint8_t kLoopback = 0x10;                                             // MCR
constexpr std::uint8_t kReceiveEnable = 1, kTransmitEnable = 2, kStatusEnable = 4;   // IER
constexpr std::uint8_t kFifoEnable = 1, kClearReceive = 2;                           // FCR
constexpr std::uint8_t kDataReady = 0x01, kOverrun = 0x02, kTransmitterIdle = 0x60;  // LSR
// IIR, in order of priority.
constexpr std::uint8_t kLineStatus = 0x06, kDataAvailable = 0x04, kTimeout = 0x0c,
                       kTransmitEmpty = 0x02, kNothing = 0x01, kFifosOn = 0xc0;

}  // namespace

Uart::Uart(sc_core::sc_module_name name, base::Context& context, Output output)
    : RegisterPeripheral(name, context, reg::table(), reg::kBase), output_(std::move(output)) {
  registers_.on_read(reg::kData, [this](unsigned) { return read_data(); });
  registers_.on_write(reg::kData, [this](std::uint32_t value, unsigned) {
    write_data(static_cast<std::uint8_t>(value));
  });
  registers_.on_read(reg::kIer, [this](unsigned) {
    return divisor_access() ? std::uint32_t{divisor_} >> 8 : interrupt_enable_;
  });
  registers_.on_write(reg::kIer, [this](std::uint32_t value, unsigned) {
    write_interrupt_enable(static_cast<std::uint8_t>(value));
  });
  registers_.on_read(reg::kIirFcr, [this](unsigned) {
    const std::uint8_t value = identify();
    if ((value & 0x0f) == kTransmitEmpty) {
      transmit_empty_pending_ = false;  // reading it is seeing it
      update();
    }
    return value;
  });
  registers_.on_write(reg::kIirFcr, [this](std::uint32_t value, unsigned) {
    write_fifo_control(static_cast<std::uint8_t>(value));
  });
  registers_.on_read(reg::kLsr, [this](unsigned) { return read_line_status(); });
  registers_.on_read(reg::kMsr, [this](unsigned) { return modem_status(); });
  SC_HAS_PROCESS(Uart);
  SC_METHOD(drive_irq);
  sensitive << update_;
}

bool Uart::divisor_access() const { return (registers_.peek(reg::kLcr) & kDivisorLatch) != 0; }

unsigned Uart::room() const {
  const unsigned capacity = (fifo_control_ & kFifoEnable) != 0 ? kFifoBytes : 1;
  return received_.size() >= capacity ? 0 : capacity - static_cast<unsigned>(received_.size());
}

void Uart::receive(std::uint8_t byte) {
  if (room() == 0) {
    overrun_ = true;
  } else {
    received_.push_back(byte);
  }
  update();
}

void Uart::archive(base::Archive& a) {
  a(registers_, received_, interrupt_enable_, fifo_control_, divisor_, overrun_);
  a(transmit_empty_pending_);
  if (a.restoring()) update();
}

std::uint8_t Uart::read_data() {
  if (divisor_access()) {
    return static_cast<std::uint8_t>(divisor_);
  }
  if (received_.empty()) {
    return 0;
  }
  const std::uint8_t byte = received_.front();
  received_.pop_front();
  update();
  return byte;
}

void Uart::write_data(std::uint8_t byte) {
  if (divisor_access()) {
    divisor_ = static_cast<std::uint16_t>((divisor_ & 0xff00) | byte);
    return;
  }
  if ((registers_.peek(reg::kMcr) & kLoopback) != 0) {
    receive(byte);
  } else if (output_) {
    output_(byte);
  }
  transmit_empty_pending_ = true;  // empty again already
  update();
}

void Uart::write_interrupt_enable(std::uint8_t value) {
  if (divisor_access()) {
    divisor_ = static_cast<std::uint16_t>((divisor_ & 0x00ff) | (value << 8));
    return;
  }
  // Enabling the transmit-empty interrupt while empty raises it.
  if ((value & kTransmitEnable) != 0 && (interrupt_enable_ & kTransmitEnable) == 0) {
    transmit_empty_pending_ = true;
  }
  interrupt_enable_ = value & 0x0f;
  update();
}

void Uart::write_fifo_control(std::uint8_t value) {
  const bool mode_changes = ((value ^ fifo_control_) & kFifoEnable) != 0;
  if (mode_changes || (value & kClearReceive) != 0) {
    received_.clear();
  }
  fifo_control_ = value & (kFifoEnable | 0xc0);
  update();
}

unsigned Uart::trigger_level() const {
  constexpr std::array<unsigned, 4> levels{1, 4, 8, 14};
  return (fifo_control_ & kFifoEnable) != 0 ? levels[fifo_control_ >> 6] : 1;
}

std::uint8_t Uart::identify() {
  const std::uint8_t fifos = (fifo_control_ & kFifoEnable) != 0 ? kFifosOn : 0;
  std::uint8_t cause = kNothing;
  if ((interrupt_enable_ & kStatusEnable) != 0 && overrun_) {
    cause = kLineStatus;
  } else if ((interrupt_enable_ & kReceiveEnable) != 0 && !received_.empty()) {
    cause = received_.size() >= trigger_level() ? kDataAvailable : kTimeout;
  } else if ((interrupt_enable_ & kTransmitEnable) != 0 && transmit_empty_pending_) {
    cause = kTransmitEmpty;
  }
  return fifos | cause;
}

std::uint8_t Uart::read_line_status() {
  const std::uint8_t value = static_cast<std::uint8_t>(
      kTransmitterIdle | (received_.empty() ? 0 : kDataReady) | (overrun_ ? kOverrun : 0));
  overrun_ = false;
  update();
  return value;
}

std::uint8_t Uart::modem_status() const {
  const std::uint32_t control = registers_.peek(reg::kMcr);
  if ((control & kLoopback) == 0) {
    return static_cast<std::uint8_t>(registers_.peek(reg::kMsr));
  }
  // RTS -> CTS, DTR -> DSR, OUT1 -> RI, OUT2 -> DCD.
  return static_cast<std::uint8_t>(((control & 2) << 3) | ((control & 1) << 5) |
                                   ((control & 4) << 4) | ((control & 8) << 4));
}

void Uart::drive_irq() { irq.write((identify() & 1) == 0); }

}  // namespace leyden::peripherals
