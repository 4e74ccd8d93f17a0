#include "platform/debug/chip_target.h"

#include "models/cpu/core.h"
#include "platform/chip/debug_port.h"

namespace leyden::debug {
namespace {

// The modes there are, as the privileged architecture numbers them.
constexpr auto kUser = static_cast<std::uint32_t>(cpu::Privilege::kUser);
constexpr auto kMachine = static_cast<std::uint32_t>(cpu::Privilege::kMachine);
/// Units' registers are whole words; nothing beyond one is read to get a part of it.
constexpr std::size_t kWord = 4;

}  // namespace

ChipTarget::ChipTarget(chip::Chip& chip) : chip_(chip) {
  for (const cpu::NamedCsr& row : chip.core().hart().csrs()) {
    csrs_.push_back({row.number, std::string(row.name)});
  }
}

std::vector<MemoryRange> ChipTarget::memory_map() const {
  std::vector<MemoryRange> map;
  for (const chip::AddressRange& range : chip_.memory_map()) {
    map.push_back(
        {static_cast<std::uint32_t>(range.first), static_cast<std::uint32_t>(range.bytes)});
  }
  return map;
}

std::optional<std::uint32_t> ChipTarget::read_register(unsigned number) {
  const cpu::Hart& hart = chip_.core().hart();
  if (number < kPcRegister) return hart.reg(number);
  if (number == kPcRegister) return hart.pc();
  if (number == kPrivilegeRegister) return static_cast<std::uint32_t>(hart.privilege());
  if (number >= kFirstCsrRegister && number < kPrivilegeRegister) {
    return hart.csr(number - kFirstCsrRegister);
  }
  return std::nullopt;
}

bool ChipTarget::write_register(unsigned number, std::uint32_t value) {
  cpu::Hart& hart = chip_.core().hart();
  if (number < kPcRegister) {
    hart.set_reg(number, value);
    return true;
  }
  if (number == kPcRegister) {
    // Registers put back as they were are no jump.
    if (value != hart.pc()) hart.set_pc(value);
    return true;
  }
  if (number == kPrivilegeRegister) {
    if (value != kUser && value != kMachine) return false;
    hart.set_privilege(static_cast<cpu::Privilege>(value));
    hart.memory_changed();  // what may be executed is another matter now
    return true;
  }
  return number >= kFirstCsrRegister && number < kPrivilegeRegister &&
         hart.set_csr(number - kFirstCsrRegister, value);
}

std::size_t ChipTarget::read_memory(std::uint32_t address, std::uint8_t* data, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const std::uint64_t at = std::uint64_t{address} + done;
    // Up to the next word first, then all there is, then the rest of the last word.
    std::size_t part = at % kWord != 0 ? kWord - at % kWord : (size - done) / kWord * kWord;
    if (part == 0 || part > size - done) part = size - done;
    const unsigned moved = chip_.host_port().read(at, data + done, static_cast<unsigned>(part));
    done += moved;
    if (moved == 0) break;
  }
  return done;
}

bool ChipTarget::write_memory(std::uint32_t address, const std::uint8_t* data, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const unsigned moved = chip_.host_port().write(std::uint64_t{address} + done, data + done,
                                                   static_cast<unsigned>(size - done));
    if (moved == 0) break;
    done += moved;
  }
  if (done != 0) chip_.core().hart().memory_changed();
  return done == size;
}

void ChipTarget::set_breakpoint(std::uint32_t address) {
  chip_.core().hart().set_breakpoint(address);
}

void ChipTarget::clear_breakpoint(std::uint32_t address) {
  chip_.core().hart().clear_breakpoint(address);
}

bool ChipTarget::set_watchpoint(const cpu::Watchpoint& point) {
  return chip_.core().hart().set_watchpoint(point);
}

bool ChipTarget::clear_watchpoint(const cpu::Watchpoint& point) {
  return chip_.core().hart().clear_watchpoint(point);
}

void ChipTarget::clear_points() { chip_.core().hart().clear_debug_points(); }

}  // namespace leyden::debug
