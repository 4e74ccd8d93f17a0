#pragma once

#include "platform/sweep/point_settings.h"

namespace leyden::sweep {

/// Points of depth full: firmware runs images on the chip, in a worker process.
class FullEvaluator {
 public:
  /// @param base, resources must outlive it
  FullEvaluator(const Base& base, const run::Resources& resources)
      : base_(base), resources_(resources) {}

  /// Fills metrics and layers.
  /// @throws base::Error what is wrong with the point, run::Interrupted
  void evaluate(const Point& point, PointResult& result) const;

 private:
  const Base& base_;
  const run::Resources& resources_;
};

}  // namespace leyden::sweep
