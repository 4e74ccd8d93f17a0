#include "models/cpu/translator/expression_table.h"

#include <array>

#include "models/cpu/semantics.h"

namespace leyden::cpu {
namespace {

using ExpressionKind = Expression::Kind;

template <Id id, Kind kind>
constexpr Expression make_expression() {
  if constexpr (kind == Kind::kCompute || kind == Kind::kJump) {
    return Semantics<id>::value(Expression::a(), Expression::b(), Expression::pc());
  } else if constexpr (kind == Kind::kBranch) {
    return Semantics<id>::value(Expression::a(), Expression::b());
  } else {
    return Expression::opaque();
  }
}

constexpr std::array<Expression, kInstructionCount + 1> kExpressions = {{
#define LEYDEN_ROW(id, text, match, mask, format, timing, kind, ...) \
  make_expression<Id::id, Kind::k##kind>(),
    LEYDEN_INSTRUCTION_TABLE(LEYDEN_ROW)
#undef LEYDEN_ROW
        Expression::opaque(),
}};

constexpr bool all_narrow() {
  for (const Expression& e : kExpressions) {
    if (!e.is_narrow()) return false;
  }
  return true;
}
static_assert(all_narrow());

}  // namespace

const Expression& expression_of(Id id) { return kExpressions[static_cast<std::size_t>(id)]; }

std::uint32_t fold(ExpressionKind kind, std::uint32_t a, std::uint32_t b) {
  switch (kind) {
    case ExpressionKind::kAdd:
      return a + b;
    case ExpressionKind::kSubtract:
      return a - b;
    case ExpressionKind::kAnd:
      return a & b;
    case ExpressionKind::kOr:
      return a | b;
    case ExpressionKind::kXor:
      return a ^ b;
    case ExpressionKind::kMultiply:
      return a * b;
    case ExpressionKind::kShiftLeft:
      return a << (b & 31);
    case ExpressionKind::kShiftRight:
      return a >> (b & 31);
    case ExpressionKind::kShiftRightSigned:
      return shift_right_signed(a, b & 31);
    case ExpressionKind::kRotateLeft:
      return rotate_left(a, b & 31);
    case ExpressionKind::kRotateRight:
      return rotate_right(a, b & 31);
    case ExpressionKind::kMinimum:
      return minimum(a, b);
    case ExpressionKind::kMinimumUnsigned:
      return minimum_unsigned(a, b);
    case ExpressionKind::kMaximum:
      return maximum(a, b);
    case ExpressionKind::kMaximumUnsigned:
      return maximum_unsigned(a, b);
    case ExpressionKind::kEqual:
      return a == b;
    case ExpressionKind::kNotEqual:
      return a != b;
    case ExpressionKind::kLess:
      return a < b;
    case ExpressionKind::kGreaterEqual:
      return a >= b;
    case ExpressionKind::kLessSigned:
      return as_signed(a) < as_signed(b);
    case ExpressionKind::kGreaterEqualSigned:
      return as_signed(a) >= as_signed(b);
    case ExpressionKind::kMultiplyHigh:
      return multiply_high(a, b);
    case ExpressionKind::kMultiplyHighSu:
      return multiply_high_su(a, b);
    case ExpressionKind::kMultiplyHighU:
      return multiply_high_u(a, b);
    case ExpressionKind::kDivide:
      return divide(a, b);
    case ExpressionKind::kDivideUnsigned:
      return divide_unsigned(a, b);
    case ExpressionKind::kRemainder:
      return remainder(a, b);
    case ExpressionKind::kRemainderUnsigned:
      return remainder_unsigned(a, b);
    default:
      return 0;
  }
}

}  // namespace leyden::cpu
