#pragma once

#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>

namespace leyden::cim::test {

/// Two-sided quantile of the standard normal distribution at 99 %.
inline double z99() { return boost::math::quantile(boost::math::normal(), 0.995); }

/// Checks mean and variance of independent normal samples at 99 % each.
inline void expect_normal(const std::vector<double>& samples, double mean, double variance) {
  const auto count = static_cast<double>(samples.size());
  double sum = 0;
  double squares = 0;
  for (const double x : samples) {
    sum += x;
    squares += (x - mean) * (x - mean);
  }
  const boost::math::chi_squared distribution(count);
  EXPECT_GT(squares / variance, boost::math::quantile(distribution, 0.005));
  EXPECT_LT(squares / variance, boost::math::quantile(distribution, 0.995));
  EXPECT_NEAR(sum / count, mean, z99() * std::sqrt(variance / count));
}

/// Checks the share of `hits` among `trials` independent ones at 99 %.
inline void expect_rate(std::uint64_t hits, std::uint64_t trials, double probability) {
  const boost::math::binomial distribution(static_cast<double>(trials), probability);
  EXPECT_GE(static_cast<double>(hits), boost::math::quantile(distribution, 0.005));
  EXPECT_LE(static_cast<double>(hits), boost::math::quantile(distribution, 0.995));
}

}  // namespace leyden::cim::test
