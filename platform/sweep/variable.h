#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace leyden::sweep {

/// One value of a variable.
struct Value {
  double number = std::numeric_limits<double>::quiet_NaN();  ///< none: a category
  std::string text;                                          ///< as people read it
  std::string setting;  ///< as the key gets it: differs from text for paths only
};

/// A number's value: whole numbers without exponent, others the shortest text that reads back.
Value number_value(double number);
/// The nearest number of so many decimal digits: what a step or a share of a range means.
double rounded_to_digits(double number, int digits);

enum class VariableKind { kNumber, kCategory };

/// What a sweep changes: one dimension of its space, or, with an expression, what follows from
/// others. All keys of a variable get the same value.
struct Variable {
  std::string name;
  std::vector<std::string> keys;
  std::string unit;  ///< of its keys; "" for a category
  VariableKind kind = VariableKind::kNumber;
  bool integer = false;       ///< a key of it takes whole numbers only
  std::vector<Value> values;  ///< in the order of the file, all different; none: see below
  double from = 0;            ///< continuous: ends of its range, inclusive
  double to = 0;
  bool logarithmic = false;  ///< continuous: spread evenly in the logarithm
  std::string expression;    ///< dependent: its value in terms of the others
  std::string where;         ///< "sweep.yaml:12: variables[2]", begins sentences about it

  bool dependent() const { return !expression.empty(); }
  bool continuous() const { return values.empty() && !dependent(); }
  /// The value at a share of the dimension. @param share in [0, 1)
  Value at(double share) const;
};

}  // namespace leyden::sweep
