#include "models/cpu/translator/translator.h"

#include <algorithm>
#include <cstring>

#include <asmjit/x86.h>

#include "models/cpu/translator/path.h"
#include "models/cpu/translator/unit_emitter.h"

namespace leyden::cpu {
namespace {

using asmjit::imm;

/// What a unit may take at most, far more than any does.
constexpr std::size_t kRoomForUnit = 1 << 18;
constexpr std::size_t kSlotsForUnit = 1 << 12;
constexpr std::array<host::Gp, 6> kPreserved = {host::rbx, host::rbp, host::r12,
                                                host::r13, host::r14, host::r15};

void load_registers(host::Assembler& a) {
  for (const MappedRegister& pair : kMappedRegisters) {
    a.mov(host::gpd(pair.host), in_state(pair.guest));
  }
  a.mov(kProgress, host::qword_ptr(kArena, offsetof(HartArena::Contents, progress)));
  a.mov(kDirectBase, host::qword_ptr(kArena, offsetof(HartArena::Contents, direct_base)));
}
void store_registers(host::Assembler& a) {
  for (const MappedRegister& pair : kMappedRegisters) {
    a.mov(in_state(pair.guest), host::gpd(pair.host));
  }
  a.mov(host::qword_ptr(kArena, offsetof(HartArena::Contents, progress)), kProgress);
}

/// Remembers that something could not be encoded.
class Failure : public asmjit::ErrorHandler {
 public:
  void handleError(asmjit::Error, const char*, asmjit::BaseEmitter*) override { happened = true; }
  bool happened = false;
};

/// Finishes code that begins at the code holder's base and puts it there.
/// @return its bytes; 0 when there is not room enough or some of it could not be encoded
std::size_t place(asmjit::CodeHolder& code, const Failure& failure, std::uint8_t* to,
                  std::size_t room) {
  code.flatten();
  code.resolveUnresolvedLinks();
  code.relocateToBase(code.baseAddress());
  if (failure.happened || code.codeSize() > room) return 0;
  code.copyFlattenedData(to, room);
  return code.codeSize();
}

}  // namespace

/// Code all units share.
struct Translator::Routines {
  explicit Routines(HartArena::Contents& contents) : slots(contents) {}

  using Enter = Left (*)(HartArena::Contents* arena, const std::uint8_t* code);
  Enter enter = nullptr;
  SharedRoutines shared;
  HostFeatures features;
  SlotAllocator slots;
};

Translator::Translator(HartArena& arena, BlockCache& cache, const Timing& timing,
                       std::uint32_t early_out_limit, const TranslationOptions& options)
    : arena_(arena),
      cache_(cache),
      timing_(timing),
      early_out_limit_(early_out_limit),
      options_(options),
      routines_(std::make_unique<Routines>(arena.contents())) {}

Translator::~Translator() = default;

std::unique_ptr<Translator> Translator::create(HartArena& arena, BlockCache& cache,
                                               const Timing& timing, std::uint32_t early_out_limit,
                                               CallHandler call_handler,
                                               const TranslationOptions& options) {
  if (!options.enabled) return nullptr;
  std::unique_ptr<Translator> made(new Translator(arena, cache, timing, early_out_limit, options));
  made->routines_->features.bmi2 =
      options.use_bmi2 && asmjit::CpuInfo::host().features().x86().hasBMI2();
  if (!made->code_.exists() || !made->emit_routines(call_handler)) return nullptr;
  return made;
}

/// Emits the way into translated code, the ways out, and the call of a handler.
bool Translator::emit_routines(CallHandler call_handler) {
  const auto base = reinterpret_cast<std::uintptr_t>(code_.next());
  asmjit::CodeHolder code;
  Failure failure;
  if (code.init(asmjit::Environment::host(), base) != asmjit::kErrorOk) return false;
  code.setErrorHandler(&failure);
  host::Assembler a(&code);
  const auto left_at = host::qword_ptr(kArena, offsetof(HartArena::Contents, left_at));
  const auto here = [&] { return base + a.offset(); };

  const std::uint64_t enter = here();
  for (const host::Gp& reg : kPreserved) a.push(reg);
  a.sub(host::rsp, 8);
  a.mov(kArena, host::rdi);
  a.mov(kScratch, host::rsi);
  load_registers(a);
  a.jmp(kScratch);

  // Out: eax = Left.
  const asmjit::Label leave = a.newLabel();
  const asmjit::Label out = a.newLabel();
  a.bind(leave);
  store_registers(a);
  a.bind(out);
  a.add(host::rsp, 8);
  for (auto reg = kPreserved.rbegin(); reg != kPreserved.rend(); ++reg) a.pop(*reg);
  a.ret();
  const auto emit_leave = [&](Left why) {
    const std::uint64_t routine = here();
    a.mov(left_at, kScratch);
    a.mov(host::eax, static_cast<std::uint32_t>(why));
    a.jmp(leave);
    return routine;
  };
  SharedRoutines& shared = routines_->shared;
  shared.leave_direct = emit_leave(Left::kDirect);
  shared.leave_indirect = emit_leave(Left::kIndirect);
  shared.hold = emit_leave(Left::kHold);
  shared.hold_after_jump = emit_leave(Left::kHoldAfterJump);

  shared.call_handler = here();
  const asmjit::Label ended = a.newLabel();
  store_registers(a);
  a.sub(host::rsp, 8);
  a.mov(host::rdi, kArena);
  a.mov(host::rsi, kScratch);
  a.mov(kScratch, imm(reinterpret_cast<std::uintptr_t>(call_handler)));
  a.call(kScratch);
  a.add(host::rsp, 8);
  a.test(host::al, host::al);
  a.jnz(ended);
  load_registers(a);
  a.ret();
  a.bind(ended);
  a.add(host::rsp, 8);  // the return address
  a.mov(host::eax, static_cast<std::uint32_t>(Left::kOperation));
  a.jmp(out);

  const std::size_t bytes = place(code, failure, code_.next(), code_.free_bytes());
  if (bytes == 0) return false;
  code_.advance(bytes);
  routine_bytes_ = code_.used();
  routines_->enter = reinterpret_cast<Routines::Enter>(enter);
  return true;
}

bool Translator::has_room() const {
  return code_.free_bytes() >= kRoomForUnit && routines_->slots.free() >= kSlotsForUnit &&
         units_.size() < std::min(options_.most_units, HartArena::kMostUnits);
}

Unit* Translator::translate(Block& block) {
  if (!has_room()) drop(true);
  const Path path = choose_path(block, cache_, timing_);
  auto unit = std::make_unique<Unit>();
  unit->number = static_cast<std::uint32_t>(units_.size());
  unit->block = &block;
  unit->mode = mode_;

  const auto base = reinterpret_cast<std::uintptr_t>(code_.next());
  asmjit::CodeHolder code;
  Failure failure;
  if (code.init(asmjit::Environment::host(), base) != asmjit::kErrorOk) return nullptr;
  code.setErrorHandler(&failure);
  host::Assembler assembler(&code);
  UnitEmitter emitter(assembler, routines_->features, timing_, early_out_limit_, routines_->shared,
                      routines_->slots);
  emitter.emit(path, *unit);
  const std::size_t bytes = place(code, failure, code_.next(), code_.free_bytes());
  if (bytes == 0) {
    block.translatable = false;
    return nullptr;
  }
  code_.advance(bytes);

  block.unit = unit.get();
  units_.push_back(std::move(unit));
  return block.unit;
}

Left Translator::enter(const Unit& unit, std::int64_t cycles) {
  HartArena::Contents& contents = arena_.contents();
  contents.targets[unit.mode][(unit.pc >> 1) % HartArena::kTargets] = {unit.jump_entry, unit.pc};
  contents.progress = pack_progress(cycles, 0);
  const Left why = routines_->enter(&contents, unit.entry);
  const auto at = reinterpret_cast<void*>(contents.left_at);
  open_exit_ = nullptr;
  if (why == Left::kDirect) {
    exit_taken_ = open_exit_ = static_cast<UnitExit*>(at);
  } else if (why == Left::kHold || why == Left::kHoldAfterJump) {
    unit_held_ = static_cast<Unit*>(at);
  } else if (why == Left::kIndirect) {
    contents.state.pc = static_cast<std::uint32_t>(contents.left_at);
  }
  return why;
}

void Translator::connect(Unit& unit) {
  if (open_exit_ == nullptr || open_exit_->pc != unit.pc || open_exit_->unit->mode != unit.mode) {
    return;
  }
  // What a load leaves to wait for is for the hart alone, also when the unit is held.
  if ((open_exit_->carry & ~1u) == 0) {
    const std::uint32_t reasons = open_exit_->carry & unit.block->entry_mask;
    const std::uint8_t* target = reasons != 0 ? unit.jump_entry : unit.entry;
    constexpr int kJumpBytes = 5;
    const auto distance = static_cast<std::int32_t>(target - (open_exit_->jump + kJumpBytes));
    std::memcpy(open_exit_->jump + 1, &distance, sizeof distance);
  }
  open_exit_ = nullptr;
}

void Translator::sum(Unit& unit) {
  std::uint64_t runs = ++*unit.entries;
  *unit.entries = ~std::uint64_t{0};
  if (unit.jump_entries != nullptr) {
    const std::uint64_t jumped = ++*unit.jump_entries;
    *unit.jump_entries = ~std::uint64_t{0};
    runs += jumped;
    pending_[kFetchWords] += jumped * unit.jump_cost.words;
    pending_[kFetchWaits] += jumped * unit.jump_cost.fetch_waits;
  }
  const auto add = [&](const UnitExit& exit, std::uint64_t times) {
    for (std::size_t i = 0; i < kPathSlots; ++i) pending_[i] += times * exit.counts[i];
  };
  // Their counters lie one after the other, and most are 0.
  std::uint64_t* taken = unit.exits.empty() ? nullptr : unit.exits.front().taken;
  for (std::size_t i = 0; i < unit.exits.size(); ++i) {
    const std::uint64_t times = taken[i];
    if (times == 0) continue;
    taken[i] = 0;
    runs -= times;
    add(unit.exits[i], times);
  }
  add(unit.end, runs);
}

void Translator::collect(EventSums& sums) {
  HartArena::Contents& contents = arena_.contents();
  for (const std::uint64_t* entry = contents.dirty; entry != contents.dirty_end; ++entry) {
    sum(*units_[*entry]);
  }
  contents.dirty_end = contents.dirty;
  for (std::size_t i = 0; i < kPathSlots; ++i) sums[i] += pending_[i];
  pending_ = EventSums{};
  has_pending_ = false;
}

void Translator::drop(bool blocks_live) {
  EventSums sums{};
  collect(sums);
  pending_ = sums;
  has_pending_ = true;
  for (const auto& unit : units_) {
    if (blocks_live) unit->block->unit = nullptr;
  }
  units_.clear();
  arena_.forget_targets();
  routines_->slots.reset();
  code_.shrink(routine_bytes_);
  open_exit_ = nullptr;
}

}  // namespace leyden::cpu
