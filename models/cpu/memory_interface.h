#pragma once

#include <cstddef>
#include <cstdint>

namespace leyden::cpu {

enum class AccessKind { kFetch, kLoad, kStore };

/// What became of a bus access.
struct BusResult {
  bool ok = false;
  std::uint64_t wait_cycles = 0;  ///< beyond the instruction's own cycles
  bool may_be_direct = false;     ///< direct() would be granted for this address
};

/// Memory that may be read and written through a pointer for as long as it is not withdrawn.
struct DirectMemory {
  std::uint8_t* data = nullptr;
  std::uint32_t first = 0;  ///< address of data[0], a multiple of 4
  std::uint32_t last = 0;   ///< inclusive
};

/// Memory as a hart sees it. Implemented over a bus by Core, over arrays in tests.
class MemoryInterface {
 public:
  virtual ~MemoryInterface() = default;

  /// One aligned access of 1, 2 or 4 bytes that begins at `cycle` of the hart.
  virtual BusResult read(std::uint32_t address, void* data, unsigned bytes, AccessKind kind,
                         std::uint64_t cycle) = 0;
  virtual BusResult write(std::uint32_t address, const void* data, unsigned bytes,
                          std::uint64_t cycle) = 0;
  /// Reads and writes one word with nothing in between, for atomic instructions.
  /// @param change called with its context and the word read; returns the word to write
  virtual BusResult update(std::uint32_t address, std::uint32_t (*change)(void*, std::uint32_t),
                           void* context, std::uint64_t cycle) = 0;
  /// Lets everything outside happen that comes before `cycle`. @return cycles to wait beyond it
  virtual std::uint64_t catch_up(std::uint64_t cycle) {
    static_cast<void>(cycle);
    return 0;
  }
  /// Asks for direct access around `address`. @return false when there is none
  virtual bool direct(std::uint32_t address, DirectMemory& out) = 0;
  /// An access to data through a direct pointer, when the hart tells them (Hart::watch_direct).
  virtual void on_direct(std::uint32_t /*address*/, unsigned /*bytes*/, bool /*write*/,
                         std::uint64_t /*cycle*/) {}
};

}  // namespace leyden::cpu
