#pragma once

#include <cstdint>
#include <vector>

namespace leyden::compiler {

/// y = (a * factor + offset) >> shift with 32-bit factors and offsets.
struct FixedPoint {
  unsigned shift = 0;
  std::vector<std::int32_t> factors;
  std::vector<std::int32_t> offsets;
};

/// Rounds real factors and offsets to the finest common shift (0 to 31) at which all fit below
/// 2^30, which leaves room for the rounding constant. Values too large even for shift 0 saturate.
FixedPoint to_fixed_point(const std::vector<double>& factors, const std::vector<double>& offsets);

}  // namespace leyden::compiler
