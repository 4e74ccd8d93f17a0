#pragma once

#include <vector>

#include "platform/sweep/plan.h"

namespace leyden::sweep {

/// Gathers points of a plan that learns nothing, and gives them in batches.
class PlanBatch {
 public:
  PlanBatch(const EvaluateBatch& evaluate, Depth depth) : evaluate_(evaluate), depth_(depth) {}

  void add(Point point) {
    point.depth = depth_;
    points_.push_back(std::move(point));
    if (points_.size() == kBatchPoints) flush();
  }
  /// To be called behind the last point.
  void flush() {
    if (!points_.empty()) evaluate_(points_);
    points_.clear();
  }

 private:
  const EvaluateBatch& evaluate_;
  Depth depth_;
  std::vector<Point> points_;
};

}  // namespace leyden::sweep
