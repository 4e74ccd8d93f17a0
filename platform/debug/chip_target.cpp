#include "platform/debug/chip_target.h"

#include "models/cpu/core.h"
#include "platform/chip/debug_port.h"

namespace leyden::debug {
namespace {

constexpr std::uint32_t kCsrNumbers = 4096;
/// Units' registers are whole words; nothing beyond one is read to get a part of it.
constexpr std::size_t kWord = 4;

/// Names of CSRs that come in rows.
std::string row_name(std::uint32_t number) {
  struct Row {
    std::uint32_t first;
    std::uint32_t last;
    const char* name;
    unsigned from;
    const char* ending;
  };
  static constexpr Row kRows[] = {
      {0x323, 0x33f, "mhpmevent", 3, ""},    {0x3a0, 0x3af, "pmpcfg", 0, ""},
      {0x3b0, 0x3ef, "pmpaddr", 0, ""},      {0xb03, 0xb1f, "mhpmcounter", 3, ""},
      {0xb83, 0xb9f, "mhpmcounter", 3, "h"}, {0xc03, 0xc1f, "hpmcounter", 3, ""},
      {0xc83, 0xc9f, "hpmcounter", 3, "h"},
  };
  for (const Row& row : kRows) {
    if (number >= row.first && number <= row.last) {
      return row.name + std::to_string(number - row.first + row.from) + row.ending;
    }
  }
  return "csr" + std::to_string(number);
}

}  // namespace

std::vector<CsrName> csrs_of(const cpu::Hart& hart) {
  std::vector<CsrName> csrs;
  for (std::uint32_t number = 0; number < kCsrNumbers; ++number) {
    if (!hart.csr(number)) continue;
    const std::string_view name = cpu::csr_name(number);
    csrs.push_back({number, name.empty() ? row_name(number) : std::string(name)});
  }
  return csrs;
}

ChipTarget::ChipTarget(chip::Chip& chip) : chip_(chip), csrs_(csrs_of(chip.core().hart())) {}

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
  if (number == kPrivilegeRegister) return 3;  // machine mode
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
