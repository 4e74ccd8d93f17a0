#include "models/cpu/translator/expression_emitter.h"

#include <utility>

namespace leyden::cpu {
namespace {

using ExpressionKind = Expression::Kind;
using Value = ExpressionEmitter::Value;
using asmjit::imm;
using host::CondCode;

Value number(std::uint32_t value) {
  Value result;
  result.number = value;
  return result;
}
Value in_register(const host::Gp& reg) {
  Value result;
  result.place = Value::Place::kRegister;
  result.reg = reg;
  return result;
}

bool is_leaf(ExpressionKind kind) {
  return kind == ExpressionKind::kA || kind == ExpressionKind::kB || kind == ExpressionKind::kPc ||
         kind == ExpressionKind::kConstant;
}
bool is_comparison(ExpressionKind kind) {
  return kind == ExpressionKind::kEqual || kind == ExpressionKind::kNotEqual ||
         kind == ExpressionKind::kLess || kind == ExpressionKind::kGreaterEqual ||
         kind == ExpressionKind::kLessSigned || kind == ExpressionKind::kGreaterEqualSigned;
}
bool is_shift(ExpressionKind kind) {
  return kind == ExpressionKind::kShiftLeft || kind == ExpressionKind::kShiftRight ||
         kind == ExpressionKind::kShiftRightSigned || kind == ExpressionKind::kRotateLeft ||
         kind == ExpressionKind::kRotateRight;
}
bool is_choice(ExpressionKind kind) {
  return kind == ExpressionKind::kMinimum || kind == ExpressionKind::kMinimumUnsigned ||
         kind == ExpressionKind::kMaximum || kind == ExpressionKind::kMaximumUnsigned;
}
bool is_high_product(ExpressionKind kind) {
  return kind == ExpressionKind::kMultiplyHigh || kind == ExpressionKind::kMultiplyHighSu ||
         kind == ExpressionKind::kMultiplyHighU;
}
bool is_division(ExpressionKind kind) {
  return kind == ExpressionKind::kDivide || kind == ExpressionKind::kDivideUnsigned ||
         kind == ExpressionKind::kRemainder || kind == ExpressionKind::kRemainderUnsigned;
}
bool is_commutative(ExpressionKind kind) {
  return kind == ExpressionKind::kAdd || kind == ExpressionKind::kAnd ||
         kind == ExpressionKind::kOr || kind == ExpressionKind::kXor ||
         kind == ExpressionKind::kMultiply;
}

host::Inst::Id shift_opcode(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::kShiftLeft:
      return host::Inst::kIdShl;
    case ExpressionKind::kShiftRight:
      return host::Inst::kIdShr;
    case ExpressionKind::kShiftRightSigned:
      return host::Inst::kIdSar;
    case ExpressionKind::kRotateLeft:
      return host::Inst::kIdRol;
    default:
      return host::Inst::kIdRor;
  }
}

host::Inst::Id opcode(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::kAdd:
      return host::Inst::kIdAdd;
    case ExpressionKind::kSubtract:
      return host::Inst::kIdSub;
    case ExpressionKind::kAnd:
      return host::Inst::kIdAnd;
    case ExpressionKind::kOr:
      return host::Inst::kIdOr;
    case ExpressionKind::kXor:
      return host::Inst::kIdXor;
    default:
      return host::Inst::kIdImul;
  }
}

}  // namespace

Value ExpressionEmitter::guest(unsigned index) {
  if (index == 0) return number(0);
  if (const auto reg = mapped(index)) return in_register(*reg);
  Value value;
  value.place = Value::Place::kMemory;
  value.memory = in_state(index);
  return value;
}

void ExpressionEmitter::bind(const Op& op) {
  const Format format = info(op.id).format;
  operand_a_ = reads_rs1(format) ? guest(op.rs1) : number(0);
  operand_b_ = reads_rs2(format) ? guest(op.rs2) : number(static_cast<std::uint32_t>(op.immediate));
  pc_ = op.pc;
}

void ExpressionEmitter::load_operand(const Value& value, const host::Gp& into) {
  if (value.is_number()) {
    a_.mov(into, value.number);
  } else if (value.is_memory()) {
    a_.mov(into, value.memory);
  } else if (!value.is(into)) {
    a_.mov(into, value.reg);
  }
}

void ExpressionEmitter::set(unsigned rd, std::uint32_t value) {
  if (rd == kDiscard) return;
  if (const auto reg = mapped(rd)) {
    a_.mov(*reg, value);
  } else {
    a_.mov(in_state(rd), imm(static_cast<std::int32_t>(value)));
  }
}

/// x = x + b and the like for a register in memory, as one instruction.
bool ExpressionEmitter::update_in_place(const Expression& e, const Op& op) {
  const Expression::Node& root = e.root();
  if (!operand_a_.is_memory() || op.rd != op.rs1 || is_comparison(root.kind) ||
      root.kind == ExpressionKind::kMultiply || is_leaf(root.kind) ||
      e.node(root.left).kind != ExpressionKind::kA ||
      e.node(root.right).kind != ExpressionKind::kB) {
    return false;
  }
  if (is_shift(root.kind)) {
    if (!operand_b_.is_number()) return false;
    a_.emit(shift_opcode(root.kind), operand_a_.memory, imm(operand_b_.number & 31));
    return true;
  }
  if (is_high_product(root.kind) || is_division(root.kind) || is_choice(root.kind)) return false;
  if (operand_b_.is_number()) {
    a_.emit(opcode(root.kind), operand_a_.memory,
            imm(static_cast<std::int32_t>(operand_b_.number)));
    return true;
  }
  if (operand_b_.is_register()) {
    a_.emit(opcode(root.kind), operand_a_.memory, operand_b_.reg);
    return true;
  }
  return false;
}

void ExpressionEmitter::compute(const Op& op) {
  if (op.rd == kDiscard) return;
  bind(op);
  const Expression& e = expression_of(op.id);
  if (update_in_place(e, op)) return;
  const auto destination = mapped(op.rd);
  const host::Gp into = destination ? *destination : kScratch.r32();
  const Value value = leaf_or_compute(e, static_cast<std::size_t>(&e.root() - &e.node(0)), into);
  if (value.is_number()) {
    set(op.rd, value.number);
    return;
  }
  load_operand(value, into);
  if (!destination) a_.mov(in_state(op.rd), into);
}

void ExpressionEmitter::target(const Op& op, const host::Gp& into) {
  bind(op);
  const Expression& e = expression_of(op.id);
  load_operand(leaf_or_compute(e, static_cast<std::size_t>(&e.root() - &e.node(0)), into), into);
}

CondCode ExpressionEmitter::compare(const Op& op) {
  bind(op);
  const Expression& e = expression_of(op.id);
  const Expression::Node& root = e.root();
  const Value left = leaf_or_compute(e, root.left, kScratch.r32());
  const Value right = leaf_or_compute(e, root.right, kScratch2.r32());
  return emit_comparison(root.kind, left, right);
}

Value ExpressionEmitter::leaf_or_compute(const Expression& e, std::size_t index,
                                         const host::Gp& into) {
  const Expression::Node& node = e.node(index);
  switch (node.kind) {
    case ExpressionKind::kA:
      return operand_a_;
    case ExpressionKind::kB:
      return operand_b_;
    case ExpressionKind::kPc:
      return number(pc_);
    case ExpressionKind::kConstant:
      return number(node.constant);
    default:
      return emit(e, index, into);
  }
}

Value ExpressionEmitter::emit(const Expression& e, std::size_t index, const host::Gp& into) {
  const Expression::Node& node = e.node(index);
  const Expression::Node* right_node = &e.node(node.right);
  std::size_t right_index = node.right;
  if (is_shift(node.kind) && right_node->kind == ExpressionKind::kAnd &&
      e.node(right_node->right).kind == ExpressionKind::kConstant &&
      e.node(right_node->right).constant == 31) {
    right_index = right_node->left;  // hosts take the amount modulo 32 themselves
  }
  // Inner nodes go to the scratch registers, so that no operand is overwritten too early.
  const Value left = leaf_or_compute(e, node.left, kScratch.r32());
  const Value right = leaf_or_compute(e, right_index, kScratch2.r32());
  if (left.is_number() && right.is_number()) {
    return number(fold(node.kind, left.number, right.number));
  }
  if (is_comparison(node.kind)) {
    const CondCode condition = emit_comparison(node.kind, left, right);
    a_.set(condition, host::al);
    a_.movzx(into, host::al);
    return in_register(into);
  }
  if (is_shift(node.kind)) return emit_shift(node.kind, left, right, into);
  if (is_choice(node.kind)) return emit_choice(node.kind, left, right);
  if (is_high_product(node.kind)) return emit_high(node.kind, left, right, into);
  if (is_division(node.kind)) return emit_division(node.kind, left, right);
  return emit_binary(node.kind, left, right, into);
}

Value ExpressionEmitter::emit_binary(ExpressionKind kind, Value left, Value right,
                                     const host::Gp& into) {
  if (is_commutative(kind) &&
      (left.is_number() || right.is(into) || (left.is_memory() && right.is_register()))) {
    if (!(left.is(into))) std::swap(left, right);
  }
  // What leaves the left operand as it is.
  if (right.is_number() && right.number == 0 &&
      (kind == ExpressionKind::kAdd || kind == ExpressionKind::kSubtract ||
       kind == ExpressionKind::kOr || kind == ExpressionKind::kXor)) {
    return left;
  }
  const auto constant = imm(static_cast<std::int32_t>(right.number));
  if (kind == ExpressionKind::kAdd && left.is_register() && !left.is(into) && !right.is_memory()) {
    if (right.is_number()) {
      a_.lea(into, host::ptr(left.reg.r64(), static_cast<std::int32_t>(right.number)));
    } else {
      a_.lea(into, host::ptr(left.reg.r64(), right.reg.r64()));
    }
    return in_register(into);
  }
  if (kind == ExpressionKind::kMultiply && right.is_number()) {
    if (left.is_register()) {
      a_.imul(into, left.reg, constant);
    } else {
      a_.imul(into, left.memory, constant);
    }
    return in_register(into);
  }
  if (right.is(into) && !left.is(into)) {  // a subtraction whose right operand is overwritten
    a_.neg(into);
    if (left.is_number()) {
      if (left.number != 0) a_.add(into, imm(static_cast<std::int32_t>(left.number)));
    } else if (left.is_register()) {
      a_.add(into, left.reg);
    } else {
      a_.add(into, left.memory);
    }
    return in_register(into);
  }
  load_operand(left, into);
  const auto instruction = opcode(kind);
  if (right.is_number()) {
    a_.emit(instruction, into, constant);
  } else if (right.is_register()) {
    a_.emit(instruction, into, right.reg);
  } else {
    a_.emit(instruction, into, right.memory);
  }
  return in_register(into);
}

Value ExpressionEmitter::emit_shift(ExpressionKind kind, const Value& left, const Value& right,
                                    const host::Gp& into) {
  if (right.is_number()) {
    load_operand(left, into);
    if ((right.number & 31) != 0) a_.emit(shift_opcode(kind), into, imm(right.number & 31));
    return in_register(into);
  }
  const bool rotates = kind == ExpressionKind::kRotateLeft || kind == ExpressionKind::kRotateRight;
  if (!features_.bmi2 || left.is_number() || rotates) {
    load_operand(right, kScratch2.r32());
    // Never straight into the destination: it may be the amount's register, read already, or not.
    const host::Gp work = kScratch.r32();
    load_operand(left, work);
    a_.emit(shift_opcode(kind), work, host::cl);
    return in_register(work);
  }
  const auto instruction = kind == ExpressionKind::kShiftLeft    ? host::Inst::kIdShlx
                           : kind == ExpressionKind::kShiftRight ? host::Inst::kIdShrx
                                                                 : host::Inst::kIdSarx;
  if (right.is_memory()) load_operand(right, kScratch2.r32());
  const host::Gp amount = right.is_register() ? right.reg : kScratch2.r32();
  if (left.is_register()) {
    a_.emit(instruction, into, left.reg, amount);
  } else {
    a_.emit(instruction, into, left.memory, amount);
  }
  return in_register(into);
}

/// The smaller or larger of two, in the scratch register.
Value ExpressionEmitter::emit_choice(ExpressionKind kind, const Value& left, const Value& right) {
  load_operand(left, kScratch.r32());
  load_operand(right, kScratch2.r32());
  a_.cmp(kScratch2.r32(), kScratch.r32());
  const CondCode take_right = kind == ExpressionKind::kMinimum           ? CondCode::kSignedLT
                              : kind == ExpressionKind::kMinimumUnsigned ? CondCode::kUnsignedLT
                              : kind == ExpressionKind::kMaximum         ? CondCode::kSignedGT
                                                                         : CondCode::kUnsignedGT;
  a_.cmov(take_right, kScratch.r32(), kScratch2.r32());
  return in_register(kScratch.r32());
}

/// The upper word of a product, by a 64-bit multiplication.
Value ExpressionEmitter::emit_high(ExpressionKind kind, const Value& left, const Value& right,
                                   const host::Gp& into) {
  const auto extend = [&](const Value& value, const host::Gp& to, bool is_signed) {
    if (!is_signed || value.is_number()) {
      load_operand(value, to.r32());
      if (is_signed) a_.movsxd(to.r64(), to.r32());
    } else if (value.is_register()) {
      a_.movsxd(to.r64(), value.reg);
    } else {
      a_.movsxd(to.r64(), value.memory);
    }
  };
  extend(left, kScratch, kind != ExpressionKind::kMultiplyHighU);
  extend(right, kScratch2, kind == ExpressionKind::kMultiplyHigh);
  a_.imul(kScratch, kScratch2);
  a_.shr(kScratch, 32);
  a_.mov(into, kScratch.r32());
  return in_register(into);
}

/// A division by what the specification says of 0 and of overflow; result in the scratch register.
Value ExpressionEmitter::emit_division(ExpressionKind kind, const Value& left, const Value& right) {
  const bool is_signed = kind == ExpressionKind::kDivide || kind == ExpressionKind::kRemainder;
  const bool is_remainder =
      kind == ExpressionKind::kRemainder || kind == ExpressionKind::kRemainderUnsigned;
  const auto saved = host::qword_ptr(kArena, offsetof(HartArena::Contents, saved));
  const asmjit::Label zero = a_.newLabel();
  const asmjit::Label minus_one = a_.newLabel();
  const asmjit::Label done = a_.newLabel();
  load_operand(left, host::eax);
  load_operand(right, host::ecx);
  a_.test(host::ecx, host::ecx);
  a_.jz(zero);
  if (is_signed) {
    a_.cmp(host::ecx, -1);
    a_.je(minus_one);
  }
  a_.mov(saved, host::rdx);
  if (is_signed) {
    a_.cdq();
    a_.idiv(host::ecx);
  } else {
    a_.xor_(host::edx, host::edx);
    a_.div(host::ecx);
  }
  if (is_remainder) a_.mov(host::eax, host::edx);
  a_.mov(host::rdx, saved);
  a_.jmp(done);
  if (is_signed) {
    a_.bind(minus_one);
    if (is_remainder) {
      a_.xor_(host::eax, host::eax);
    } else {
      a_.neg(host::eax);
    }
    a_.jmp(done);
  }
  a_.bind(zero);
  if (!is_remainder) a_.mov(host::eax, -1);
  a_.bind(done);
  return in_register(host::eax);
}

void ExpressionEmitter::early_out(const Op& op, std::uint32_t limit) {
  if (limit == 0) return;
  bind(op);
  const ExpressionKind kind = expression_of(op.id).root().kind;
  load_operand(operand_a_, host::eax);
  if (kind == ExpressionKind::kDivide || kind == ExpressionKind::kRemainder) {  // the magnitude
    a_.mov(host::ecx, host::eax);
    a_.sar(host::ecx, 31);
    a_.xor_(host::eax, host::ecx);
    a_.sub(host::eax, host::ecx);
  }
  a_.or_(host::eax, 1);
  a_.bsr(host::ecx, host::eax);
  a_.xor_(host::ecx, 31);  // leading zeros
  a_.mov(host::eax, limit);
  a_.cmp(host::ecx, host::eax);
  a_.cmova(host::ecx, host::eax);
  a_.shl(host::rcx, 32);
  a_.add(kProgress, host::rcx);
}

CondCode ExpressionEmitter::emit_comparison(ExpressionKind kind, Value left, Value right) {
  bool swapped = false;
  if (left.is_number()) {
    std::swap(left, right);
    swapped = true;
  }
  if (left.is_number() || (left.is_memory() && right.is_memory())) {
    load_operand(left, kScratch.r32());
    left = in_register(kScratch.r32());
  }
  const auto constant = imm(static_cast<std::int32_t>(right.number));
  if (right.is_number() && right.number == 0 && left.is_register()) {
    a_.test(left.reg, left.reg);
  } else if (right.is_number()) {
    if (left.is_register()) {
      a_.cmp(left.reg, constant);
    } else {
      a_.cmp(left.memory, constant);
    }
  } else if (right.is_memory()) {
    a_.cmp(left.reg, right.memory);
  } else if (left.is_memory()) {
    a_.cmp(left.memory, right.reg);
  } else {
    a_.cmp(left.reg, right.reg);
  }
  switch (kind) {
    case ExpressionKind::kEqual:
      return CondCode::kEqual;
    case ExpressionKind::kNotEqual:
      return CondCode::kNotEqual;
    case ExpressionKind::kLess:
      return swapped ? CondCode::kUnsignedGT : CondCode::kUnsignedLT;
    case ExpressionKind::kGreaterEqual:
      return swapped ? CondCode::kUnsignedLE : CondCode::kUnsignedGE;
    case ExpressionKind::kLessSigned:
      return swapped ? CondCode::kSignedGT : CondCode::kSignedLT;
    default:
      return swapped ? CondCode::kSignedLE : CondCode::kSignedGE;
  }
}

}  // namespace leyden::cpu
