#pragma once

#include "models/cpu/translator/expression_table.h"
#include "models/cpu/translator/register_map.h"

namespace leyden::cpu {

/// Host features that change the code.
struct HostFeatures {
  bool bmi2 = false;  ///< shifts by a register without cl, rotation without flags
};

/// Emits host instructions that compute the expressions of instructions. Uses the scratch
/// registers.
class ExpressionEmitter {
 public:
  /// A number, a host register or a guest register in memory.
  struct Value {
    enum class Place : std::uint8_t { kNumber, kRegister, kMemory };
    Place place = Place::kNumber;
    std::uint32_t number = 0;
    host::Gp reg;
    host::Mem memory;

    bool is_number() const { return place == Place::kNumber; }
    bool is_register() const { return place == Place::kRegister; }
    bool is_memory() const { return place == Place::kMemory; }
    bool is(const host::Gp& other) const { return is_register() && reg.id() == other.id(); }
  };

  ExpressionEmitter(host::Assembler& assembler, HostFeatures features)
      : a_(assembler), features_(features) {}

  /// rd = expression of the instruction.
  void compute(const Op& op);
  /// Compares for a branch. @return the condition that holds when it is taken
  host::CondCode compare(const Op& op);
  /// The target of an indirect jump into a register.
  void target(const Op& op, const host::Gp& into);
  /// rd = number, e.g. a return address.
  void set(unsigned rd, std::uint32_t number);
  void load_operand(const Value& value, const host::Gp& into);
  static Value guest(unsigned index);
  /// Cycles a division saves: adds them to what is left.
  void early_out(const Op& op, std::uint32_t limit);

 private:
  Value leaf_or_compute(const Expression& e, std::size_t index, const host::Gp& into);
  Value emit(const Expression& e, std::size_t index, const host::Gp& into);
  Value emit_binary(Expression::Kind kind, Value left, Value right, const host::Gp& into);
  Value emit_shift(Expression::Kind kind, const Value& left, const Value& right,
                   const host::Gp& into);
  Value emit_high(Expression::Kind kind, const Value& left, const Value& right,
                  const host::Gp& into);
  Value emit_choice(Expression::Kind kind, const Value& left, const Value& right);
  Value emit_division(Expression::Kind kind, const Value& left, const Value& right);
  host::CondCode emit_comparison(Expression::Kind kind, Value left, Value right);
  bool update_in_place(const Expression& e, const Op& op);
  void bind(const Op& op);

  host::Assembler& a_;
  HostFeatures features_;
  Value operand_a_;
  Value operand_b_;
  std::uint32_t pc_ = 0;
};

}  // namespace leyden::cpu
