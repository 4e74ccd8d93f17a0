#include <cstdio>
#include <cstring>

#include "platform/chip/chip_parts.h"
#include "registers/memory_map.h"

// What programs reach beyond their registers: memories, and the host behind `tohost`.
namespace leyden::chip {
namespace {

/// Cycles the second half of `tohost` may be late.
constexpr std::uint64_t kGraceCycles = 100;

std::string hexadecimal(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

std::vector<LoadRange> Chip::Parts::memories() const {
  return {{"SRAM", registers::kSramBase, sram.size()},
          {"off-chip memory", registers::kOffChipBase, off_chip.size()},
          {"LMEM", registers::kLmemBase, lmem.size()}};
}

bool Chip::Parts::is_memory(std::uint64_t address, std::uint64_t bytes) const {
  const auto holds = [&](std::uint64_t first, std::uint64_t size) {
    return address >= first && address - first <= size && bytes <= size - (address - first);
  };
  return holds(registers::kSramBase, sram.size()) ||
         holds(registers::kOffChipBase, off_chip.size()) ||
         holds(registers::kLmemBase, lmem.size());
}

void Chip::Parts::require_memory(std::uint64_t address, std::uint64_t bytes,
                                 const std::string& what) const {
  if (is_memory(address, bytes)) return;
  std::string known;
  for (const LoadRange& memory : memories()) {
    known += (known.empty() ? "" : ", ") + memory.name + " at " + hexadecimal(memory.first) +
             " to " + hexadecimal(memory.first + memory.bytes - 1);
  }
  throw base::UsageError(what + ": " + std::to_string(bytes) + " bytes at " + hexadecimal(address) +
                         " do not lie in the chip's memory (" + known + ").");
}

/// Writes of others than the core take its reservation; writes of anyone may be meant for the host.
void Chip::Parts::observe_writes() {
  const auto observe = [this](auto& memory, std::uint64_t base) {
    memory.set_write_observer(
        [this, base](std::uint64_t offset, std::uint64_t bytes, const char* initiator) {
          const std::uint64_t first = base + offset;
          if (std::strcmp(initiator, "core") != 0) {
            core.on_foreign_write(static_cast<std::uint32_t>(first),
                                  static_cast<std::uint32_t>(first + bytes - 1));
          }
          htif.on_write(first, bytes);
        });
  };
  observe(sram, registers::kSramBase);
  observe(lmem, registers::kLmemBase);
  observe(off_chip, registers::kOffChipBase);
  core.on_error([this](const std::exception_ptr& thrown) {
    error = thrown;
    sc_core::sc_stop();
  });
}

void Chip::Parts::attach_htif(const std::string& path) {
  const auto tohost = program.find("tohost");
  if (!tohost) return;
  const auto fromhost = program.find("fromhost");
  for (const auto& [name, address] : {std::pair("tohost", tohost), {"fromhost", fromhost}}) {
    if (!address) continue;
    require_memory(*address, Htif::kBytes, path + ": the symbol " + name);
    if (*address % Htif::kBytes != 0) {
      throw base::UsageError(path + ": the symbol " + name + " at " + hexadecimal(*address) +
                             " is not aligned to 8 bytes; put .align 3 before it.");
    }
  }
  if (*tohost >= registers::kSramBase && *tohost - registers::kSramBase < sram.size()) {
    sram.withhold(*tohost - registers::kSramBase, Htif::kBytes);
  }
  htif.attach(*tohost, fromhost);
}

HtifPorts Chip::Parts::htif_ports() {
  return {[this](std::uint8_t byte) {
            if (options.uart) options.uart(byte);
          },
          [this](const RunEnd& end_of_run) { end(end_of_run); },
          [this] { return clock.cycles(kGraceCycles); }};
}

}  // namespace leyden::chip
