#include "models/base/inverse_normal.h"

namespace leyden::base {
namespace {

constexpr double kInverseRootTwoPi = 0.39894228040143267794;

/// exp(x) for x <= 0: Taylor series of x / 2^10, squared ten times.
double exponential(double x) {
  constexpr int kHalvings = 10;
  constexpr int kTaylorTerms = 14;
  const double small = x / (1 << kHalvings);
  double sum = 1;
  for (int n = kTaylorTerms; n > 0; --n) sum = 1 + small * sum / n;
  for (int i = 0; i < kHalvings; ++i) sum *= sum;
  return sum;
}

double density(double z) { return kInverseRootTwoPi * exponential(-z * z / 2); }

/// Upper tail probability of z >= 0.
double upper_tail(double z) {
  constexpr double kSeriesEnd = 2.5;
  if (z < kSeriesEnd) {
    // Q = 1/2 - phi(z) * (z + z^3/3 + z^5/(3*5) + ...), all terms positive.
    double term = z;
    double sum = z;
    for (int n = 3; term > 1e-17 * sum; n += 2) {
      term *= z * z / n;
      sum += term;
    }
    return 0.5 - density(z) * sum;
  }
  // Laplace's continued fraction Q = phi(z) / (z + 1/(z + 2/(z + 3/(z + ...)))), from its end.
  double fraction = z;
  for (int n = 40; n > 0; --n) fraction = z + n / fraction;
  return density(z) / fraction;
}

/// Solves upper_tail(z) = p by Newton's method from `guess`. The tail is convex, so that a guess
/// below the solution is approached from one side.
double quantile(double p, double guess) {
  double z = guess;
  for (int i = 0; i < 40; ++i) {
    const double step = (upper_tail(z) - p) / density(z);
    z += step;
    if (step < 1e-13 && step > -1e-13) break;
  }
  return z;
}

}  // namespace

const InverseNormal& InverseNormal::instance() {
  static const InverseNormal kTable;
  return kTable;
}

InverseNormal::InverseNormal() {
  // Chebyshev nodes of [0, 1], last first: (1 + cos((2i + 1) * 18 deg)) / 2.
  constexpr std::array<double, kTerms> kNodes = {0.97552825814757677, 0.79389262614623657, 0.5,
                                                 0.20610737385376343, 0.02447174185242323};
  double guess = 0;
  for (unsigned octave = 0; octave < kOctaves; ++octave) {
    for (unsigned j = kSegments; j-- > 0;) {  // probability falls, z rises
      // 1. Exact values at the nodes.
      std::array<double, kTerms> difference{};
      for (std::size_t i = 0; i < kTerms; ++i) {
        const double mantissa = 1 + (j + kNodes[i]) / kSegments;
        const double p = mantissa / 4 / static_cast<double>(std::uint64_t{1} << octave);
        guess = quantile(p, guess);
        difference[i] = guess;
      }
      // 2. Divided differences, then Newton's form multiplied out.
      for (std::size_t order = 1; order < kTerms; ++order) {
        for (std::size_t i = kTerms - 1; i >= order; --i) {
          difference[i] = (difference[i] - difference[i - 1]) / (kNodes[i] - kNodes[i - order]);
        }
      }
      std::array<double, kTerms> power{};
      for (std::size_t i = kTerms; i-- > 0;) {
        for (std::size_t k = kTerms - 1; k > 0; --k) power[k] = power[k - 1] - kNodes[i] * power[k];
        power[0] = difference[i] - kNodes[i] * power[0];
      }
      for (std::size_t k = 0; k < kTerms; ++k) {
        table_[k][octave * kSegments + j] = static_cast<float>(power[k]);
      }
    }
  }
}

}  // namespace leyden::base
