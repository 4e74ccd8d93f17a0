#include "platform/golden/golden_chip.h"

#include "platform/golden/failure.h"
#include "registers/memory_map.h"

namespace leyden::golden {
namespace {

std::uint32_t whole(const base::ParameterSet& set, const char* key) {
  return static_cast<std::uint32_t>(set.integer(key));
}

}  // namespace

GoldenChip::GoldenChip(const chip::ChipDescription& chip, base::Fidelity fidelity,
                       std::uint32_t die)
    : parameters_(chip.parameters),
      fidelity_(fidelity),
      clock_hz_(parameters_.real("system.clock_mhz") * 1e6),
      vector_timing_{whole(parameters_, "vector.lanes"), whole(parameters_, "vector.port_bytes"),
                     whole(parameters_, "vector.start_up_cycles")},
      lmem_(2 * static_cast<std::size_t>(parameters_.integer("lmem.bank_bytes"))) {
  draws_.position.die = die;
  const cim::MacroParameters macro = cim::read_macro_parameters(parameters_);
  for (unsigned i = 0; i < whole(parameters_, "system.macros"); ++i) {
    macros_.push_back(std::make_unique<cim::Macro>(macro, i));
  }
}

cim::Macro& GoldenChip::macro(std::uint32_t number) {
  check_range("macro", number, 0, macros_.size() - 1);
  return *macros_[number];
}

std::uint8_t* GoldenChip::lmem(std::uint64_t address, std::uint64_t end) {
  const std::uint64_t base = registers::kLmemBase;
  const bool inside = address >= base && end >= address && end <= base + lmem_.size();
  return inside ? lmem_.data() + (address - base) : nullptr;
}

std::uint8_t* GoldenChip::lmem_bytes(std::uint64_t address, std::uint64_t count) {
  // No sum: whatever the count, nothing wraps.
  const std::uint64_t base = registers::kLmemBase;
  std::uint8_t* bytes =
      count <= lmem_.size() && address >= base ? lmem(address, address + count) : nullptr;
  if (bytes != nullptr) return bytes;
  throw Failure(LEYDEN_OUTSIDE, std::to_string(count) + " bytes at " + hex(address) +
                                    " are not wholly in LMEM, which is " +
                                    std::to_string(lmem_.size()) + " bytes from " + hex(base) +
                                    " on.");
}

}  // namespace leyden::golden
