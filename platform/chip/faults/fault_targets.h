#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/cim/macro.h"
#include "models/cpu/core.h"
#include "models/memory/local_memory.h"
#include "models/memory/off_chip_memory.h"
#include "models/memory/sram.h"
#include "platform/chip/debug_port.h"
#include "platform/chip/faults/fault.h"

namespace leyden::chip {

/// The parts of a chip that faults act on.
struct FaultParts {
  memory::Sram& sram;
  memory::LocalMemory& lmem;
  memory::OffChipMemory& off_chip;
  cpu::Core& core;
  DebugPort& debug;
  std::vector<cim::Macro*> macros;  ///< nullptr: one that cannot be reached
};

/// One bit of a register of a unit or of the core.
struct RegisterBit {
  std::string name;           ///< "dma0.SRC", "core.x10"
  std::uint64_t address = 0;  ///< of a unit's register; 0: the core's
  unsigned bit = 0;
};

/// Flips bits of a chip's memories, macros and registers, and tells what became of them.
class FaultTargets {
 public:
  explicit FaultTargets(FaultParts parts) : parts_(std::move(parts)) {}

  /// Whether a flip's place is there. @throws base::UsageError
  void check(const Fault& fault) const;
  /// What is broken in a macro as a list tells it. @throws base::UsageError
  cim::MacroFaults frozen(const std::vector<Fault>& list, unsigned macro) const;
  /// Flips one bit, now. @return the injected fault, without its cycle
  InjectedFault flip(const Fault& fault);
  /// What became of a flip.
  FaultFate fate(std::size_t number) const;

  std::uint64_t bits(FaultTarget memory, unsigned macro) const;
  /// A flip of bit `index` of so many of a memory or of a macro's cells.
  Fault bit_of(FaultTarget memory, unsigned macro, std::uint64_t index) const;
  /// Bits of registers that software can write, and the core's; names and bits are those of lists.
  std::vector<RegisterBit> register_bits();
  cim::Macro& macro(unsigned number, const std::string& where) const;
  unsigned macros() const { return static_cast<unsigned>(parts_.macros.size()); }

 private:
  /// Address of a unit's register, 0 for one of the core. @throws base::UsageError
  std::uint64_t find_register(const Fault& fault) const;
  void flip_core(const std::string& name, unsigned bit);
  InjectedFault flip_memory(const Fault& fault);

  FaultParts parts_;
  struct MemoryFlip {
    FaultTarget target;
    std::size_t number;  ///< of the memory
  };
  std::vector<MemoryFlip> memory_flips_;  ///< index = InjectedFault::number
};

}  // namespace leyden::chip
