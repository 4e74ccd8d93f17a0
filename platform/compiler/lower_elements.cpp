#include <algorithm>

#include "platform/compiler/fixed_point.h"
#include "platform/compiler/lower.h"

namespace leyden::compiler {

void lower_add(const QuantTensor& a, const QuantTensor& b, const QuantTensor& out,
               QuantLayer& layer) {
  layer.kind = LayerKind::kAdd;
  const double factor_a = a.scale / out.scale;
  const double factor_b = b.scale / out.scale;
  const FixedPoint fixed = to_fixed_point(
      {factor_a, factor_b}, {out.zero_point - factor_a * a.zero_point - factor_b * b.zero_point});
  layer.scales = {fixed.factors[0], fixed.factors[1], fixed.offsets[0]};
  layer.result.shift = fixed.shift;
}

void lower_scale(const ScaleShift* scale, const QuantTensor& in, const QuantTensor& out,
                 QuantLayer& layer) {
  layer.kind = LayerKind::kScale;
  const auto channels = static_cast<std::size_t>(in.shape.channels);
  std::vector<double> factors;
  std::vector<double> offsets;
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor = scale ? static_cast<double>(scale->scale[c]) : 1.0;
    const double shift = scale ? static_cast<double>(scale->shift[c]) : 0.0;
    factors.push_back(factor * in.scale / out.scale);
    offsets.push_back(shift / out.scale + out.zero_point - factors[c] * in.zero_point);
  }
  const FixedPoint fixed = to_fixed_point(factors, offsets);
  layer.result.shift = fixed.shift;
  for (std::size_t c = 0; c < channels; ++c) {
    layer.table.push_back({fixed.factors[c], fixed.offsets[c], 0, 0});
  }
}

void lower_lookup(const Function* function, const QuantTensor& in, const QuantTensor& out,
                  QuantLayer& layer) {
  layer.kind = LayerKind::kLookup;
  layer.lookup.resize(vector::kLookupBytes);
  for (int code = 0; code < static_cast<int>(vector::kLookupBytes); ++code) {
    const double x = in.scale * (std::min(code, in.highest()) - in.zero_point);
    const int y = code_of(function ? (*function)(x) : x, out);
    layer.lookup[static_cast<std::size_t>(code)] = static_cast<std::uint8_t>(
        std::clamp(y, static_cast<int>(layer.result.low), static_cast<int>(layer.result.high)));
  }
}

}  // namespace leyden::compiler
