#include "platform/compiler/cost_firmware.h"

namespace leyden::compiler {

std::uint64_t CodeBlock::cycles(const CostParameters& p) const {
  const auto of = [&](InstructionClass kind) {
    return std::uint64_t{p.instruction_cycles[static_cast<std::size_t>(kind)]};
  };
  return alu * of(InstructionClass::kAlu) + load * of(InstructionClass::kLoad) +
         store * of(InstructionClass::kStore) + branch * of(InstructionClass::kBranch) +
         jump * of(InstructionClass::kJump) + system * of(InstructionClass::kSystem) +
         std::uint64_t{load_use} * p.load_use_cycles +
         std::uint64_t{taken} * p.taken_branch_cycles +
         std::uint64_t{fetch_waits} * p.fetch_wait_cycles;
}

}  // namespace leyden::compiler
