#pragma once

#include "platform/chip/chip.h"
#include "platform/debug/target.h"

namespace leyden::debug {

/// The chip as a debugger's target: registers of its core, memory and registers of units through
/// debug transport. To be used while the core is halted.
class ChipTarget : public Target {
 public:
  explicit ChipTarget(chip::Chip& chip);

  std::vector<CsrName> csrs() const override { return csrs_; }
  std::vector<MemoryRange> memory_map() const override;
  std::optional<std::uint32_t> read_register(unsigned number) override;
  bool write_register(unsigned number, std::uint32_t value) override;
  std::size_t read_memory(std::uint32_t address, std::uint8_t* data, std::size_t size) override;
  bool write_memory(std::uint32_t address, const std::uint8_t* data, std::size_t size) override;
  void set_breakpoint(std::uint32_t address) override;
  void clear_breakpoint(std::uint32_t address) override;
  bool set_watchpoint(const cpu::Watchpoint& point) override;
  bool clear_watchpoint(const cpu::Watchpoint& point) override;
  void clear_points() override;
  std::string monitor(const std::string& command) override;

 private:
  std::string time() const;
  std::string energy();
  std::string layer() const;
  std::string csr_values();
  std::string one_csr(const std::string& name);

  chip::Chip& chip_;
  std::vector<CsrName> csrs_;
};

}  // namespace leyden::debug
