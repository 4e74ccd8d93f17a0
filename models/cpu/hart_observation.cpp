#include <algorithm>
#include <utility>

#include "models/cpu/hart.h"
#include "models/cpu/semantics.h"
#include "models/cpu/trap.h"

// The part of Hart that tells an Observer. What an instruction does to memory follows from its
// operands, so the handlers need no second variant.
namespace leyden::cpu {
namespace {

/// Calls a function with each instruction.
class FunctionObserver : public Observer {
 public:
  explicit FunctionObserver(Hart::TraceHook hook) : hook_(std::move(hook)) {}
  void retired(const Retired& event) override { hook_(event); }

 private:
  Hart::TraceHook hook_;
};

using Change = std::uint32_t (*)(std::uint32_t m, std::uint32_t b);

template <Id id, Kind kind>
constexpr Change change_of() {
  if constexpr (kind == Kind::kAtomic) return Semantics<id>::value;
  return nullptr;
}

/// What an atomic instruction makes of memory; index = Id.
constexpr std::array<Change, kInstructionCount + 1> kChanges = {{
#define LEYDEN_ROW(id, text, match, mask, format, timing, kind, ...) \
  change_of<Id::id, Kind::k##kind>(),
    LEYDEN_INSTRUCTION_TABLE(LEYDEN_ROW)
#undef LEYDEN_ROW
        nullptr,
}};

unsigned bytes_of(Id id) {
  switch (id) {
    case Id::kLb:
    case Id::kLbu:
    case Id::kSb:
      return 1;
    case Id::kLh:
    case Id::kLhu:
    case Id::kSh:
      return 2;
    default:
      return 4;
  }
}

std::uint32_t low_bytes(std::uint32_t value, unsigned bytes) {
  return bytes == 4 ? value : value & ((1u << (8 * bytes)) - 1);
}

}  // namespace

void Hart::set_observer(Observer* observer) {
  observer_ = observer;
  observation_ = Observation();
  observation_.until = state_.cycles;
}

void Hart::set_trace_hook(TraceHook hook) {
  hook_ = hook ? std::make_unique<FunctionObserver>(std::move(hook)) : nullptr;
  set_observer(hook_.get());
}

void Hart::observe_sleep(std::uint64_t from) {
  if (observer_ == nullptr) return;
  observer_->slept(from, state_.cycles);
  observation_.until = state_.cycles;
}

/// What must be known before the instruction changes it.
void Hart::observe_operands(const Op& op) {
  Retired& event = observation_.event;
  event = Retired();
  event.privilege = static_cast<std::uint8_t>(csr_.privilege());
  switch (info(op.id).kind) {
    case Kind::kLoad:
      event.access = MemoryAccess::kLoad;
      event.address = state_.x[op.rs1] + static_cast<std::uint32_t>(op.immediate);
      break;
    case Kind::kStore:
      event.access = MemoryAccess::kStore;
      event.address = state_.x[op.rs1] + static_cast<std::uint32_t>(op.immediate);
      event.stored = state_.x[op.rs2];
      break;
    case Kind::kLoadReserved:
      event.access = MemoryAccess::kLoad;
      event.address = state_.x[op.rs1];
      break;
    case Kind::kStoreConditional:
      event.access = MemoryAccess::kStore;
      event.address = state_.x[op.rs1];
      event.stored = state_.x[op.rs2];
      break;
    case Kind::kAtomic:
      event.access = MemoryAccess::kAtomic;
      event.address = state_.x[op.rs1];
      event.stored = state_.x[op.rs2];
      break;
    default:
      break;
  }
}

/// Tells of an instruction that has just retired.
void Hart::observe_retired(const Op& op, bool direct) {
  Retired& event = observation_.event;
  const InstructionInfo& what = info(op.id);
  event.pc = op.pc;
  event.bits = op.bits;
  event.id = op.id;
  event.length = op.length;
  event.next_pc = state_.pc;
  if (writes_rd(what.format) && op.rd != kDiscard) {
    event.rd = op.rd;
    event.value = state_.x[op.rd];
  }
  if (event.access != MemoryAccess::kNone) {
    const std::uint32_t result = state_.x[op.rd];  // of x0 too, in x[kDiscard]
    event.bytes = static_cast<std::uint8_t>(bytes_of(op.id));
    event.over_bus = state_.exit == Exit::kResynchronise;
    if (event.access == MemoryAccess::kLoad) event.loaded = low_bytes(result, event.bytes);
    if (event.access == MemoryAccess::kAtomic) {
      event.loaded = result;
      event.stored = kChanges[static_cast<std::size_t>(op.id)](result, event.stored);
    }
    event.stored = low_bytes(event.stored, event.bytes);
    if (what.kind == Kind::kStoreConditional && result != 0) event.access = MemoryAccess::kNone;
  }
  if (what.kind == Kind::kCsr) {
    const bool always = op.id == Id::kCsrrw || op.id == Id::kCsrrwi;
    event.csr_written = always || op.rs1 != 0;
    event.csr = static_cast<std::uint32_t>(op.immediate);
  } else if (what.kind == Kind::kReturn) {
    event.csr_written = true;
    event.csr = kMstatus;
  }
  if (event.csr_written) event.csr_value = csr(event.csr).value_or(0);
  observe_fetch(op.pc, op.length, direct, event.fetch_words, event.bus_fetches);
  event.cycle = observation_.until;
  event.cycles = state_.cycles - observation_.until;
  event.waited = event.cycles - std::min<std::uint64_t>(event.cycles, timing_.of(what.timing));
  observation_.until = state_.cycles;
  observer_->retired(event);
}

/// Words of code an instruction took.
void Hart::observe_fetch(std::uint32_t pc, unsigned length, bool direct, std::uint8_t& words,
                         std::uint8_t& bus) {
  words = std::exchange(observation_.entry_words, std::uint8_t{0});
  if (direct) {
    words = static_cast<std::uint8_t>(words + words_fetched(pc, length));
  } else {
    bus = (pc & 2) != 0 && length == 4 ? 2 : 1;
  }
}

/// Tells of a trap whose handler is about to begin.
void Hart::observe_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc) {
  Trapped event;
  event.cause = cause;
  event.epc = pc;
  event.tval = value;
  event.handler = state_.pc;
  event.cycle = observation_.until;
  event.cycles = state_.cycles - observation_.until;
  event.fetch_words = std::exchange(observation_.entry_words, std::uint8_t{0});
  if (bus_fetched_) {
    // The words that did come: all of an instruction that raised something itself, the first half
    // of one whose second half could not be fetched.
    if (cause != kCauseFetchAccess) {
      event.bus_fetches = (pc & 2) != 0 && scratch_[0].length == 4 ? 2 : 1;
    } else if (value != pc) {
      event.bus_fetches = 1;
    }
  }
  observation_.until = state_.cycles;
  observer_->trapped(event);
}

}  // namespace leyden::cpu
