#include "platform/validate/least_squares.h"

#include <gmock/gmock.h>

#include <cmath>

namespace leyden::validate {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(LeastSquares, FindsTheLineOfTheNormalEquations) {
  // y = 1, 3, 2, 5 at x = 0..3: slope 1.1, offset 1.1.
  const Vector y = {1, 3, 2, 5};
  const auto residuals = [&](const Vector& at) {
    Vector r;
    for (std::size_t x = 0; x < y.size(); ++x) r.push_back(at[0] + at[1] * x - y[x]);
    return r;
  };
  EXPECT_THAT(least_squares(residuals, {0, 0}),
              ElementsAre(DoubleNear(1.1, 1e-9), DoubleNear(1.1, 1e-9)));
}

TEST(LeastSquares, FollowsRosenbrocksValley) {
  const auto residuals = [](const Vector& at) {
    return Vector{10 * (at[1] - at[0] * at[0]), 1 - at[0]};
  };
  EXPECT_THAT(least_squares(residuals, {-1.2, 1}),
              ElementsAre(DoubleNear(1, 1e-6), DoubleNear(1, 1e-6)));
}

TEST(LeastSquares, StepsBackFromWhereTheResidualsHaveNoValue) {
  const auto residuals = [](const Vector& at) { return Vector{std::log(at[0]) - 3}; };
  EXPECT_THAT(least_squares(residuals, {0.01}), ElementsAre(DoubleNear(std::exp(3), 1e-6)));
}

TEST(LeastSquares, LeavesAnUnknownThatNothingDependsOn) {
  const auto residuals = [](const Vector& at) { return Vector{at[0] - 2, 0 * at[1]}; };
  EXPECT_THAT(least_squares(residuals, {0, 7}), ElementsAre(DoubleNear(2, 1e-9), 7));
}

}  // namespace
}  // namespace leyden::validate
