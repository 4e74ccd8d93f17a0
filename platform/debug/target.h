#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/cpu/debug_points.h"

namespace leyden::debug {

// Register numbers of the protocol: those GDB uses itself for RISC-V.
inline constexpr unsigned kPcRegister = 32;
inline constexpr unsigned kFirstCsrRegister = 65;  ///< + number of the CSR
inline constexpr unsigned kPrivilegeRegister = kFirstCsrRegister + 4096;

/// A register beyond x0..x31 and pc, for the target description.
struct CsrName {
  std::uint32_t number = 0;
  std::string name;
};

/// A range of addresses that answers.
struct MemoryRange {
  std::uint32_t first = 0;
  std::uint32_t bytes = 0;
};

/// What a debugger can do to a halted core and its chip. An interface, so that the protocol can be
/// tested without either.
class Target {
 public:
  virtual ~Target() = default;
  virtual std::vector<CsrName> csrs() const = 0;
  virtual std::vector<MemoryRange> memory_map() const = 0;

  /// @return nothing when there is no such register
  virtual std::optional<std::uint32_t> read_register(unsigned number) = 0;
  /// @return false when there is none or it cannot be written
  virtual bool write_register(unsigned number, std::uint32_t value) = 0;
  /// Without side effects. @return bytes read, from the front; 0 when nothing is mapped there
  virtual std::size_t read_memory(std::uint32_t address, std::uint8_t* data, std::size_t size) = 0;
  /// @return false when not all could be written
  virtual bool write_memory(std::uint32_t address, const std::uint8_t* data, std::size_t size) = 0;

  virtual void set_breakpoint(std::uint32_t address) = 0;
  virtual void clear_breakpoint(std::uint32_t address) = 0;
  /// @return false when it was set already
  virtual bool set_watchpoint(const cpu::Watchpoint& point) = 0;
  /// @return false when it was not set
  virtual bool clear_watchpoint(const cpu::Watchpoint& point) = 0;
  virtual void clear_points() = 0;

  /// Obeys a `monitor` command. @return what to print
  virtual std::string monitor(const std::string& command) = 0;
};

}  // namespace leyden::debug
