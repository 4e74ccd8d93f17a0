#include "platform/sweep/evaluator.h"

#include <chrono>
#include <filesystem>

#include "platform/sweep/cost_evaluator.h"
#include "platform/sweep/full_evaluator.h"

namespace leyden::sweep {
namespace {

using Clock = std::chrono::steady_clock;

class PointEvaluator : public Evaluator {
 public:
  PointEvaluator(Base base, const run::Resources& resources)
      : base_(std::move(base)),
        resources_(resources),
        cost_(base_, resources_),
        full_(base_, resources_) {}

  PointResult evaluate(const Point& point) override {
    const Clock::time_point start = Clock::now();
    PointResult result;
    result.stage = point.stage;
    result.number = point.number;
    try {
      if (point.depth == Depth::kCost) {
        cost_.evaluate(point, result);
      } else {
        full_.evaluate(point, result);
      }
    } catch (const base::Error& error) {
      result.status = error.status();
      result.message = error.what();
      result.metrics = no_metrics();
      result.layers.clear();
    }
    result.host_time_s = std::chrono::duration<double>(Clock::now() - start).count();
    return result;
  }

 private:
  Base base_;
  run::Resources resources_;
  CostEvaluator cost_;
  FullEvaluator full_;
};

}  // namespace

std::unique_ptr<Evaluator> make_evaluator(const Base& base, const run::Resources& resources) {
  // What no point changes is told before the first.
  resources.chip(base.chip);
  resources.network(base.network);
  if (base.data.empty() || !std::filesystem::is_directory(base.data)) {
    throw base::UsageError("The data folder '" + base.data +
                           "' is not there; a folder of IDX or CIFAR-10 files is needed, for they "
                           "tell what a network's codes look like.");
  }
  return std::make_unique<PointEvaluator>(base, resources);
}

}  // namespace leyden::sweep
