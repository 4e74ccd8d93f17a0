#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace leyden::sweep {

/// Longest text of an expression or a constraint.
inline constexpr std::size_t kLongestExpression = 1000;

/// Functions of expressions: min, max, floor, ...
const std::vector<std::string>& expression_functions();

/// An arithmetic expression over the sweep's variables, computed in double: + - * / % ^,
/// comparisons (1 or 0), && || !, a ? b : c and the functions of expression_functions(). Not for
/// several threads.
class Expression {
 public:
  /// @param names of variables, in the order of evaluate()'s values
  /// @param where begins every sentence: "sweep.yaml:12: constraints[0]"
  /// @throws base::UsageError for what cannot be parsed and for unknown names ("did you mean")
  Expression(std::string text, const std::vector<std::string>& names, std::string where);
  ~Expression();
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;

  const std::string& text() const;
  const std::string& where() const;
  /// Indices in `names` of the variables that it uses, ascending.
  const std::vector<std::size_t>& uses() const;
  /// Its value; not a number where a value it uses is none, or where it has no finite value.
  double evaluate(const std::vector<double>& values) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leyden::sweep
