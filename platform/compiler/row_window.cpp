#include "platform/compiler/row_window.h"

#include <algorithm>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

bool has_window(LayerKind kind) {
  return kind == LayerKind::kMacro || kind == LayerKind::kMaxPool ||
         kind == LayerKind::kAveragePool;
}

/// The last output row whose window begins within the input.
std::int64_t last_start(const QuantLayer& layer, const Shape& in, const Shape& out) {
  if (!has_window(layer.kind)) return out.height - 1;
  return std::min(out.height - 1, (in.height - 1 + layer.window.pad_top) / layer.window.stride_y);
}

}  // namespace

bool has_row_windows(const QuantLayer& layer) { return layer.kind != LayerKind::kCore; }

InputRows input_rows(const QuantLayer& layer, const Shape& in, const Shape& out,
                     const RowRange& rows) {
  const bool windows = has_window(layer.kind);
  if (rows.count == out.height || !has_row_windows(layer)) {
    return {{0, static_cast<std::uint32_t>(in.height)}, windows ? layer.window.pad_top : 0};
  }
  if (!windows) return {rows, 0};
  if (rows.first > last_start(layer, in, out)) {
    throw base::UsageError("layer '" + layer.name +
                           "': padding beyond the kernel cannot be split into chunks of rows; a "
                           "chip with larger LMEM banks is needed");
  }
  const Window& window = layer.window;
  const std::int64_t top = std::int64_t{rows.first} * window.stride_y - window.pad_top;
  const std::int64_t first = std::max<std::int64_t>(top, 0);
  const std::int64_t below =
      top + (std::int64_t{rows.count} - 1) * window.stride_y + window.extent_height();
  const std::int64_t end = std::max(std::min(below, in.height), first + 1);
  return {{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end - first)},
          std::max<std::int64_t>(-top, 0)};
}

std::vector<RowRange> cut_stripes(const QuantLayer& layer, const Shape& in, const Shape& out,
                                  std::uint32_t rows) {
  const auto height = static_cast<std::uint32_t>(out.height);
  if (!has_row_windows(layer)) rows = height;
  std::vector<RowRange> stripes;
  for (std::uint32_t first = 0; first < height; first += rows) {
    if (first > 0 && first > last_start(layer, in, out)) {
      stripes.back().count = height - stripes.back().first;
      break;
    }
    stripes.push_back({first, std::min(rows, height - first)});
  }
  return stripes;
}

}  // namespace leyden::compiler
