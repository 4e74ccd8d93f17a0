#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// A part of an ONNX tensor's linear order: `size` elements that lie `stride` elements apart in the
/// graph's tensor (channels x height x width).
struct Atom {
  std::int64_t size = 1;
  std::int64_t stride = 1;
  bool operator==(const Atom& other) const { return size == other.size && stride == other.stride; }
};
using Atoms = std::vector<Atom>;

/// How an ONNX tensor lies in a tensor of the graph. Transpose, Reshape, Squeeze, Unsqueeze and
/// Flatten change the view and move nothing. Element i of the ONNX tensor, in its linear order,
/// has one index for each atom (the first varies slowest); its place in the graph's tensor is the
/// sum of index x stride.
struct View {
  std::string tensor;              ///< of the graph
  std::vector<std::int64_t> dims;  ///< as ONNX states them
  Atoms atoms;                     ///< merged: no size of 1, none that continues the one before it

  std::int64_t elements() const;
  /// True when ONNX's linear order is that of the graph's tensor.
  bool in_order() const;
  /// True when at most one dimension is not 1.
  bool is_vector() const;
};

/// View of a tensor that lies as ONNX orders it.
View view_in_order(const std::string& tensor, const std::vector<std::int64_t>& dims);

/// Joins atoms that continue each other and drops those of one element.
Atoms merge(const Atoms& atoms);

/// Atoms of each dimension, or nothing when a dimension ends inside an atom that cannot be split.
std::optional<std::vector<Atoms>> atoms_of_dims(const View& view);

/// The view with its dimensions in another order, or nothing when they cannot be told apart.
std::optional<View> transposed(const View& view, const std::vector<std::size_t>& order);

/// The image that a view shows as ONNX's operators on images read it: 1 x C x H x W, or
/// 1 x C x W with a height of 1. Nothing for other dimensions.
std::optional<Shape> image_of_dims(const std::vector<std::int64_t>& dims);

/// Place in the graph's tensor of each element of the atoms, in linear order.
std::vector<std::size_t> places(const Atoms& atoms);

/// "[1, 2, 3]"
std::string to_string(const std::vector<std::int64_t>& values);

}  // namespace leyden::compiler
