#include "models/cpu/translator/expression_table.h"

#include <array>

#include "models/cpu/semantics.h"

namespace leyden::cpu {
namespace {

using Kind_ = Expression::Kind;

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

std::uint32_t fold(Kind_ kind, std::uint32_t a, std::uint32_t b) {
  switch (kind) {
    case Kind_::kAdd:
      return a + b;
    case Kind_::kSubtract:
      return a - b;
    case Kind_::kAnd:
      return a & b;
    case Kind_::kOr:
      return a | b;
    case Kind_::kXor:
      return a ^ b;
    case Kind_::kMultiply:
      return a * b;
    case Kind_::kShiftLeft:
      return a << (b & 31);
    case Kind_::kShiftRight:
      return a >> (b & 31);
    case Kind_::kShiftRightSigned:
      return shift_right_signed(a, b & 31);
    case Kind_::kRotateLeft:
      return rotate_left(a, b & 31);
    case Kind_::kRotateRight:
      return rotate_right(a, b & 31);
    case Kind_::kMinimum:
      return minimum(a, b);
    case Kind_::kMinimumUnsigned:
      return minimum_unsigned(a, b);
    case Kind_::kMaximum:
      return maximum(a, b);
    case Kind_::kMaximumUnsigned:
      return maximum_unsigned(a, b);
    case Kind_::kEqual:
      return a == b;
    case Kind_::kNotEqual:
      return a != b;
    case Kind_::kLess:
      return a < b;
    case Kind_::kGreaterEqual:
      return a >= b;
    case Kind_::kLessSigned:
      return as_signed(a) < as_signed(b);
    case Kind_::kGreaterEqualSigned:
      return as_signed(a) >= as_signed(b);
    case Kind_::kMultiplyHigh:
      return multiply_high(a, b);
    case Kind_::kMultiplyHighSu:
      return multiply_high_su(a, b);
    case Kind_::kMultiplyHighU:
      return multiply_high_u(a, b);
    case Kind_::kDivide:
      return divide(a, b);
    case Kind_::kDivideUnsigned:
      return divide_unsigned(a, b);
    case Kind_::kRemainder:
      return remainder(a, b);
    case Kind_::kRemainderUnsigned:
      return remainder_unsigned(a, b);
    default:
      return 0;
  }
}

}  // namespace leyden::cpu
