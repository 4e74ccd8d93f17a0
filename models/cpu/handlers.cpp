#include "models/cpu/handlers.h"

#include <algorithm>

#include "models/cpu/hart.h"
#include "models/cpu/semantics.h"

// One handler per instruction, made by kind. Each ends in a call of the next instruction's handler
// in tail position, which the compiler turns into an indirect jump (threaded code); without
// optimisation it stays a call, at most kMaxBlockLength deep.
namespace leyden::cpu {
namespace {

#define LEYDEN_NEXT return op[1].run(s, op + 1)

inline bool unlikely(bool condition) { return __builtin_expect(condition, false); }

/// The table entry of an address.
inline const PageEntry& page_of(const HartState& s, std::uint32_t address) {
  return s.pages[(address >> kPageShift) % kPageEntries];
}

/// Whether an access of `bytes` is in the page of the entry and aligned: the bits that must be 0
/// stay in the mask, so one comparison tells both.
template <unsigned bytes>
inline bool hits(const PageEntry& page, std::uint32_t address) {
  return (address & (kPageMask | (bytes - 1))) == page.tag;
}

/// Whether code was decoded from the line of an address.
inline bool has_code(const PageEntry& page, std::uint32_t address) {
  return *reinterpret_cast<const std::uint8_t*>(page.code_lines + (address >> kLineShift)) != 0;
}

template <Id id>
inline std::uint32_t operand_b(const HartState& s, const Op* op) {
  if constexpr (reads_rs2(info(id).format)) {
    return s.x[op->rs2];
  } else {
    return static_cast<std::uint32_t>(op->immediate);
  }
}

/// Cycles a division saves by skipping the leading zeros of its dividend's magnitude.
template <Id id>
inline std::uint32_t early_out(const HartState& s, std::uint32_t a) {
  const bool is_signed = id == Id::kDiv || id == Id::kRem;
  const std::uint32_t magnitude = is_signed && as_signed(a) < 0 ? 0u - a : a;
  const auto zeros = static_cast<std::uint32_t>(__builtin_clz(magnitude | 1));
  return std::min(zeros, s.early_out_limit);
}

template <Id id, Kind kind>
struct Execute;

template <Id id>
struct Execute<id, Kind::kCompute> {
  static void run(HartState& s, const Op* op) {
    std::uint32_t a = 0;
    if constexpr (reads_rs1(info(id).format)) a = s.x[op->rs1];
    const std::uint32_t b = operand_b<id>(s, op);
    if constexpr (info(id).timing == TimingClass::kDivide) s.cycles -= early_out<id>(s, a);
    s.x[op->rd] = Semantics<id>::value(a, b, op->pc);
    LEYDEN_NEXT;
  }
};

template <Id id>
struct Execute<id, Kind::kBranch> {
  static void run(HartState& s, const Op* op) {
    // Without a host branch: the block that follows is found by address anyway.
    const std::uint32_t taken = Semantics<id>::value(s.x[op->rs1], s.x[op->rs2]) ? 1 : 0;
    const std::uint32_t mask = 0u - taken;
    const std::uint32_t step = op->length;
    s.pc = op->pc + step + ((static_cast<std::uint32_t>(op->immediate) - step) & mask);
    s.carry = taken;
    s.cycles += s.taken_branch_cycles & mask;
    s.taken_branches += taken;
  }
};

template <Id id>
struct Execute<id, Kind::kJump> {
  static void run(HartState& s, const Op* op) {
    std::uint32_t a = 0;
    if constexpr (reads_rs1(info(id).format)) a = s.x[op->rs1];
    s.pc = Semantics<id>::value(a, static_cast<std::uint32_t>(op->immediate), op->pc);
    s.x[op->rd] = op->pc + op->length;
    s.carry = 1;
  }
};

/// A load that is not in a known page.
template <class Type>
[[gnu::noinline]] void load_elsewhere(HartState& s, const Op* op, std::uint32_t address) {
  std::uint32_t raw = 0;
  const bool direct = s.hart->load(op, address, &raw, sizeof(Type));
  if (!has_retired(s.exit)) return;
  s.x[op->rd] = static_cast<std::uint32_t>(static_cast<Type>(raw));
  if (direct) LEYDEN_NEXT;
}

template <Id id>
struct Execute<id, Kind::kLoad> {
  static void run(HartState& s, const Op* op) {
    using Type = typename Semantics<id>::Type;
    const std::uint32_t address = s.x[op->rs1] + static_cast<std::uint32_t>(op->immediate);
    const PageEntry& page = page_of(s, address);
    if (unlikely(!hits<sizeof(Type)>(page, address))) return load_elsewhere<Type>(s, op, address);
    Type value;
    std::memcpy(&value, reinterpret_cast<const void*>(page.data + address), sizeof value);
    s.x[op->rd] = static_cast<std::uint32_t>(value);
    LEYDEN_NEXT;
  }
};

/// A store that is not in a known page, or is to a line with code in it.
template <class Type>
[[gnu::noinline]] void store_elsewhere(HartState& s, const Op* op, std::uint32_t address) {
  if (s.hart->store(op, address, s.x[op->rs2], sizeof(Type))) LEYDEN_NEXT;
}

template <Id id>
struct Execute<id, Kind::kStore> {
  static void run(HartState& s, const Op* op) {
    using Type = typename Semantics<id>::Type;
    const std::uint32_t address = s.x[op->rs1] + static_cast<std::uint32_t>(op->immediate);
    const PageEntry& page = page_of(s, address);
    if (unlikely(!hits<sizeof(Type)>(page, address) || has_code(page, address))) {
      return store_elsewhere<Type>(s, op, address);
    }
    const auto value = static_cast<Type>(s.x[op->rs2]);
    std::memcpy(reinterpret_cast<void*>(page.data + address), &value, sizeof value);
    LEYDEN_NEXT;
  }
};

template <Id id>
struct Execute<id, Kind::kAtomic> {
  static void run(HartState& s, const Op* op) {
    std::uint32_t old = 0;
    const bool direct = s.hart->atomic(op, s.x[op->rs1], Semantics<id>::value, &old);
    if (!has_retired(s.exit)) return;
    s.x[op->rd] = old;
    if (direct) LEYDEN_NEXT;
  }
};

template <Id id>
struct Execute<id, Kind::kLoadReserved> {
  static void run(HartState& s, const Op* op) {
    const std::uint32_t address = s.x[op->rs1];
    std::uint32_t value = 0;
    const bool direct = s.hart->load_reserved(op, address, &value);
    if (!has_retired(s.exit)) return;
    s.x[op->rd] = value;
    if (direct) LEYDEN_NEXT;
  }
};

template <Id id>
struct Execute<id, Kind::kStoreConditional> {
  static void run(HartState& s, const Op* op) {
    std::uint32_t failed = 1;
    const bool direct = s.hart->store_conditional(op, s.x[op->rs1], s.x[op->rs2], &failed);
    if (!has_retired(s.exit)) return;
    s.x[op->rd] = failed;
    if (direct) LEYDEN_NEXT;
  }
};

template <Id id>
struct Execute<id, Kind::kCsr> {
  static void run(HartState& s, const Op* op) {
    constexpr bool kImmediate = info(id).format == Format::kCsrImmediate;
    constexpr bool kAlwaysWrites = id == Id::kCsrrw || id == Id::kCsrrwi;
    const std::uint32_t a = kImmediate ? op->rs1 : s.x[op->rs1];
    s.hart->csr_access(op, a, kAlwaysWrites || op->rs1 != 0, Semantics<id>::value);
  }
};

template <Id id>
struct Execute<id, Kind::kTrap> {
  static void run(HartState& s, const Op* op) {
    constexpr std::uint32_t kCause = Semantics<id>::kCause;
    if constexpr (kCause == kCauseUserCall) {
      s.hart->environment_call(op);
    } else {
      s.raise(op, kCause, op->pc);
    }
  }
};

template <Id id>
struct Execute<id, Kind::kIllegal> {
  static void run(HartState& s, const Op* op) { s.raise(op, kCauseIllegal, op->bits); }
};

// All accesses of this core take place in program order, so a fence has nothing to wait for.
template <Id id>
struct Execute<id, Kind::kFence> {
  static void run(HartState& s, const Op* op) { LEYDEN_NEXT; }
};

template <Id id>
struct Execute<id, Kind::kFenceI> {
  static void run(HartState& s, const Op* op) {
    s.carry = 0;
    s.leave(op, Exit::kFlush, op->pc + op->length);
  }
};

template <Id id>
struct Execute<id, Kind::kReturn> {
  static void run(HartState& s, const Op* op) { s.hart->return_from_trap(op); }
};

template <Id id>
struct Execute<id, Kind::kWait> {
  static void run(HartState& s, const Op* op) { s.hart->wait_for_interrupt(op); }
};

constexpr std::array<Handler, kInstructionCount + 1> kHandlers = {{
#define LEYDEN_ROW(id, text, match, mask, format, timing, kind, ...) \
  Execute<Id::id, Kind::k##kind>::run,
    LEYDEN_INSTRUCTION_TABLE(LEYDEN_ROW)
#undef LEYDEN_ROW
        Execute<Id::kIllegal, Kind::kIllegal>::run,
}};

}  // namespace

Handler handler_of(Id id) { return kHandlers[static_cast<std::size_t>(id)]; }

Handler end_of_block() {
  return [](HartState& s, const Op* op) {
    s.pc = op->pc;
    s.carry = static_cast<std::uint32_t>(op->immediate);
  };
}

Handler end_of_step() {
  return [](HartState& s, const Op* op) { s.pc = op->pc; };
}

}  // namespace leyden::cpu
