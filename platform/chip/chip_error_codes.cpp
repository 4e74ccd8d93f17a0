#include "platform/chip/chip_parts.h"
#include "registers/memory_map.h"

// Error codes of memories: who hears of them, who counts them.
namespace leyden::chip {
void Chip::Parts::report_error_codes() {
  const auto report = [this](memory::ProtectedWords* words, peripherals::CodedMemory memory,
                             std::uint64_t base) {
    if (words == nullptr) return;
    sysctl.set_coded(memory);
    words->set_report([this, memory, base](bool corrected, std::uint64_t offset) {
      sysctl.report_code(memory, corrected, static_cast<std::uint32_t>(base + offset));
    });
  };
  report(sram.protected_words(), peripherals::CodedMemory::kSram, registers::kSramBase);
  report(lmem.protected_words(), peripherals::CodedMemory::kLmem, registers::kLmemBase);
  if (sram.error_code().on) core.set_sram_code_event(sram.error_code().code);
}

}  // namespace leyden::chip
