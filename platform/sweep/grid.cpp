#include "platform/sweep/grid.h"

#include "models/base/error.h"
#include "platform/sweep/plan_batch.h"
#include "platform/sweep/plan_space.h"

namespace leyden::sweep {
namespace {

class Grid : public Planner {
 public:
  explicit Grid(const SweepSpec& spec) : space_(spec), depth_(spec.depth) {
    std::uint64_t product = 1;
    for (const Variable& variable : space_.dimensions()) {
      product *= variable.values.size();  // at most 1e7 times 1e6
      if (product > kMostPlanned) {
        throw base::UsageError(spec.plan.where + " is a grid of more than " +
                               std::to_string(kMostPlanned) +
                               " points; give fewer values, or a random or sobol plan.");
      }
    }
    if (space_.constraints().empty()) {
      planned_ = product;
      // Expressions may still have no value somewhere.
      for_each([](const std::vector<Value>&) {});
      return;
    }
    std::vector<std::uint64_t> alone_kept(space_.constraints().size());
    for_each([&](const std::vector<Value>&) { ++planned_; },
             [&] {
               for (std::size_t i = 0; i < alone_kept.size(); ++i) {
                 alone_kept[i] += space_.violations()[i] == 0 ? 1 : 0;
               }
             });
    if (planned_ == 0) {
      throw base::UsageError(spec.plan.where + " is empty: " + space_.contradiction(alone_kept) +
                             ".");
    }
  }

  std::uint64_t planned() const override { return planned_; }

  void run(const EvaluateBatch& evaluate) override {
    PlanBatch batch(evaluate, depth_);
    std::uint64_t number = 0;
    for_each([&](const std::vector<Value>& values) { batch.add(space_.point(number++, values)); });
    batch.flush();
  }

 private:
  template <typename Take>
  void for_each(const Take& take) {
    for_each(take, [] {});
  }

  /// @param take called with the values of every point that is taken
  /// @param judged called after every point was judged
  template <typename Take, typename Judged>
  void for_each(const Take& take, const Judged& judged) {
    const std::vector<Variable>& dimensions = space_.dimensions();
    std::vector<std::size_t> index(dimensions.size());
    std::vector<Value> values;
    for (const Variable& variable : dimensions) values.push_back(variable.values.front());
    while (true) {
      const bool taken = space_.takes(values);
      judged();
      if (taken) take(values);
      std::size_t d = dimensions.size();
      while (d > 0) {
        --d;
        index[d] = (index[d] + 1) % dimensions[d].values.size();
        values[d] = dimensions[d].values[index[d]];
        if (index[d] != 0) break;
        if (d == 0) return;
      }
    }
  }

  PlanSpace space_;
  Depth depth_;
  std::uint64_t planned_ = 0;
};

}  // namespace

std::unique_ptr<Planner> make_grid(const SweepSpec& spec) { return std::make_unique<Grid>(spec); }

}  // namespace leyden::sweep
