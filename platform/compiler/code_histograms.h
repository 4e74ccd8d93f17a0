#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// Codes of one macro layer's converters for the same dot products, with two settings.
struct CodeHistogram {
  std::string name;
  unsigned bits = 8;
  std::vector<std::uint64_t> fixed;     ///< gain 1, mid-scale offset, the whole line in use
  std::vector<std::uint64_t> reshaped;  ///< gains, offsets and units that the compiler chose
};

/// Runs images through the host reference in fidelity `quantised` and counts the codes that its
/// conversions give, and those that a fixed converter on the undivided line would give:
///   code = clamp(floor(D / LSB + 2^(b-1) + 1/2), 0, 2^b - 1),
///   LSB = units of a page * rows_per_unit * 2^(bx + bw - b - r)       (docs/models/cim.md)
std::vector<CodeHistogram> code_histograms(const Plan& plan, const std::vector<Image>& images);

}  // namespace leyden::compiler
