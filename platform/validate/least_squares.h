#pragma once

#include <functional>
#include <vector>

namespace leyden::validate {

using Vector = std::vector<double>;

/// Minimises the sum of squares of `residuals` by Levenberg and Marquardt's method from `start`,
/// with forward differences. Deterministic: no draw, one order of sums.
/// @return where the sum no longer falls
/// @throws base::ModelError when it has not come to rest after a thousand steps
Vector least_squares(const std::function<Vector(const Vector&)>& residuals, Vector start);

}  // namespace leyden::validate
