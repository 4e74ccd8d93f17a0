#include "platform/sweep/plan_space.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

constexpr std::size_t kNoDimension = std::numeric_limits<std::size_t>::max();

}  // namespace

PlanSpace::PlanSpace(const SweepSpec& spec)
    : variables_(spec.variables), numbers_(spec.variables.size()) {
  std::vector<std::string> names;
  for (const Variable& variable : variables_) {
    names.push_back(variable.name);
    dimension_.push_back(variable.dependent() ? kNoDimension : free_.size());
    if (!variable.dependent()) free_.push_back(variable);
  }
  const auto refuse_categories = [&](const std::vector<std::size_t>& uses,
                                     const std::string& begin) {
    for (const std::size_t use : uses) {
      if (variables_[use].kind == VariableKind::kNumber) continue;
      throw base::UsageError(begin + " uses " + names[use] +
                             ", which is a category and has no number.");
    }
  };
  std::vector<Dependent> waiting;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    if (!variables_[i].dependent()) continue;
    waiting.push_back(
        {i, Expression(variables_[i].expression, names, variables_[i].where + ".expression")});
    const Expression& expression = waiting.back().expression;
    refuse_categories(expression.uses(), expression.where() + " '" + expression.text() + "'");
  }
  for (const ConstraintSpec& constraint : spec.constraints) {
    constraints_.emplace_back(constraint.text, names, constraint.where);
    refuse_categories(constraints_.back().uses(), constraint.where + " '" + constraint.text + "'");
  }
  violations_.resize(constraints_.size());
  // Those whose variables are all known, round by round; what is left goes in a circle.
  std::vector<bool> known(variables_.size());
  for (std::size_t i = 0; i < variables_.size(); ++i) known[i] = !variables_[i].dependent();
  while (!waiting.empty()) {
    const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const Dependent& one) {
      const auto& uses = one.expression.uses();
      return std::all_of(uses.begin(), uses.end(), [&](std::size_t use) { return known[use]; });
    });
    if (ready == waiting.end()) {
      std::string circle;
      for (const Dependent& one : waiting) {
        circle += (circle.empty() ? "" : ", ") + names[one.variable];
      }
      const Expression& first = waiting.front().expression;
      throw base::UsageError(
          first.where() + " '" + first.text() +
          "' has no value, for variables depend on each other in a circle: " + circle + ".");
    }
    known[ready->variable] = true;
    dependents_.push_back(std::move(*ready));
    waiting.erase(ready);
  }
}

void PlanSpace::fill(const std::vector<Value>& values) {
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    if (dimension_[i] != kNoDimension) numbers_[i] = values.at(dimension_[i]).number;
  }
  for (const Dependent& one : dependents_) {
    const double value = one.expression.evaluate(numbers_);
    numbers_[one.variable] = variables_[one.variable].integer ? std::round(value) : value;
  }
}

PlanSpace::Verdict PlanSpace::judge(const std::vector<Value>& values) {
  fill(values);
  bool broken = false;
  bool undefined = false;
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    violations_[i] = constraints_[i].violation(numbers_);
    broken = broken || violations_[i] > 0;
    undefined = undefined || std::isnan(violations_[i]);
  }
  for (const Dependent& one : dependents_) {
    undefined = undefined || std::isnan(numbers_[one.variable]);
  }
  return broken ? Verdict::kBroken : undefined ? Verdict::kUndefined : Verdict::kAllowed;
}

double PlanSpace::excess() const {
  double sum = 0;
  for (const double violation : violations_) sum += std::isnan(violation) ? 1 : violation;
  for (const Dependent& one : dependents_) sum += std::isnan(numbers_[one.variable]) ? 1 : 0;
  return sum;
}

bool PlanSpace::takes(const std::vector<Value>& values) {
  const Verdict verdict = judge(values);
  if (verdict == Verdict::kUndefined) refuse_undefined();
  return verdict == Verdict::kAllowed;
}

std::string PlanSpace::described(const std::vector<std::size_t>& variables) const {
  std::string text;
  for (const std::size_t i : variables) {
    text += (text.empty() ? " at " : ", ") + variables_[i].name + " = " +
            number_value(numbers_[i]).text;
  }
  return text;
}

void PlanSpace::refuse_undefined() const {
  const auto tell = [&](const Expression& expression) {
    throw base::UsageError(expression.where() + " '" + expression.text() + "' is no finite number" +
                           described(expression.uses()) +
                           "; a constraint can leave such points out.");
  };
  for (const Dependent& one : dependents_) {
    if (std::isnan(numbers_[one.variable])) tell(one.expression);
  }
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    if (!std::isnan(violations_[i])) continue;
    throw base::UsageError(constraints_[i].where() + " '" + constraints_[i].text() +
                           "' is no finite number" + described(constraints_[i].uses()) +
                           "; another constraint can leave such points out.");
  }
  throw base::ModelError("A point of a plan is undefined without a reason.");
}

Point PlanSpace::point(std::uint64_t number, const std::vector<Value>& values) {
  fill(values);
  Point point;
  point.number = number;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const bool free = dimension_[i] != kNoDimension;
    const Value value = free ? values[dimension_[i]] : number_value(numbers_[i]);
    point.variables.push_back({variables_[i].name, value.text});
    for (const std::string& key : variables_[i].keys) {
      point.settings.push_back({key, value.setting});
    }
  }
  return point;
}

std::string PlanSpace::key(const Point& point) {
  std::string key;
  for (const Setting& setting : point.settings) key += setting.value + '\n';
  return key;
}

std::string PlanSpace::contradiction(const std::vector<std::uint64_t>& alone_kept) const {
  const bool one_alone = std::count(alone_kept.begin(), alone_kept.end(), 0u) > 0;
  std::string list;
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    if (one_alone && alone_kept[i] > 0) continue;
    list += (list.empty() ? "'" : ", '") + constraints_[i].text() + "'";
  }
  return "no point satisfies " + list;
}

}  // namespace leyden::sweep
