#pragma once

#include <cstdint>
#include <cstring>

#include "models/cpu/bit_manipulation.h"
#include "models/cpu/hart_state.h"
#include "models/cpu/instruction.h"
#include "models/cpu/trap.h"

// What each instruction computes: Semantics<id>, made from the expressions of the table. The
// expressions of Compute, Branch and Jump are templates over the type of a word: std::uint32_t when
// they are executed, Expression (expression.h) when they are translated to machine code.
namespace leyden::cpu {

constexpr std::int32_t as_signed(std::uint32_t value) { return static_cast<std::int32_t>(value); }
constexpr std::uint32_t shift_right_signed(std::uint32_t value, std::uint32_t amount) {
  return static_cast<std::uint32_t>(as_signed(value) >> amount);
}
constexpr std::uint32_t multiply_high(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::int64_t{as_signed(a)} * as_signed(b)) >> 32);
}
constexpr std::uint32_t multiply_high_su(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::int64_t{as_signed(a)} * std::int64_t{b}) >> 32);
}
constexpr std::uint32_t multiply_high_u(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::uint64_t{a} * b) >> 32);
}
constexpr std::uint32_t divide(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return ~0u;
  if (b == ~0u) return 0u - a;  // covers the one overflow
  return static_cast<std::uint32_t>(as_signed(a) / as_signed(b));
}
constexpr std::uint32_t remainder(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return a;
  if (b == ~0u) return 0;
  return static_cast<std::uint32_t>(as_signed(a) % as_signed(b));
}

constexpr std::uint32_t divide_unsigned(std::uint32_t a, std::uint32_t b) {
  return b == 0 ? ~0u : a / b;
}
constexpr std::uint32_t remainder_unsigned(std::uint32_t a, std::uint32_t b) {
  return b == 0 ? a : a % b;
}

template <Id id>
struct Semantics;

#define LEYDEN_SEMANTICS_Compute(...)                                           \
  template <class Word>                                                         \
  static constexpr Word value([[maybe_unused]] Word a, [[maybe_unused]] Word b, \
                              [[maybe_unused]] Word pc) {                       \
    return __VA_ARGS__;                                                         \
  }
#define LEYDEN_SEMANTICS_Jump(...) LEYDEN_SEMANTICS_Compute(__VA_ARGS__)
#define LEYDEN_SEMANTICS_Branch(...)            \
  template <class Word>                         \
  static constexpr auto value(Word a, Word b) { \
    return __VA_ARGS__;                         \
  }
#define LEYDEN_SEMANTICS_Load(...) using Type = __VA_ARGS__;
#define LEYDEN_SEMANTICS_Store(...) using Type = __VA_ARGS__;
#define LEYDEN_SEMANTICS_Atomic(...)                                              \
  static std::uint32_t value([[maybe_unused]] std::uint32_t m, std::uint32_t b) { \
    return __VA_ARGS__;                                                           \
  }
#define LEYDEN_SEMANTICS_Csr(...)                                                   \
  static std::uint32_t value([[maybe_unused]] std::uint32_t old, std::uint32_t a) { \
    return __VA_ARGS__;                                                             \
  }
#define LEYDEN_SEMANTICS_Trap(...) static constexpr std::uint32_t kCause = __VA_ARGS__;
#define LEYDEN_SEMANTICS_LoadReserved(...)
#define LEYDEN_SEMANTICS_StoreConditional(...)
#define LEYDEN_SEMANTICS_Fence(...)
#define LEYDEN_SEMANTICS_FenceI(...)
#define LEYDEN_SEMANTICS_Return(...)
#define LEYDEN_SEMANTICS_Wait(...)

#define LEYDEN_ROW(id, text, match, mask, format, timing, kind, ...) \
  template <>                                                        \
  struct Semantics<Id::id> {                                         \
    LEYDEN_SEMANTICS_##kind(__VA_ARGS__)                             \
  };
LEYDEN_INSTRUCTION_TABLE(LEYDEN_ROW)
#undef LEYDEN_ROW

}  // namespace leyden::cpu
