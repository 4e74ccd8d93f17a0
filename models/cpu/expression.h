#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace leyden::cpu {

/// What an instruction computes, as a small tree: the type of a word with which the expressions of
/// the instruction table are instantiated for translation. The last node is the root.
class Expression {
 public:
  enum class Kind : std::uint8_t {
    kA,  ///< rs1
    kB,  ///< rs2 or the immediate
    kPc,
    kConstant,
    kAdd,
    kSubtract,
    kAnd,
    kOr,
    kXor,
    kMultiply,
    kShiftLeft,
    kShiftRight,
    kShiftRightSigned,
    kRotateLeft,
    kRotateRight,
    kEqual,
    kNotEqual,
    kLess,
    kGreaterEqual,
    kLessSigned,
    kGreaterEqualSigned,
    kMultiplyHigh,
    kMultiplyHighSu,
    kMultiplyHighU,
    kDivide,
    kDivideUnsigned,
    kRemainder,
    kRemainderUnsigned,
    kMinimum,
    kMinimumUnsigned,
    kMaximum,
    kMaximumUnsigned,
    kOpaque,  ///< cannot be expressed: the instruction's handler computes it
  };
  struct Node {
    Kind kind = Kind::kOpaque;
    std::uint8_t left = 0;  ///< operands, as indices of nodes
    std::uint8_t right = 0;
    std::uint32_t constant = 0;
  };

  // NOLINTNEXTLINE(google-explicit-constructor): numbers stand in expressions
  constexpr Expression(std::uint32_t constant) : Expression(Kind::kConstant) {
    nodes_[0].constant = constant;
  }
  static constexpr Expression a() { return Expression(Kind::kA); }
  static constexpr Expression b() { return Expression(Kind::kB); }
  static constexpr Expression pc() { return Expression(Kind::kPc); }
  static constexpr Expression opaque() { return Expression(Kind::kOpaque); }
  static constexpr Expression binary(Kind kind, const Expression& left, const Expression& right) {
    if (left.is_opaque() || right.is_opaque() || left.count_ + right.count_ >= kMostNodes) {
      return opaque();
    }
    Expression result(kind);
    std::size_t count = 0;
    for (const Expression* side : {&left, &right}) {
      const auto first = static_cast<std::uint8_t>(count);
      for (std::size_t i = 0; i < side->count_; ++i, ++count) {
        result.nodes_[count] = side->nodes_[i];
        result.nodes_[count].left = static_cast<std::uint8_t>(side->nodes_[i].left + first);
        result.nodes_[count].right = static_cast<std::uint8_t>(side->nodes_[i].right + first);
      }
    }
    result.nodes_[count] = {kind, static_cast<std::uint8_t>(left.count_ - 1),
                            static_cast<std::uint8_t>(count - 1), 0};
    result.count_ = static_cast<std::uint8_t>(count + 1);
    return result;
  }

  /// Whether at most one operand of each node is a node with operands itself: so that two scratch
  /// registers do.
  constexpr bool is_narrow() const {
    for (std::size_t i = 0; i < count_; ++i) {
      const Node& n = nodes_[i];
      if (n.kind > Kind::kConstant && n.kind != Kind::kOpaque &&
          nodes_[n.left].kind > Kind::kConstant && nodes_[n.right].kind > Kind::kConstant) {
        return false;
      }
    }
    return true;
  }
  constexpr bool is_opaque() const { return root().kind == Kind::kOpaque; }
  constexpr const Node& root() const { return nodes_[count_ - 1u]; }
  constexpr const Node& node(std::size_t index) const { return nodes_[index]; }

 private:
  static constexpr std::size_t kMostNodes = 12;
  constexpr explicit Expression(Kind kind) { nodes_[0].kind = kind; }

  std::array<Node, kMostNodes> nodes_{};
  std::uint8_t count_ = 1;
};

/// An expression taken as a signed number; only compared.
struct SignedExpression {
  Expression word;
};

#define LEYDEN_BINARY(name, kind)                                              \
  constexpr Expression name(const Expression& left, const Expression& right) { \
    return Expression::binary(Expression::Kind::kind, left, right);            \
  }
LEYDEN_BINARY(operator+, kAdd)
LEYDEN_BINARY(operator-, kSubtract)
LEYDEN_BINARY(operator&, kAnd)
LEYDEN_BINARY(operator|, kOr)
LEYDEN_BINARY(operator^, kXor)
LEYDEN_BINARY(operator*, kMultiply)
LEYDEN_BINARY(operator<<, kShiftLeft)
LEYDEN_BINARY(operator>>, kShiftRight)
LEYDEN_BINARY(shift_right_signed, kShiftRightSigned)
LEYDEN_BINARY(rotate_left, kRotateLeft)
LEYDEN_BINARY(rotate_right, kRotateRight)
LEYDEN_BINARY(operator==, kEqual)
LEYDEN_BINARY(operator!=, kNotEqual)
LEYDEN_BINARY(operator<, kLess)
LEYDEN_BINARY(operator>=, kGreaterEqual)
LEYDEN_BINARY(multiply_high, kMultiplyHigh)
LEYDEN_BINARY(multiply_high_su, kMultiplyHighSu)
LEYDEN_BINARY(multiply_high_u, kMultiplyHighU)
LEYDEN_BINARY(divide, kDivide)
LEYDEN_BINARY(divide_unsigned, kDivideUnsigned)
LEYDEN_BINARY(remainder, kRemainder)
LEYDEN_BINARY(remainder_unsigned, kRemainderUnsigned)
LEYDEN_BINARY(minimum, kMinimum)
LEYDEN_BINARY(minimum_unsigned, kMinimumUnsigned)
LEYDEN_BINARY(maximum, kMaximum)
LEYDEN_BINARY(maximum_unsigned, kMaximumUnsigned)
#undef LEYDEN_BINARY

constexpr Expression operator~(const Expression& word) { return word ^ Expression(~0u); }
constexpr Expression single_bit(const Expression& place) { return Expression(1) << place; }
constexpr Expression sign_extend_byte(const Expression& word) {
  return shift_right_signed(word << Expression(24), Expression(24));
}
constexpr Expression sign_extend_half(const Expression& word) {
  return shift_right_signed(word << Expression(16), Expression(16));
}
// Rare and without a simple counterpart on every host.
constexpr Expression count_leading_zeros(const Expression&) { return Expression::opaque(); }
constexpr Expression count_trailing_zeros(const Expression&) { return Expression::opaque(); }
constexpr Expression count_ones(const Expression&) { return Expression::opaque(); }
constexpr Expression or_combine_bytes(const Expression&) { return Expression::opaque(); }
constexpr Expression reverse_bytes(const Expression&) { return Expression::opaque(); }
constexpr SignedExpression as_signed(const Expression& word) { return {word}; }
constexpr Expression operator<(const SignedExpression& left, const SignedExpression& right) {
  return Expression::binary(Expression::Kind::kLessSigned, left.word, right.word);
}
constexpr Expression operator>=(const SignedExpression& left, const SignedExpression& right) {
  return Expression::binary(Expression::Kind::kGreaterEqualSigned, left.word, right.word);
}

}  // namespace leyden::cpu
