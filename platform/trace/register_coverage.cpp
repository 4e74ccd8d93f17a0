#include "platform/trace/register_coverage.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "registers/memory_map.h"

namespace leyden::trace {
namespace {

using base::FieldAccess;

std::vector<std::string> bins_of(const base::FieldInfo& field, bool write) {
  if (write && field.access == FieldAccess::kWriteOneClears) return {"1"};
  if (field.bits.width == 1) return {"0", "1"};
  if (field.bits.width == 2) return {"0", "1", "high"};
  return {"0", "1", "low", "high"};
}

std::size_t bin_of(const base::FieldInfo& field, std::uint32_t value) {
  if (value < 2) return value;
  const bool high = (value >> (field.bits.width - 1) & 1) != 0;
  return field.bits.width == 2 ? 2 : high ? 3 : 2;
}

std::string name_of(const base::FieldInfo& field) {
  const std::string whole = field.register_name;
  return whole == field.name ? whole : whole + "." + field.name;
}

}  // namespace

RegisterCoverage::RegisterCoverage(coverage::Coverage& coverage) : coverage_(coverage) {
  for (const registers::Unit& unit : registers::units()) {
    if (unit.fields == nullptr) continue;
    UnitFields made{unit.base,   unit.base + unit.size * unit.instances,
                    unit.size,   unit.block_stride,
                    unit.blocks, {}};
    const std::string group = std::string("registers of ") + unit.name;
    for (const base::FieldInfo& field : *unit.fields) {
      Entry entry{&field, {}, {}};
      const std::string name = name_of(field);
      if (field.access != FieldAccess::kReadOnly) {
        entry.written = {true, coverage.declare(group, name + " written", bins_of(field, true))};
      }
      if (field.access != FieldAccess::kWriteOnly) {
        entry.read = {true, coverage.declare(group, name + " read", bins_of(field, false))};
      }
      made.entries.push_back(entry);
    }
    units_.push_back(std::move(made));
  }
  std::sort(units_.begin(), units_.end(),
            [](const UnitFields& a, const UnitFields& b) { return a.base < b.base; });
}

void RegisterCoverage::access(std::uint64_t address, bool write, const std::uint8_t* data,
                              unsigned length) {
  const auto next = std::upper_bound(
      units_.begin(), units_.end(), address,
      [](std::uint64_t value, const UnitFields& unit) { return value < unit.base; });
  if (next == units_.begin()) return;
  const UnitFields& unit = *(next - 1);
  if (address >= unit.end) return;
  std::uint64_t offset = (address - unit.base) % unit.size;
  if (unit.block_stride != 0) offset %= unit.block_stride;
  // A block of words is as many registers.
  for (unsigned at = 0; at < length; at += 4) {
    const unsigned bytes = std::min(4u, length - at);
    std::uint32_t word = 0;
    std::memcpy(&word, data + at, bytes);
    look(unit, offset + at, write, word, bytes);
  }
}

void RegisterCoverage::look(const UnitFields& unit, std::uint64_t offset, bool write,
                            std::uint32_t word, unsigned bytes) {
  for (const Entry& entry : unit.entries) {
    const Direction& direction = write ? entry.written : entry.read;
    if (!direction.counts) continue;
    const base::FieldInfo& field = *entry.field;
    const std::uint64_t end = field.offset + (field.count - 1) * std::uint64_t{field.stride} + 4;
    if (offset < field.offset || offset >= end) continue;
    const std::uint64_t within =
        field.stride == 0 ? offset - field.offset : (offset - field.offset) % field.stride;
    // A narrow access of one byte of a register moves the fields in it.
    const unsigned shift = static_cast<unsigned>(within) * 8;
    if (within >= 4 || field.bits.low < shift ||
        field.bits.low + field.bits.width > shift + 8 * bytes) {
      continue;
    }
    const std::uint32_t value = field.bits.get(word << shift);
    if (write && field.access == FieldAccess::kWriteOneClears) {
      if (value != 0) coverage_.hit(direction.point, 0);
      continue;
    }
    coverage_.hit(direction.point, bin_of(field, value));
  }
}

}  // namespace leyden::trace
