#include "platform/compiler/onnx_shapes.h"

#include <algorithm>

#include "platform/compiler/onnx_context.h"

namespace leyden::compiler {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 28;

}  // namespace

std::int64_t checked_elements(const OnnxNode& node, const Dims& dims) {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0 || (dim > 0 && count > kMostElements / dim)) {
      node.refuse("a dimension of " + std::to_string(dim) + " is not supported");
    }
    count *= dim;
  }
  return count;
}

Dims reshaped_dims(const OnnxNode& node, const Dims& from, const Dims& target) {
  const std::int64_t count = checked_elements(node, from);
  const bool zero_is_zero = node.integer("allowzero", 0) != 0;
  Dims to = target;
  std::int64_t known = 1;
  std::ptrdiff_t open = -1;
  bool good = true;
  for (std::size_t i = 0; i < to.size() && good; ++i) {
    if (to[i] == 0 && !zero_is_zero && i < from.size()) to[i] = from[i];
    if (to[i] == -1 && open < 0) {
      open = static_cast<std::ptrdiff_t>(i);
      continue;
    }
    good = to[i] >= 1 && to[i] <= kMostElements / known;
    if (good) known *= to[i];
  }
  if (good && open >= 0) {
    good = count % known == 0;
    to[static_cast<std::size_t>(open)] = count / known;
    known = count;
  }
  if (!good || known != count) {
    node.refuse("reshaping " + to_string(from) + " to " + to_string(target) +
                " is not possible; the new shape must hold " + std::to_string(count) + " values");
  }
  return to;
}

Dims squeezed_dims(const OnnxNode& node, const Dims& from, const std::optional<Dims>& axes) {
  std::vector<bool> gone(from.size());
  for (std::size_t i = 0; !axes && i < from.size(); ++i) gone[i] = from[i] == 1;
  for (const std::int64_t axis : axes.value_or(Dims{})) {
    const std::size_t i = checked_axis(node, axis, from.size());
    if (from[i] != 1) {
      node.refuse("dimension " + std::to_string(i) + " of " + to_string(from) +
                  " is not 1 and cannot be squeezed");
    }
    gone[i] = true;
  }
  Dims to;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!gone[i]) to.push_back(from[i]);
  }
  return to;
}

Dims unsqueezed_dims(const OnnxNode& node, const Dims& from, const Dims& axes) {
  constexpr std::size_t kMostRank = 16;
  const std::size_t rank = from.size() + axes.size();
  if (rank > kMostRank) node.refuse("more than 16 dimensions are not supported");
  std::vector<bool> added(rank);
  for (const std::int64_t axis : axes) {
    const std::size_t i = checked_axis(node, axis, rank);
    if (added[i]) node.refuse("axis " + std::to_string(axis) + " is given twice");
    added[i] = true;
  }
  Dims to;
  auto next = from.begin();
  for (std::size_t i = 0; i < rank; ++i) to.push_back(added[i] ? 1 : *next++);
  return to;
}

std::vector<std::size_t> transpose_order(const OnnxNode& node, std::size_t rank) {
  std::vector<std::size_t> order;
  if (!node.has_attribute("perm")) {
    for (std::size_t i = rank; i > 0; --i) order.push_back(i - 1);
    return order;
  }
  const Dims perm = node.integers("perm", {});
  std::vector<bool> seen(rank);
  for (const std::int64_t axis : perm) {
    const bool good = axis >= 0 && axis < static_cast<std::int64_t>(rank) &&
                      !seen[static_cast<std::size_t>(axis)] && perm.size() == rank;
    if (!good) break;
    seen[static_cast<std::size_t>(axis)] = true;
    order.push_back(static_cast<std::size_t>(axis));
  }
  if (order.size() != rank || perm.size() != rank) {
    node.refuse("attribute perm " + to_string(perm) + " does not order " + std::to_string(rank) +
                " dimensions");
  }
  return order;
}

}  // namespace leyden::compiler
