#include "platform/sweep/sensitivity.h"

#include <charconv>

#include "models/base/error.h"
#include "platform/sweep/plan_batch.h"
#include "platform/sweep/plan_space.h"

namespace leyden::sweep {
namespace {

/// The base's value of a variable whose keys agree in it.
Value base_value(const Variable& variable, const BaseValues& base, const std::string& where) {
  const auto refuse = [&](const std::string& what) {
    std::string sentence = where;
    sentence.append(" goes around the base, ").append(what).append("; say around: {");
    sentence.append(variable.name).append(": VALUE}.");
    throw base::UsageError(sentence);
  };
  std::string text;
  for (const std::string& key : variable.keys) {
    const auto found = base.find(key);
    if (found == base.end()) refuse("which gives no value of " + key);
    if (!text.empty() && text != found->second) {
      refuse("where " + variable.keys.front() + " and " + key + " differ");
    }
    text = found->second;
  }
  if (variable.kind == VariableKind::kCategory) {
    for (const Value& value : variable.values) {
      if (value.setting == text) return value;
    }
    Value value;
    value.text = value.setting = text;
    return value;
  }
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) {
    refuse("where " + variable.keys.front() + " is no number");
  }
  return number_value(number);
}

class Sensitivity : public Planner {
 public:
  Sensitivity(const SweepSpec& spec, const BaseValues& base) : space_(spec), depth_(spec.depth) {
    std::vector<Value> middle;
    for (const Variable& variable : space_.dimensions()) {
      const auto given = spec.plan.around.find(variable.name);
      middle.push_back(given != spec.plan.around.end()
                           ? given->second
                           : base_value(variable, base, spec.plan.where));
    }
    if (!space_.takes(middle)) {
      std::string list;
      for (std::size_t i = 0; i < space_.constraints().size(); ++i) {
        if (space_.violations()[i] == 0) continue;
        list += (list.empty() ? "'" : ", '") + space_.constraints()[i].text() + "'";
      }
      throw base::UsageError(spec.plan.where + " goes around a point that breaks " + list + ".");
    }
    points_.push_back(middle);
    for (std::size_t d = 0; d < middle.size(); ++d) {
      for (const Value& value : space_.dimensions()[d].values) {
        if (value.text == middle[d].text) continue;
        std::vector<Value> moved = middle;
        moved[d] = value;
        if (space_.takes(moved)) points_.push_back(std::move(moved));
        if (points_.size() > kMostPlanned) {
          throw base::UsageError(spec.plan.where + " has more than " +
                                 std::to_string(kMostPlanned) + " points; give fewer values.");
        }
      }
    }
    if (points_.size() == 1) {
      throw base::UsageError(spec.plan.where +
                             " is empty: no variable has another value that the constraints "
                             "leave.");
    }
  }

  std::uint64_t planned() const override { return points_.size(); }

  void run(const EvaluateBatch& evaluate) override {
    PlanBatch batch(evaluate, depth_);
    for (std::size_t i = 0; i < points_.size(); ++i) batch.add(space_.point(i, points_[i]));
    batch.flush();
  }

 private:
  PlanSpace space_;
  Depth depth_;
  std::vector<std::vector<Value>> points_;
};

}  // namespace

std::unique_ptr<Planner> make_sensitivity(const SweepSpec& spec, const BaseValues& base) {
  return std::make_unique<Sensitivity>(spec, base);
}

}  // namespace leyden::sweep
