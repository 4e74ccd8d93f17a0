#pragma once

#include <functional>
#include <vector>

#include "platform/sweep/point.h"

namespace leyden::sweep {

/// Called in the parent with every result as it comes, in any order.
using OnResult = std::function<void(const PointResult& result)>;

/// Where points are evaluated: worker processes of this machine, or a cluster.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Evaluates points, each exactly once, and returns when all have a result. A worker that dies
  /// fails its point, with how it died as the message, not the sweep.
  /// @throws run::Interrupted when a person ends the sweep; results until then have been told
  /// @throws base::Error when no point can be evaluated (workers do not start, no cluster)
  virtual void evaluate(const std::vector<Point>& points, const OnResult& on_result) = 0;
};

}  // namespace leyden::sweep
