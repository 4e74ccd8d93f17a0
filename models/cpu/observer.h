#pragma once

#include <cstdint>

#include "models/cpu/instruction.h"

namespace leyden::cpu {

/// What an instruction did to memory.
enum class MemoryAccess : std::uint8_t { kNone, kLoad, kStore, kAtomic };

/// An instruction that has retired.
struct Retired {
  std::uint32_t pc = 0;
  std::uint32_t bits = 0;  ///< as fetched: 16 bits when compressed
  Id id = Id::kIllegal;
  std::uint8_t rd = 0;         ///< 0 when it writes no register
  std::uint32_t value = 0;     ///< of rd, afterwards
  std::uint64_t cycle = 0;     ///< at which the one before, a trap or sleep ended
  std::uint64_t cycles = 0;    ///< from there to its own end, waits included
  std::uint64_t waited = 0;    ///< those of `cycles` beyond what its class costs
  std::uint32_t next_pc = 0;   ///< where it went on
  std::uint8_t length = 4;     ///< bytes
  std::uint8_t privilege = 3;  ///< it ran in: 3 machine, 0 user

  MemoryAccess access = MemoryAccess::kNone;
  std::uint8_t bytes = 0;  ///< 1, 2 or 4
  bool over_bus = false;   ///< not through a direct pointer
  std::uint32_t address = 0;
  std::uint32_t loaded = 0;  ///< kLoad, kAtomic: as it lies in memory, without sign extension
  std::uint32_t stored = 0;  ///< kStore, kAtomic

  bool csr_written = false;  ///< mret writes mstatus
  std::uint32_t csr = 0;
  std::uint32_t csr_value = 0;  ///< as it reads afterwards

  std::uint8_t fetch_words = 0;  ///< 32-bit words of code read through a direct pointer
  std::uint8_t bus_fetches = 0;  ///< words of code read over the bus
};

/// A trap that was taken.
struct Trapped {
  std::uint32_t cause = 0;  ///< mcause
  std::uint32_t epc = 0;
  std::uint32_t tval = 0;
  std::uint32_t handler = 0;  ///< pc of its first instruction
  std::uint64_t cycle = 0;    ///< as in Retired
  std::uint64_t cycles = 0;   ///< until the handler begins, the attempt that failed included
  std::uint8_t fetch_words = 0;
  std::uint8_t bus_fetches = 0;
};

/// Looks at what a hart does. While one is attached the hart runs one instruction at a time;
/// cycles, counts and order stay the same. Every cycle since it was attached is in exactly one
/// event, but for those of an instruction or sleep that is under way.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void retired(const Retired&) {}
  virtual void trapped(const Trapped&) {}
  /// A wfi has waited, wake-up included, from the cycle `from` to `to`.
  virtual void slept(std::uint64_t /*from*/, std::uint64_t /*to*/) {}
};

}  // namespace leyden::cpu
