// Registers as faults know them: those of the units by the register tables, and the core's.
#include <algorithm>
#include <functional>

#include "models/base/error.h"
#include "platform/chip/faults/fault_targets.h"
#include "registers/memory_map.h"

namespace leyden::chip {
namespace {

namespace reg = registers;

constexpr unsigned kWordBits = 32;
/// The core's CSRs that hold state of the running program.
constexpr std::array<const char*, 7> kCsrs = {"mstatus", "mie",    "mtvec", "mscratch",
                                              "mepc",    "mcause", "mtval"};

/// Calls for every field that holds state of every block of registers that the chip has.
void each_field(unsigned macros,
                const std::function<void(const std::string& name, std::uint64_t address,
                                         const base::FieldInfo& field)>& call) {
  for (const reg::Unit& unit : reg::units()) {
    if (unit.fields == nullptr) continue;
    const bool is_cim = std::string(unit.name) == "cim";
    const unsigned instances = is_cim ? macros : unit.instances;
    for (unsigned n = 0; n < instances * unit.blocks; ++n) {
      const std::uint64_t base = unit.base + n / unit.blocks * unit.size +
                                 std::uint64_t{n % unit.blocks} * unit.block_stride;
      const bool several = unit.instances * unit.blocks > 1;
      const std::string block = unit.name + (several ? std::to_string(n) : std::string());
      for (const base::FieldInfo& field : *unit.fields) {
        for (unsigned i = 0; i < field.count; ++i) {
          const std::string index = field.count > 1 ? "[" + std::to_string(i) + "]" : "";
          call(block + "." + field.register_name + index,
               base + field.offset + std::uint64_t{i} * field.stride, field);
        }
      }
    }
  }
}

}  // namespace

std::uint64_t FaultTargets::find_register(const Fault& fault) const {
  std::vector<std::string> known = {"core.pc"};
  for (unsigned i = 1; i < kWordBits; ++i) known.push_back("core.x" + std::to_string(i));
  for (const char* csr : kCsrs) known.push_back(std::string("core.") + csr);
  if (std::find(known.begin(), known.end(), fault.name) != known.end()) {
    if (fault.name == "core.pc" && fault.bit == 0) {
      throw base::UsageError(fault.where + ": bit 0 of core.pc is wired to 0; flip another.");
    }
    return 0;
  }
  std::uint64_t found = 0;
  bool readable = false;
  each_field(macros(),
             [&](const std::string& name, std::uint64_t address, const base::FieldInfo& field) {
               if (known.back() != name) known.push_back(name);
               if (name != fault.name) return;
               found = address;
               readable = readable || (field.access != base::FieldAccess::kWriteOnly &&
                                       (field.bits.mask() >> fault.bit & 1) != 0);
             });
  if (found == 0) {
    const std::string nearest = base::nearest_word(fault.name, known);
    throw base::UsageError(fault.where + ": there is no register " + fault.name +
                           (nearest.empty() ? "; names are as dma0.SRC, cim0.CTRL and core.x10."
                                            : "; did you mean " + nearest + "?"));
  }
  if (!readable) {
    throw base::UsageError(fault.where + ": bit " + std::to_string(fault.bit) + " of " +
                           fault.name + " holds nothing that can flip.");
  }
  return found;
}

std::vector<RegisterBit> FaultTargets::register_bits() {
  std::vector<RegisterBit> all;
  for (unsigned bit = 1; bit < kWordBits; ++bit) all.push_back({"core.pc", 0, bit});
  for (unsigned i = 1; i < kWordBits; ++i) {
    for (unsigned bit = 0; bit < kWordBits; ++bit) {
      all.push_back({"core.x" + std::to_string(i), 0, bit});
    }
  }
  for (const char* csr : kCsrs) {
    for (unsigned bit = 0; bit < kWordBits; ++bit) {
      all.push_back({std::string("core.") + csr, 0, bit});
    }
  }
  each_field(macros(),
             [&](const std::string& name, std::uint64_t address, const base::FieldInfo& field) {
               const bool holds_state = field.access == base::FieldAccess::kReadWrite ||
                                        field.access == base::FieldAccess::kWriteOneClears;
               if (!holds_state || !parts_.debug.flip(address, 0)) return;
               for (unsigned bit = 0; bit < field.bits.width; ++bit) {
                 all.push_back({name, address, field.bits.low + bit});
               }
             });
  return all;
}

void FaultTargets::flip_core(const std::string& name, unsigned bit) {
  cpu::Hart& hart = parts_.core.hart();
  parts_.core.before_next_instruction([&hart, name, bit] {
    const std::uint32_t mask = 1u << bit;
    if (name == "pc") {
      hart.set_pc(hart.pc() ^ mask);
    } else if (name[0] == 'x') {
      const auto index = static_cast<unsigned>(std::stoul(name.substr(1)));
      hart.set_reg(index, hart.reg(index) ^ mask);
    } else {
      for (const cpu::NamedCsr& csr : hart.csrs()) {
        if (csr.name != name) continue;
        hart.set_csr(csr.number, hart.csr(csr.number).value_or(0) ^ mask);
      }
    }
  });
}

}  // namespace leyden::chip
