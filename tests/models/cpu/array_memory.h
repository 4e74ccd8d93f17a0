#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "models/cpu/memory_interface.h"

namespace leyden::test {

/// Memory of a test: an array at `first`, direct or over a bus that takes `wait_cycles`, and
/// nothing else.
class ArrayMemory : public cpu::MemoryInterface {
 public:
  ArrayMemory(std::uint32_t first, std::size_t size) : bytes(size, 0), first_(first) {}

  std::vector<std::uint8_t> bytes;
  bool is_direct = true;
  std::uint64_t wait_cycles = 0;
  std::uint64_t bus_accesses = 0;

  void load(std::uint32_t address, const void* data, std::size_t size) {
    if (size != 0) std::memcpy(bytes.data() + (address - first_), data, size);
  }
  std::uint32_t word(std::uint32_t address) const {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + (address - first_), 4);
    return value;
  }

  cpu::BusResult read(std::uint32_t address, void* data, unsigned size, cpu::AccessKind,
                      std::uint64_t) override {
    ++bus_accesses;
    if (!inside(address, size)) return {};
    std::memcpy(data, bytes.data() + (address - first_), size);
    return {true, wait_cycles, false};
  }
  cpu::BusResult write(std::uint32_t address, const void* data, unsigned size,
                       std::uint64_t) override {
    ++bus_accesses;
    if (!inside(address, size)) return {};
    std::memcpy(bytes.data() + (address - first_), data, size);
    return {true, wait_cycles, false};
  }
  cpu::BusResult update(std::uint32_t address, std::uint32_t (*change)(void*, std::uint32_t),
                        void* context, std::uint64_t) override {
    ++bus_accesses;
    if (!inside(address, 4)) return {};
    const std::uint32_t changed = change(context, word(address));
    load(address, &changed, 4);
    return {true, 2 * wait_cycles, false};
  }
  bool direct(std::uint32_t address, cpu::DirectMemory& out) override {
    if (!is_direct || !inside(address, 1)) return false;
    out = {bytes.data(), first_, first_ + static_cast<std::uint32_t>(bytes.size()) - 1};
    return true;
  }

 private:
  bool inside(std::uint32_t address, unsigned size) const {
    return address >= first_ && std::uint64_t{address - first_} + size <= bytes.size();
  }
  std::uint32_t first_;
};

}  // namespace leyden::test
