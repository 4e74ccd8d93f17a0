#pragma once

#include <functional>
#include <iosfwd>
#include <memory>

#include "platform/sweep/evaluator.h"

namespace leyden::sweep {

using MakeEvaluator = std::function<std::unique_ptr<Evaluator>(const Base& base)>;

/// Evaluates a point and adds the host's part; a result that cannot be told (a figure that is not
/// finite) becomes a failed one. @throws run::Interrupted
PointResult evaluate_here(Evaluator& evaluator, const Point& point);

/// A worker process: reads a base, answers whether it can be evaluated, then reads points and
/// answers results, one a line (wire.h), until its input ends. Dies with the program that started
/// it. @return the exit status of the process; @throws run::Interrupted
int run_sweep_worker(std::istream& lines, std::ostream& results, const MakeEvaluator& make);

}  // namespace leyden::sweep
