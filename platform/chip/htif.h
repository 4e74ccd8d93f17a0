#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <systemc>

#include "platform/chip/chip.h"
#include "platform/chip/debug_port.h"

namespace leyden::chip {

/// What the host interface calls.
struct HtifPorts {
  std::function<void(std::uint8_t)> put;    ///< a byte of the console
  std::function<void(const RunEnd&)> end;   ///< ends the run
  std::function<sc_core::sc_time()> grace;  ///< how long the other half of `tohost` may take
};

/// The host-target interface of RISC-V test programs: a 64-bit word `tohost` that the program
/// writes, and `fromhost` that the host answers in.
///
///     tohost = code << 1 | 1                  ends the run; code 0 passes
///     tohost = address of 8 words of 64 bits  call of the host: number, up to 7 arguments; the
///                                             first word gets the result. 64 write, 93 exit
///     tohost = 1 << 56 | 1 << 48 | byte       a byte of the console
///
/// A 32-bit core writes the word in two halves. It is looked at when both have been written, or a
/// while after the first: some programs write the low half only.
class Htif : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Htif);
  Htif(sc_core::sc_module_name name, DebugPort& memory, HtifPorts ports);

  /// Addresses of the program's words.
  void attach(std::uint32_t tohost, std::optional<std::uint32_t> fromhost);
  /// [address, address + bytes) was written.
  void on_write(std::uint64_t address, std::uint64_t bytes);
  /// Half of a command stands in `tohost`.
  bool waiting() const { return halves_written_ != 0; }

  static constexpr unsigned kBytes = 8;  ///< of either word

 private:
  void look();
  void serve(std::uint64_t command);
  void call(std::uint32_t block);
  std::uint64_t write(std::uint64_t file, std::uint64_t address, std::uint64_t bytes);
  void answer(std::uint64_t value);
  void finish(std::uint64_t code);
  std::uint64_t word(std::uint64_t address);
  void set_word(std::uint64_t address, std::uint64_t value);

  DebugPort& memory_;
  HtifPorts ports_;
  std::optional<std::uint32_t> tohost_;
  std::optional<std::uint32_t> fromhost_;
  unsigned halves_written_ = 0;  ///< bit 0: low
  sc_core::sc_event late_;
};

}  // namespace leyden::chip
