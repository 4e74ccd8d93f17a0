#include "platform/validate/least_squares.h"

#include <cmath>

#include "models/base/error.h"

namespace leyden::validate {
namespace {

constexpr double kDifference = 1e-6;
constexpr double kAtRest = 1e-14;
constexpr unsigned kMostSteps = 1000;

double sum_of_squares(const Vector& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

/// Row r, column c: how residual r moves with unknown c.
std::vector<Vector> slopes(const std::function<Vector(const Vector&)>& residuals, const Vector& at,
                           const Vector& value) {
  std::vector<Vector> rows(value.size(), Vector(at.size()));
  for (std::size_t c = 0; c < at.size(); ++c) {
    Vector up = at;
    Vector down = at;
    up[c] += kDifference;
    down[c] -= kDifference;
    const Vector above = residuals(up);
    const Vector below = residuals(down);
    for (std::size_t r = 0; r < value.size(); ++r) {
      rows[r][c] = (above[r] - below[r]) / (2 * kDifference);
    }
  }
  return rows;
}

/// Solves a symmetric positive definite system by Cholesky's method; {} when it is not definite.
Vector solve(std::vector<Vector> matrix, Vector right) {
  const std::size_t n = right.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = matrix[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= matrix[i][k] * matrix[j][k];
      if (i == j) {
        if (!(sum > 0)) return {};
        matrix[i][i] = std::sqrt(sum);
      } else {
        matrix[i][j] = sum / matrix[j][j];
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) right[i] -= matrix[i][k] * right[k];
    right[i] /= matrix[i][i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) right[i] -= matrix[k][i] * right[k];
    right[i] /= matrix[i][i];
  }
  return right;
}

}  // namespace

Vector least_squares(const std::function<Vector(const Vector&)>& residuals, Vector start) {
  Vector value = residuals(start);
  double sum = sum_of_squares(value);
  double damping = 1e-3;
  for (unsigned step = 0; step < kMostSteps; ++step) {
    const std::vector<Vector> rows = slopes(residuals, start, value);
    const std::size_t n = start.size();
    std::vector<Vector> normal(n, Vector(n));
    Vector downhill(n);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t i = 0; i < n; ++i) {
        downhill[i] -= rows[r][i] * value[r];
        for (std::size_t j = 0; j <= i; ++j) normal[i][j] += rows[r][i] * rows[r][j];
      }
    }
    bool fell = false;
    while (!fell && damping < 1e12) {
      std::vector<Vector> damped = normal;
      for (std::size_t i = 0; i < n; ++i) damped[i][i] += damping * (1e-9 + normal[i][i]);
      const Vector move = solve(damped, downhill);
      Vector next = start;
      for (std::size_t i = 0; i < move.size(); ++i) next[i] += move[i];
      const Vector next_value = move.empty() ? value : residuals(next);
      const double next_sum = sum_of_squares(next_value);
      if (!move.empty() && std::isfinite(next_sum) && next_sum < sum) {
        const bool at_rest = sum - next_sum < kAtRest * sum;
        start = next;
        value = next_value;
        sum = next_sum;
        damping *= 0.1;
        if (at_rest) return start;
        fell = true;
      } else {
        damping *= 10;
      }
    }
    if (!fell) return start;
  }
  throw base::ModelError("The fit of the shared knobs has not come to rest.");
}

}  // namespace leyden::validate
