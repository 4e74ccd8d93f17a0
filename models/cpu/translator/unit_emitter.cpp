#include "models/cpu/translator/unit_emitter.h"

#include <cassert>

#include "models/cpu/semantics.h"
#include "models/cpu/translator/path.h"

namespace leyden::cpu {
namespace {

using asmjit::imm;
using asmjit::Label;

constexpr auto kMapDisplacement = static_cast<std::int32_t>(HartArena::kMapOffset);
constexpr std::uint8_t kJumpOpcode = 0xe9;

}  // namespace

void UnitEmitter::emit(const Path& path, Unit& unit) {
  path_ = &path;
  unit_ = &unit;
  aside_.clear();
  unit.pc = path.steps.front().block->pc;
  unit.is_loop = path.closes;
  sum_up(path);
  unit.cycles = total_.cycles;
  emit_entries();
  at_start_ = Sums();
  for (std::size_t i = 0; i < path.steps.size(); ++i) emit_step(i);
  for (const auto& emit_aside : aside_) emit_aside();
  for (std::size_t i = 0; i < unit.exits.size(); ++i) {
    assert(unit.exits[i].taken == unit.exits.front().taken + i);
  }
  const std::uint64_t base = a_.code()->baseAddress();
  const auto address = [&](const Label& label) {
    return reinterpret_cast<const std::uint8_t*>(base + a_.code()->labelOffset(label));
  };
  unit.entry = address(entry_);
  unit.jump_entry = address(jump_entry_);
}

/// What the whole path costs: subtracted once at its beginning.
void UnitEmitter::sum_up(const Path& path) {
  at_start_ = Sums();
  for (const PathStep& step : path.steps) {
    enter_step(step);
    at_start_ = sums_at_end(step, step.taken);
  }
  total_ = at_start_;
  const PathStep& last = path.steps.back();
  tail_carry_ = carry_of(*last.block, last.taken);
  fill(unit_->end, total_, last.next_pc, tail_carry_);
}

void UnitEmitter::enter_step(const PathStep& step) {
  at_start_.cycles += step.entry.cycles;
  at_start_.counts[kFetchWords] += step.entry.words;
  at_start_.counts[kLoadUses] += step.entry.load_uses;
  at_start_.counts[kFetchWaits] += step.entry.fetch_waits;
}

UnitEmitter::Sums UnitEmitter::sums_at_end(const PathStep& step, bool taken) const {
  Sums sums = at_start_;
  sums.cycles += step.block->cycles;
  if (taken) {
    sums.cycles += timing_.taken_branch;
    ++sums.counts[kTakenBranches];
  }
  sums.retired += step.block->count;
  for (std::size_t i = 0; i < kCountSlots; ++i) sums.counts[i] += step.block->counts[i];
  return sums;
}

void UnitEmitter::fill(UnitExit& exit, const Sums& sums, std::uint32_t pc, std::uint32_t carry) {
  exit.unit = unit_;
  exit.pc = pc;
  exit.carry = carry;
  exit.cycles = sums.cycles;
  exit.retired = sums.retired;
  exit.counts = sums.counts;
}

UnitExit& UnitEmitter::side_exit(const PathStep& step, std::uint32_t pc, bool taken) {
  UnitExit& exit = unit_->exits.emplace_back();
  fill(exit, sums_at_end(step, taken), pc, carry_of(*step.block, taken));
  exit.taken = slots_.take(0);
  return exit;
}

// An entry takes the cycles of the whole path off what is left and stops when they do not fit:
// then the interpreter goes on from the unit's beginning, up to the horizon exactly.
void UnitEmitter::emit_entry(std::uint64_t* cost, std::uint64_t* entries, std::uint64_t hold) {
  const Label too_late = a_.newLabel();
  const Label first_time = a_.newLabel();
  const Label back = a_.newLabel();
  a_.sub(kProgress, counter(cost));
  a_.js(too_late);
  a_.inc(counter(entries));
  a_.jz(first_time);
  a_.bind(back);
  Unit* const unit = unit_;
  aside_.emplace_back([this, too_late, first_time, back, cost, hold, unit] {
    a_.bind(too_late);
    a_.add(kProgress, counter(cost));
    a_.mov(kScratch, imm(reinterpret_cast<std::uintptr_t>(unit)));
    a_.jmp(imm(hold));
    a_.bind(first_time);  // since counters were summed: puts the unit on the list of those to sum
    const auto end = host::qword_ptr(kArena, offsetof(HartArena::Contents, dirty_end));
    a_.mov(kScratch, end);
    a_.mov(host::qword_ptr(kScratch), imm(unit->number));
    a_.add(end, 8);
    a_.jmp(back);
  });
}

void UnitEmitter::emit_entries() {
  body_ = a_.newLabel();
  entry_ = a_.newLabel();
  const Block& first = *path_->steps.front().block;
  const EntryCost jump = entry_cost(first, 1, timing_);
  unit_->entries = slots_.take(~std::uint64_t{0});
  a_.bind(entry_);
  emit_entry(slots_.take(pack_progress(total_.cycles, total_.retired)), unit_->entries,
             routines_.hold);
  jump_entry_ = entry_;
  if ((first.entry_mask & 1u) != 0) {
    a_.jmp(body_);
    unit_->jump_entries = slots_.take(~std::uint64_t{0});
    unit_->jump_cost = jump;
    jump_entry_ = a_.newLabel();
    a_.bind(jump_entry_);
    emit_entry(slots_.take(pack_progress(total_.cycles + jump.cycles, total_.retired)),
               unit_->jump_entries, routines_.hold_after_jump);
  }
  a_.bind(body_);
}

void UnitEmitter::emit_step(std::size_t index) {
  const PathStep& step = path_->steps[index];
  block_ = step.block;
  before_block_ = nullptr;
  enter_step(step);
  const bool has_end = end_kind(*block_) != Kind::kCompute;
  const unsigned plain = block_->count - (has_end ? 1 : 0);
  for (unsigned i = 0; i < plain; ++i) emit_operation(block_->ops[i]);
  emit_end(index);
  at_start_ = sums_at_end(step, step.taken);
}

void UnitEmitter::emit_operation(const Op& op) {
  switch (info(op.id).kind) {
    case Kind::kCompute:
      if (expression_of(op.id).is_opaque()) {
        emit_call(op);
        return;
      }
      if (info(op.id).timing == TimingClass::kDivide) {
        expressions_.early_out(op, early_out_limit_);
      }
      expressions_.compute(op);
      return;
    case Kind::kLoad:
      emit_load(op);
      return;
    case Kind::kStore:
      emit_store(op);
      return;
    case Kind::kFence:
      return;
    default:
      emit_call(op);
  }
}

void UnitEmitter::emit_end(std::size_t index) {
  const PathStep& step = path_->steps[index];
  const bool last = index + 1 == path_->steps.size();
  const Op& op = block_->ops[block_->count - 1];
  switch (end_kind(*block_)) {
    case Kind::kBranch:
      emit_branch(step, last);
      break;
    case Kind::kJump:
      if (reads_rs1(info(op.id).format)) {
        emit_indirect(step, last);
      } else {
        expressions_.set(op.rd, fall_through(*block_));
        if (last) emit_tail(step);
      }
      break;
    case Kind::kCompute:
      if (last) emit_tail(step);
      break;
    default:
      emit_call(op);  // never comes back
      a_.ud2();
  }
}

void UnitEmitter::emit_branch(const PathStep& step, bool last) {
  const Op& op = block_->ops[block_->count - 1];
  const host::CondCode taken = expressions_.compare(op);
  const Label away = a_.newLabel();
  a_.j(step.taken ? host::negateCond(taken) : taken, away);
  UnitExit& exit =
      side_exit(step, step.taken ? fall_through(*block_) : direct_target(*block_), !step.taken);
  aside_.emplace_back([this, away, &exit] {
    a_.bind(away);
    count_side_exit(exit);
    emit_jump_out(exit);
  });
  if (last) emit_tail(step);
}

/// An indirect jump: to where the path goes if that is known, else by looking the target up.
void UnitEmitter::emit_indirect(const PathStep& step, bool last) {
  const Op& op = block_->ops[block_->count - 1];
  expressions_.target(op, kScratch.r32());
  expressions_.set(op.rd, fall_through(*block_));
  if (last && !path_->closes) {
    emit_lookup();
    return;
  }
  const Label away = a_.newLabel();
  a_.cmp(kScratch.r32(), imm(static_cast<std::int32_t>(step.next_pc)));
  a_.jne(away);
  UnitExit& exit = side_exit(step, 0, false);
  aside_.emplace_back([this, away, &exit] {
    a_.bind(away);
    count_side_exit(exit);
    emit_lookup();
  });
  if (last) emit_tail(step);
}

/// Goes on at the unit whose address is in the scratch register.
void UnitEmitter::emit_lookup() {
  constexpr std::uint32_t kMask = (HartArena::kTargets - 1) << 1;
  constexpr unsigned kScale = 3;  // entries of 16 bytes, addresses in steps of 2
  static_assert(sizeof(HartArena::Target) == 16);
  const auto targets = static_cast<std::int32_t>(offsetof(HartArena::Contents, targets) +
                                                 unit_->mode * sizeof(HartArena::TargetTable));
  a_.mov(kScratch2.r32(), kScratch.r32());
  a_.and_(kScratch2.r32(), kMask);
  a_.cmp(host::dword_ptr(kArena, kScratch2, kScale,
                         targets + static_cast<std::int32_t>(offsetof(HartArena::Target, pc))),
         kScratch.r32());
  a_.jne(imm(routines_.leave_indirect));
  a_.jmp(host::qword_ptr(kArena, kScratch2, kScale, targets));
}

void UnitEmitter::count_side_exit(const UnitExit& exit) {
  a_.inc(counter(exit.taken));
  const std::int64_t cycles = std::int64_t{total_.cycles} - exit.cycles;
  const std::int64_t retired = std::int64_t{total_.retired} - exit.retired;
  if (cycles != 0 || retired != 0) {
    a_.add(kProgress, counter(slots_.take(pack_progress(cycles, retired))));
  }
}

/// A jump that at first leads to its own end, where translated code is left.
void UnitEmitter::emit_jump_out(UnitExit& exit) {
  exit.jump = reinterpret_cast<std::uint8_t*>(a_.code()->baseAddress() + a_.offset());
  a_.db(kJumpOpcode);
  a_.dd(0);
  a_.mov(kScratch, imm(reinterpret_cast<std::uintptr_t>(&exit)));
  a_.jmp(imm(routines_.leave_direct));
}

/// The end of the path.
void UnitEmitter::emit_tail(const PathStep& step) {
  if (path_->closes && (tail_carry_ & ~1u) == 0) {
    const std::uint32_t reasons = tail_carry_ & path_->steps.front().block->entry_mask;
    a_.jmp(reasons != 0 ? jump_entry_ : entry_);
    return;
  }
  static_cast<void>(step);
  emit_jump_out(unit_->end);
}

CallSite& UnitEmitter::site(const Op& op) {
  if (before_block_ == nullptr) {
    before_block_ = &unit_->exits.emplace_back();
    fill(*before_block_, at_start_, block_->pc, 0);
    before_block_->taken = slots_.take(0);
  }
  CallSite& made = unit_->sites.emplace_back();
  made = {&op, block_, before_block_, total_.cycles - at_start_.cycles,
          total_.retired - at_start_.retired};
  return made;
}

/// Has the handler execute an instruction.
void UnitEmitter::emit_call(const Op& op) {
  a_.mov(kScratch, imm(reinterpret_cast<std::uintptr_t>(&site(op))));
  a_.call(imm(routines_.call_handler));
}

/// Ends an access at `back`; at `slow`, aside, its handler makes it.
void UnitEmitter::emit_aside_call(const Op& op, const Label& slow, const Label& back) {
  a_.bind(back);
  const CallSite& slow_site = site(op);
  aside_.emplace_back([this, slow, back, &slow_site] {
    a_.bind(slow);
    a_.mov(kScratch, imm(reinterpret_cast<std::uintptr_t>(&slow_site)));
    a_.call(imm(routines_.call_handler));
    a_.jmp(back);
  });
}

/// Computes the address of an access and jumps to `slow` unless it may be made directly.
host::Gp UnitEmitter::emit_address(const Op& op, unsigned bytes, std::uint8_t use, Label slow) {
  const auto offset = imm(op.immediate);
  host::Gp address = kScratch;
  const ExpressionEmitter::Value base = ExpressionEmitter::guest(op.rs1);
  if (base.is_number()) {
    a_.mov(kScratch.r32(), offset);
  } else if (base.is_memory()) {
    a_.mov(kScratch.r32(), base.memory);
    if (op.immediate != 0) a_.add(kScratch.r32(), offset);
  } else if (op.immediate != 0) {
    a_.lea(kScratch.r32(), host::ptr(base.reg.r64(), op.immediate));
  } else {
    address = base.reg.r64();
  }
  // The map is indexed by the rotated address (HartArena).
  const unsigned rotation = bytes == 4 ? 2 : bytes == 2 ? 1 : 0;
  if (rotation != 0 && features_.bmi2) {
    a_.rorx(kScratch2.r32(), address.r32(), rotation);
  } else {
    a_.mov(kScratch2.r32(), address.r32());
    if (rotation != 0) a_.ror(kScratch2.r32(), rotation);
  }
  a_.shr(kScratch2.r32(), kLineShift - rotation);
  a_.test(host::byte_ptr(kArena, kScratch2, 0, kMapDisplacement), use);
  a_.jz(slow);
  return address;
}

void UnitEmitter::emit_load(const Op& op) {
  const Label slow = a_.newLabel();
  const Label back = a_.newLabel();
  const bool is_byte = op.id == Id::kLb || op.id == Id::kLbu;
  const bool is_half = op.id == Id::kLh || op.id == Id::kLhu;
  const unsigned bytes = is_byte ? 1 : is_half ? 2 : 4;
  const host::Gp address = emit_address(op, bytes, kDirectRead, slow);
  if (op.rd != kDiscard) {
    const auto destination = mapped(op.rd);
    const host::Gp into = destination ? *destination : kScratch.r32();
    const host::Mem from = host::ptr(kDirectBase, address, 0, 0, bytes);
    if (bytes == 4) {
      a_.mov(into, from);
    } else if (op.id == Id::kLb || op.id == Id::kLh) {
      a_.movsx(into, from);
    } else {
      a_.movzx(into, from);
    }
    if (!destination) a_.mov(in_state(op.rd), into);
  }
  emit_aside_call(op, slow, back);
}

void UnitEmitter::emit_store(const Op& op) {
  const Label slow = a_.newLabel();
  const Label back = a_.newLabel();
  const unsigned bytes = op.id == Id::kSb ? 1 : op.id == Id::kSh ? 2 : 4;
  const host::Gp address = emit_address(op, bytes, kDirectWrite, slow);
  const host::Mem to = host::ptr(kDirectBase, address, 0, 0, bytes);
  const ExpressionEmitter::Value value = ExpressionEmitter::guest(op.rs2);
  if (value.is_number()) {
    a_.mov(to, 0);
  } else {
    host::Gp from = value.is_register() ? value.reg : kScratch2.r32();
    if (value.is_memory()) a_.mov(from, value.memory);
    if (bytes == 1) from = from.r8();
    if (bytes == 2) from = from.r16();
    a_.mov(to, from);
  }
  emit_aside_call(op, slow, back);
}

}  // namespace leyden::cpu
