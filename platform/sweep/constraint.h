#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/sweep/expression.h"

namespace leyden::sweep {

/// A comparison of the sweep's variables that every point must satisfy.
class Constraint {
 public:
  /// @throws base::UsageError as Expression, and for what compares nothing
  Constraint(const std::string& text, const std::vector<std::string>& names,
             const std::string& where);

  const std::string& text() const { return whole_.text(); }
  const std::string& where() const { return whole_.where(); }
  const std::vector<std::size_t>& uses() const { return whole_.uses(); }

  /// 0 where it holds, from 1 to 2 where it is broken, not a number where it has no value. A broken
  /// comparison a < b counts 1 + |a - b| / (|a| + |b|), so that a search feels which way is out,
  /// and has no value where a side has none; one made of several comparisons counts 1.
  double violation(const std::vector<double>& values) const;

 private:
  struct Comparison {
    Expression left;
    std::string by;  ///< "<", "<=", ...
    Expression right;
  };

  Expression whole_;
  std::optional<Comparison> one_;  ///< when it is one comparison
};

}  // namespace leyden::sweep
