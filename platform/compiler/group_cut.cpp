#include "platform/compiler/group_cut.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace leyden::compiler {
namespace {

// Noise of the line and the comparator stands before the gain, which multiplies it: a choice.
constexpr double kMostSharedGain = 64;

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// Greatest gain of an output when `units` load the line.
double greatest_gain(const QuantNetwork& network, const QuantLayer& layer,
                     const ChipGeometry& geometry, unsigned units) {
  const QuantTensor& in = network.tensors[layer.inputs[0]];
  const QuantTensor& out = network.tensors[layer.output];
  const int exponent = static_cast<int>(in.bits + layer.weight_bits) -
                       static_cast<int>(out.bits + geometry.range_shift);
  const double lsb = std::ldexp(static_cast<double>(units) * geometry.rows_per_unit, exponent);
  const auto scale = std::max_element(layer.weight_scale.begin(), layer.weight_scale.end());
  return *scale * in.scale / out.scale * lsb;
}

/// Rows that one conversion spans.
unsigned conversion_rows(const ChipGeometry& geometry, unsigned units) {
  const unsigned line = units * geometry.rows_per_unit;
  const unsigned active = geometry.combining.rows_active;
  return active == 0 ? line : std::min(line, active);
}

bool keeps_resolution(const QuantNetwork& network, const QuantLayer& layer,
                      const ChipGeometry& geometry, unsigned units, unsigned alone) {
  if (units == alone) return true;
  if (geometry.combining.used) {
    return conversion_rows(geometry, units) <= conversion_rows(geometry, alone);
  }
  return greatest_gain(network, layer, geometry, units) <= kMostSharedGain;
}

}  // namespace

unsigned most_groups(const QuantNetwork& network, const QuantLayer& layer,
                     const ChipGeometry& geometry, unsigned outputs) {
  const auto groups = static_cast<std::size_t>(layer.groups);
  const std::size_t page_rows = std::size_t{geometry.page_units()} * geometry.rows_per_unit;
  const std::size_t by_rows = page_rows / network.rows(layer);
  const std::size_t by_outputs = outputs / (network.outputs(layer) / groups);
  return static_cast<unsigned>(std::max<std::size_t>(1, std::min({groups, by_rows, by_outputs})));
}

GroupChoice choose_groups(const QuantNetwork& network, const QuantLayer& layer,
                          const ChipGeometry& geometry, unsigned outputs) {
  const std::size_t rows = network.rows(layer);
  const auto groups = static_cast<std::uint64_t>(layer.groups);
  const auto units_of = [&](unsigned count) {
    return static_cast<unsigned>(divide_up(count * rows, geometry.rows_per_unit));
  };
  const unsigned alone = units_of(1);
  GroupChoice best;
  for (unsigned count = 1; count <= most_groups(network, layer, geometry, outputs); ++count) {
    const std::uint64_t jobs = divide_up(groups, count);
    if (count != divide_up(groups, jobs)) continue;  // as few jobs with fewer groups each
    const unsigned units = units_of(count);
    if (!keeps_resolution(network, layer, geometry, units, alone)) continue;
    const std::uint64_t segments = geometry.combining.rows_active == 0
                                       ? 1
                                       : divide_up(count * rows, geometry.combining.rows_active);
    const GroupChoice choice{count, units, jobs * segments};
    if (count == 1 || std::tuple(choice.cost, choice.units) < std::tuple(best.cost, best.units)) {
      best = choice;
    }
  }
  return best;
}

}  // namespace leyden::compiler
