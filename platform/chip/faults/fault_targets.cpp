#include "platform/chip/faults/fault_targets.h"

#include <algorithm>
#include <cstdio>

#include "models/base/error.h"
#include "registers/memory_map.h"

namespace leyden::chip {
namespace {

namespace reg = registers;

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%08llx", static_cast<unsigned long long>(value));
  return text;
}

/// Where a memory begins on the bus, and its size.
struct Place {
  std::uint64_t base;
  std::uint64_t bytes;
};

Place place_of(const FaultParts& parts, FaultTarget memory) {
  if (memory == FaultTarget::kSram) return {reg::kSramBase, parts.sram.size()};
  if (memory == FaultTarget::kLmem) return {reg::kLmemBase, parts.lmem.size()};
  return {reg::kOffChipBase, parts.off_chip.size()};
}

[[noreturn]] void outside(const Fault& fault, const std::string& what, std::uint64_t value,
                          std::uint64_t least, std::uint64_t most) {
  throw base::UsageError((fault.where.empty() ? "" : fault.where + ": ") + what + " is " +
                         std::to_string(value) + "; it must be from " + std::to_string(least) +
                         " to " + std::to_string(most) + " for a fault of target " +
                         std::string(to_string(fault.target)) + " on this chip.");
}

void check_below(const Fault& fault, const std::string& what, std::uint64_t value,
                 std::uint64_t limit) {
  if (value >= limit) outside(fault, what, value, 0, limit - 1);
}

std::string cell_name(const Fault& fault) {
  return "cim" + std::to_string(fault.macro) + " row " + std::to_string(fault.row) + " column " +
         std::to_string(fault.column);
}

}  // namespace

cim::Macro& FaultTargets::macro(unsigned number, const std::string& where) const {
  const std::string before = where.empty() ? "" : where + ": ";
  if (number >= parts_.macros.size()) {
    throw base::UsageError(before + "there is no macro " + std::to_string(number) +
                           "; this chip's are 0 to " + std::to_string(parts_.macros.size() - 1) +
                           ".");
  }
  if (parts_.macros[number] == nullptr) {
    throw base::UsageError(before +
                           "faults reach macros of cim.impl tlm alone; this chip's is another.");
  }
  return *parts_.macros[number];
}

void FaultTargets::check(const Fault& fault) const {
  switch (fault.target) {
    case FaultTarget::kSram:
    case FaultTarget::kLmem:
    case FaultTarget::kOffChip: {
      const Place place = place_of(parts_, fault.target);
      check_below(fault, "bit", fault.bit, 8);
      if (fault.address >= place.base && fault.address - place.base < place.bytes) return;
      throw base::UsageError(fault.where + ": the address " + hex(fault.address) +
                             " is not in this chip's " + std::string(to_string(fault.target)) +
                             ", which is from " + hex(place.base) + " to " +
                             hex(place.base + place.bytes - 1) + ".");
    }
    case FaultTarget::kWeights: {
      const cim::MacroParameters& macro_of = macro(fault.macro, fault.where).parameters();
      check_below(fault, "row", fault.row, macro_of.rows);
      check_below(fault, "column", fault.column, macro_of.columns);
      check_below(fault, "bit", fault.bit, macro_of.cells.bits);
      return;
    }
    case FaultTarget::kAbn:
      check_below(fault, "entry", fault.entry,
                  macro(fault.macro, fault.where).parameters().abn_entries);
      return;
    case FaultTarget::kTrim:
      check_below(fault, "column", fault.column,
                  macro(fault.macro, fault.where).parameters().columns);
      return;
    case FaultTarget::kRegister:
      find_register(fault);
      return;
    default:
      return;
  }
}

cim::MacroFaults FaultTargets::frozen(const std::vector<Fault>& list, unsigned number) const {
  cim::MacroFaults faults;
  for (const Fault& fault : list) {
    if (!is_frozen(fault.target)) continue;
    const cim::MacroParameters& parameters = macro(fault.macro, fault.where).parameters();
    check_below(fault, "column", fault.column, parameters.physical_columns());
    if (fault.target == FaultTarget::kCell) {
      check_below(fault, "row", fault.row, parameters.rows);
      check_below(fault, "level", fault.value, parameters.cells.highest_level() + 1);
    }
    if (fault.macro != number) continue;
    if (fault.target == FaultTarget::kCell) {
      faults.cells.push_back({fault.row, fault.column, fault.value});
    } else if (fault.target == FaultTarget::kColumn) {
      faults.dead_columns.resize(parameters.physical_columns());
      faults.dead_columns[fault.column] = true;
    } else {
      faults.converters.resize(parameters.physical_columns());
      faults.converters[fault.column] = fault.value == 0 ? cim::MacroFaults::Converter::kLowest
                                                         : cim::MacroFaults::Converter::kHighest;
    }
  }
  return faults;
}

InjectedFault FaultTargets::flip_memory(const Fault& fault) {
  const std::uint64_t offset = fault.address - place_of(parts_, fault.target).base;
  std::size_t number = 0;
  if (fault.target == FaultTarget::kSram) {
    number = parts_.sram.flip(offset, fault.bit);
    parts_.core.hart().memory_changed();
  } else if (fault.target == FaultTarget::kLmem) {
    number = parts_.lmem.flip(offset, fault.bit);
  } else {
    number = parts_.off_chip.flip(offset, fault.bit);
  }
  InjectedFault injected;
  injected.place = hex(fault.address) + " bit " + std::to_string(fault.bit);
  injected.number = memory_flips_.size();
  memory_flips_.push_back({fault.target, number});
  return injected;
}

InjectedFault FaultTargets::flip(const Fault& fault) {
  InjectedFault injected;
  const std::string bit = " bit " + std::to_string(fault.bit);
  switch (fault.target) {
    case FaultTarget::kWeights:
      macro(fault.macro, fault.where).array().flip_cell(fault.row, fault.column, fault.bit);
      injected.place = cell_name(fault) + bit;
      break;
    case FaultTarget::kAbn:
      macro(fault.macro, fault.where).array().flip_abn(fault.entry, fault.bit);
      injected.place =
          "cim" + std::to_string(fault.macro) + " abn " + std::to_string(fault.entry) + bit;
      break;
    case FaultTarget::kTrim:
      macro(fault.macro, fault.where).array().flip_trim(fault.column, fault.bit);
      injected.place =
          "cim" + std::to_string(fault.macro) + " trim " + std::to_string(fault.column) + bit;
      break;
    case FaultTarget::kRegister:
      injected.place = fault.name + bit;
      if (const std::uint64_t address = find_register(fault); address == 0) {
        flip_core(fault.name.substr(fault.name.find('.') + 1), fault.bit);
      } else {
        parts_.debug.flip(address, 1u << fault.bit);
      }
      break;
    default:
      injected = flip_memory(fault);
  }
  injected.target = fault.target;
  return injected;
}

FaultFate FaultTargets::fate(std::size_t number) const {
  if (number >= memory_flips_.size()) return FaultFate::kUnknown;
  const MemoryFlip& flip = memory_flips_[number];
  const memory::FlipFate fate =
      flip.target == FaultTarget::kSram   ? parts_.sram.flip_fate(flip.number)
      : flip.target == FaultTarget::kLmem ? parts_.lmem.flip_fate(flip.number)
                                          : parts_.off_chip.flip_fate(flip.number);
  switch (fate) {
    case memory::FlipFate::kRead:
      return FaultFate::kRead;
    case memory::FlipFate::kOverwritten:
      return FaultFate::kOverwritten;
    case memory::FlipFate::kUnused:
      break;
  }
  return FaultFate::kUnused;
}

std::uint64_t FaultTargets::bits(FaultTarget memory, unsigned number) const {
  if (memory != FaultTarget::kWeights) return 8 * place_of(parts_, memory).bytes;
  const cim::MacroParameters& parameters = macro(number, "").parameters();
  return std::uint64_t{parameters.rows} * parameters.columns * parameters.cells.bits;
}

Fault FaultTargets::bit_of(FaultTarget memory, unsigned number, std::uint64_t index) const {
  Fault fault;
  fault.target = memory;
  if (memory != FaultTarget::kWeights) {
    fault.address = place_of(parts_, memory).base + index / 8;
    fault.bit = static_cast<unsigned>(index % 8);
    return fault;
  }
  const cim::MacroParameters& parameters = macro(number, "").parameters();
  fault.macro = number;
  fault.bit = static_cast<unsigned>(index % parameters.cells.bits);
  index /= parameters.cells.bits;
  fault.column = static_cast<unsigned>(index % parameters.columns);
  fault.row = static_cast<unsigned>(index / parameters.columns);
  return fault;
}

}  // namespace leyden::chip
