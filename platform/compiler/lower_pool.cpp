#include "platform/compiler/fixed_point.h"
#include "platform/compiler/lower.h"

namespace leyden::compiler {
namespace {

bool pads(const Window& window) {
  return window.pad_top + window.pad_left + window.pad_bottom + window.pad_right > 0;
}

bool dilated(const Window& window) { return window.dilation_y != 1 || window.dilation_x != 1; }

/// Whether a window can lie in padding alone.
bool may_miss_input(const Window& window) {
  return window.pad_top >= window.extent_height() || window.pad_left >= window.extent_width() ||
         window.pad_bottom >= window.extent_height() || window.pad_right >= window.extent_width();
}

void refuse_wide_padding(const Node& node) {
  refuse(node,
         "padding as large as the kernel is not supported, for a window of padding alone has "
         "no value; the nearest supported form has padding below the kernel's size");
}

}  // namespace

void lower_max_pool(const Node& node, const MaxPool& pool, bool on_core, QuantLayer& layer) {
  if (may_miss_input(pool.window)) refuse_wide_padding(node);
  layer.window = pool.window;
  layer.kind = LayerKind::kMaxPool;
  if (!on_core && !dilated(pool.window)) return;
  layer.kind = LayerKind::kCore;
  layer.core.kernel = CoreKernel::kMaxPool;
}

void lower_average_pool(const Node& node, const AveragePool& pool, bool on_core,
                        const QuantTensor& in, const QuantTensor& out, QuantLayer& layer) {
  if (may_miss_input(pool.window) && !pool.count_include_pad) refuse_wide_padding(node);
  layer.window = pool.window;
  const bool counted = pool.count_include_pad && in.zero_point == 0;
  const auto taps = static_cast<double>(pool.window.kernel_height * pool.window.kernel_width);
  const double ratio = in.scale / out.scale;
  const bool fits =
      !dilated(pool.window) && (!pads(pool.window) || counted) && !may_miss_input(pool.window);
  if (fits && !on_core) {
    layer.kind = LayerKind::kAveragePool;
    const double factor = ratio / taps;
    const FixedPoint fixed =
        to_fixed_point({factor}, {out.zero_point - factor * taps * in.zero_point});
    layer.scales = {fixed.factors[0], 0, fixed.offsets[0]};
    layer.result.shift = fixed.shift;
    return;
  }
  layer.kind = LayerKind::kCore;
  layer.core.kernel = CoreKernel::kAveragePool;
  layer.core.fill = in.zero_point;
  layer.core.flag = pool.count_include_pad;
  const FixedPoint fixed = to_fixed_point({ratio}, {0.0});
  layer.core.factor = fixed.factors[0];
  layer.core.offset = out.zero_point;
  layer.result.shift = fixed.shift;
}

}  // namespace leyden::compiler
