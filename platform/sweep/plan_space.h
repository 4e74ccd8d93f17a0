#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/sweep/constraint.h"
#include "platform/sweep/expression.h"
#include "platform/sweep/spec.h"

namespace leyden::sweep {

/// The space that a sweep's free variables span, with what depends on them and the constraints.
/// Not for several threads.
class PlanSpace {
 public:
  /// @throws base::UsageError for expressions and constraints that cannot be parsed, use a category
  /// or depend on each other in a circle
  explicit PlanSpace(const SweepSpec& spec);

  /// The variables that are not dependent, in order of the file.
  const std::vector<Variable>& dimensions() const { return free_; }
  const std::vector<Constraint>& constraints() const { return constraints_; }

  enum class Verdict {
    kAllowed,    ///< all constraints hold
    kBroken,     ///< one does not
    kUndefined,  ///< an expression or a constraint has no value, and no other one is broken
  };
  /// @param values of the dimensions
  Verdict judge(const std::vector<Value>& values);
  /// Of the point last judged: of each constraint, see Constraint::violation().
  const std::vector<double>& violations() const { return violations_; }
  /// How far out the point last judged is: 0 where allowed, else the sum of what is broken or
  /// undefined, at least 1.
  double excess() const;

  /// Whether a plan takes a point. @throws base::UsageError where the verdict is kUndefined
  bool takes(const std::vector<Value>& values);
  /// Values of the dimensions as a point, with what depends on them.
  Point point(std::uint64_t number, const std::vector<Value>& values);
  /// Equal for points with equal settings only.
  static std::string key(const Point& point);

  /// "no point satisfies the constraints ...": of those that `alone_kept` tells 0 points for, else
  /// of all. @param alone_kept how many points each constraint keeps
  std::string contradiction(const std::vector<std::uint64_t>& alone_kept) const;

 private:
  struct Dependent {
    std::size_t variable;  ///< index in the file
    Expression expression;
  };

  void fill(const std::vector<Value>& values);
  [[noreturn]] void refuse_undefined() const;
  std::string described(const std::vector<std::size_t>& variables) const;

  std::vector<Variable> variables_;  ///< all, in order of the file
  std::vector<Variable> free_;
  std::vector<std::size_t> dimension_;  ///< of a free variable; of others no dimension
  std::vector<Dependent> dependents_;   ///< each behind those it uses
  std::vector<Constraint> constraints_;
  std::vector<double> numbers_;  ///< of all variables at the point last judged
  std::vector<double> violations_;
};

}  // namespace leyden::sweep
