#pragma once

#include <array>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/debug/target.h"

namespace leyden::test {

/// A core and 256 bytes of memory at 0x1000, for the protocol alone.
class FakeTarget : public debug::Target {
 public:
  static constexpr std::uint32_t kFirst = 0x1000;

  std::array<std::uint32_t, 33> registers{};
  std::map<unsigned, std::uint32_t> csr_values{{0x300, 0x1800}, {0x340, 7}};
  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(256);
  std::set<std::uint32_t> breakpoints;
  std::vector<cpu::Watchpoint> watchpoints;
  std::string last_monitor;
  std::string monitor_output = "fine\n";

  std::vector<debug::CsrName> csrs() const override {
    return {{0x300, "mstatus"}, {0x340, "mscratch"}};
  }
  std::vector<debug::MemoryRange> memory_map() const override { return {{kFirst, 256}}; }
  std::optional<std::uint32_t> read_register(unsigned number) override {
    if (number <= debug::kPcRegister) return registers[number];
    const auto found = csr_values.find(number - debug::kFirstCsrRegister);
    if (found == csr_values.end()) return std::nullopt;
    return found->second;
  }
  bool write_register(unsigned number, std::uint32_t value) override {
    if (number <= debug::kPcRegister) {
      registers[number] = value;
      return true;
    }
    const auto found = csr_values.find(number - debug::kFirstCsrRegister);
    if (found == csr_values.end()) return false;
    found->second = value;
    return true;
  }
  std::size_t read_memory(std::uint32_t address, std::uint8_t* data, std::size_t size) override {
    const std::size_t there = room(address, size);
    if (there != 0) std::memcpy(data, &memory[address - kFirst], there);
    return there;
  }
  bool write_memory(std::uint32_t address, const std::uint8_t* data, std::size_t size) override {
    const std::size_t there = room(address, size);
    if (there != 0) std::memcpy(&memory[address - kFirst], data, there);
    return there == size;
  }
  void set_breakpoint(std::uint32_t address) override { breakpoints.insert(address); }
  void clear_breakpoint(std::uint32_t address) override { breakpoints.erase(address); }
  bool set_watchpoint(const cpu::Watchpoint& point) override {
    for (const cpu::Watchpoint& known : watchpoints) {
      if (known == point) return false;
    }
    watchpoints.push_back(point);
    return true;
  }
  bool clear_watchpoint(const cpu::Watchpoint& point) override {
    for (auto known = watchpoints.begin(); known != watchpoints.end(); ++known) {
      if (*known == point) {
        watchpoints.erase(known);
        return true;
      }
    }
    return false;
  }
  void clear_points() override {
    breakpoints.clear();
    watchpoints.clear();
  }
  std::string monitor(const std::string& command) override {
    last_monitor = command;
    return monitor_output;
  }

 private:
  std::size_t room(std::uint32_t address, std::size_t size) const {
    if (address < kFirst || address - kFirst >= memory.size()) return 0;
    return std::min(size, memory.size() - (address - kFirst));
  }
};

}  // namespace leyden::test
