#include <dwarf.h>
#include <elfutils/libdw.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "platform/trace/dwarf_handle.h"

// The part of DebugInfo that finds callers: the rows of .debug_frame, and the few DWARF operations
// that compilers use in them.
namespace leyden::trace {
namespace {

constexpr unsigned kReturnAddress = 1;
constexpr unsigned kStackPointer = 2;

struct Evaluation {
  const Registers& registers;
  const DebugInfo::ReadWord& read;
  std::optional<std::uint32_t> frame_address;
};

/// Value of an expression of base registers, constants and sums, nothing for any other.
/// @param[out] is_value the result is the value itself, not its address
std::optional<std::uint32_t> evaluate(const Evaluation& with, const Dwarf_Op* ops,
                                      std::size_t count, bool& is_value) {
  std::vector<std::uint32_t> stack;
  is_value = false;
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned atom = ops[i].atom;
    const auto first = static_cast<std::uint32_t>(ops[i].number);
    const auto second = static_cast<std::uint32_t>(ops[i].number2);
    if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31) {
      stack.push_back(with.registers.x[atom - DW_OP_breg0] + first);
    } else if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31) {
      stack.push_back(atom - DW_OP_lit0);
    } else if (atom == DW_OP_bregx && first < 32) {
      stack.push_back(with.registers.x[first] + second);
    } else if (atom == DW_OP_regx && first < 32 && count == 1) {
      is_value = true;
      stack.push_back(with.registers.x[first]);
    } else if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31 && count == 1) {
      is_value = true;
      stack.push_back(with.registers.x[atom - DW_OP_reg0]);
    } else if (atom == DW_OP_call_frame_cfa && with.frame_address) {
      stack.push_back(*with.frame_address);
    } else if (atom == DW_OP_plus_uconst && !stack.empty()) {
      stack.back() += first;
    } else if (atom == DW_OP_constu || atom == DW_OP_consts || atom == DW_OP_const1u ||
               atom == DW_OP_const1s || atom == DW_OP_const2u || atom == DW_OP_const2s ||
               atom == DW_OP_const4u || atom == DW_OP_const4s) {
      stack.push_back(first);
    } else if ((atom == DW_OP_plus || atom == DW_OP_minus) && stack.size() >= 2) {
      const std::uint32_t top = stack.back();
      stack.pop_back();
      stack.back() = atom == DW_OP_plus ? stack.back() + top : stack.back() - top;
    } else if (atom == DW_OP_deref && !stack.empty()) {
      std::uint32_t value = 0;
      if (!with.read(stack.back(), value)) return std::nullopt;
      stack.back() = value;
    } else if (atom == DW_OP_stack_value) {
      is_value = true;
    } else {
      return std::nullopt;
    }
  }
  if (stack.empty()) return std::nullopt;
  return stack.back();
}

}  // namespace

bool DebugInfo::caller_of(const Registers& callee, bool is_innermost, const ReadWord& read,
                          Registers& caller) const {
  if (dwarf_->frames == nullptr) return false;
  // A return address may lie behind the end of the function that called.
  const std::uint32_t pc = is_innermost ? callee.pc : callee.pc - 1;
  Dwarf_Frame* found = nullptr;
  if (dwarf_cfi_addrframe(dwarf_->frames, pc, &found) != 0) return false;
  const std::unique_ptr<Dwarf_Frame, decltype(&std::free)> frame(found, &std::free);

  Evaluation with{callee, read, std::nullopt};
  Dwarf_Op* ops = nullptr;
  std::size_t count = 0;
  bool is_value = false;
  if (dwarf_frame_cfa(frame.get(), &ops, &count) != 0) return false;
  with.frame_address = evaluate(with, ops, count, is_value);
  if (!with.frame_address) return false;

  caller = callee;
  caller.x[kStackPointer] = *with.frame_address;
  for (unsigned number = 1; number < 32; ++number) {
    Dwarf_Op memory[3];
    if (dwarf_frame_register(frame.get(), static_cast<int>(number), memory, &ops, &count) != 0) {
      continue;
    }
    if (count == 0) continue;  // the same value, or undefined: as it is
    const auto result = evaluate(with, ops, count, is_value);
    if (!result) continue;
    std::uint32_t value = *result;
    if (!is_value && !read(*result, value)) continue;
    caller.x[number] = value;
  }
  caller.pc = caller.x[kReturnAddress];
  return caller.pc != callee.pc || caller.x[kStackPointer] != callee.x[kStackPointer];
}

}  // namespace leyden::trace
