#pragma once

#include <cstdint>

#include "models/cpu/hart.h"
#include "tests/models/cpu/array_memory.h"

namespace leyden::test {

/// Memory of which a part is never direct, and which takes its direct access back in the middle of
/// bus accesses. What it does depends on the accesses only, so two harts that do the same see the
/// same.
class ChangingMemory : public ArrayMemory {
 public:
  using ArrayMemory::ArrayMemory;

  std::uint32_t hole_first = 0;  ///< never direct
  std::uint32_t hole_last = 0;
  std::uint32_t first_address = 0;
  unsigned withdraw_every = 0;  ///< bus accesses; 0: never
  cpu::Hart* hart = nullptr;

  cpu::BusResult read(std::uint32_t address, void* data, unsigned size, cpu::AccessKind kind,
                      std::uint64_t cycle) override {
    cpu::BusResult result = ArrayMemory::read(address, data, size, kind, cycle);
    return after(address, cycle, result);
  }
  cpu::BusResult write(std::uint32_t address, const void* data, unsigned size,
                       std::uint64_t cycle) override {
    cpu::BusResult result = ArrayMemory::write(address, data, size, cycle);
    return after(address, cycle, result);
  }
  bool direct(std::uint32_t address, cpu::DirectMemory& out) override {
    if (!ArrayMemory::direct(address, out)) return false;
    if (address >= hole_first && address <= hole_last) return false;
    if (address < hole_first) {
      out.last = hole_first - 1;
    } else {
      out.data += hole_last + 1 - out.first;
      out.first = hole_last + 1;
    }
    return true;
  }

  std::uint64_t cycle_sum = 0;  ///< of the cycles at which accesses began
  std::uint64_t count_sum = 0;  ///< of the loads counted by then

 private:
  cpu::BusResult after(std::uint32_t address, std::uint64_t cycle, cpu::BusResult result) {
    cycle_sum = cycle_sum * 31 + cycle + hart->pc();
    // Counts are exact in an access: whoever is accessed may look at them.
    for (const std::uint64_t count : hart->take_counts().instructions) {
      count_sum = count_sum * 31 + count;
    }
    if (withdraw_every != 0 && bus_accesses % withdraw_every == 0) {
      hart->invalidate_direct(first_address, hole_first - 1);
    }
    if (withdraw_every != 0 && bus_accesses % (withdraw_every + 3) == 0) {
      hart->invalidate_direct(hole_last + 1, hole_last + 2);
    }
    result.may_be_direct = address < hole_first || address > hole_last;
    return result;
  }
};

}  // namespace leyden::test
