#include "platform/compiler/fixed_point.h"

#include <algorithm>
#include <cmath>

namespace leyden::compiler {
namespace {

constexpr double kLimit = 1073741824.0;  // 2^30
constexpr unsigned kMostShift = 31;

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

std::vector<std::int32_t> rounded(const std::vector<double>& values, unsigned shift) {
  std::vector<std::int32_t> result;
  for (const double value : values) {
    const double scaled = std::clamp(std::ldexp(value, static_cast<int>(shift)), -kLimit, kLimit);
    result.push_back(static_cast<std::int32_t>(std::llround(scaled)));
  }
  return result;
}

}  // namespace

FixedPoint to_fixed_point(const std::vector<double>& factors, const std::vector<double>& offsets) {
  const double most = std::max(largest(factors), largest(offsets));
  unsigned shift = kMostShift;
  while (shift > 0 && std::ldexp(most, static_cast<int>(shift)) > kLimit) --shift;
  return {shift, rounded(factors, shift), rounded(offsets, shift)};
}

}  // namespace leyden::compiler
