#include "platform/compiler/onnx_context.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

constexpr std::int64_t kMostDimension = 65535;  // 16-bit fields of the job registers
constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

}  // namespace

const OnnxConstant* OnnxContext::constant(const OnnxNode& node, int index) const {
  if (!node.has_input(index)) return nullptr;
  const auto found = constants_.find(node.input(index));
  return found == constants_.end() ? nullptr : &found->second;
}

const OnnxConstant& OnnxContext::weights(const OnnxNode& node, int index) const {
  const OnnxConstant* found = constant(node, index);
  if (!found || !found->is_float) {
    node.refuse("input " + std::to_string(index) +
                " must be a constant of float values for its weights to be written into a macro");
  }
  if (!std::all_of(found->floats.begin(), found->floats.end(),
                   [](float v) { return std::isfinite(v); })) {
    throw base::UsageError("constant '" + node.input(index) +
                           "': holds a value that is not finite");
  }
  return *found;
}

std::vector<float> OnnxContext::vector(const OnnxNode& node, int index, std::int64_t count) const {
  if (!node.has_input(index)) return std::vector<float>(static_cast<std::size_t>(count), 0.0f);
  const OnnxConstant& found = weights(node, index);
  if (static_cast<std::int64_t>(found.floats.size()) != count) {
    node.refuse("input '" + node.input(index) + "' holds " + std::to_string(found.floats.size()) +
                " values where " + std::to_string(count) + " are needed");
  }
  return found.floats;
}

std::optional<float> OnnxContext::scalar(const OnnxNode& node, int index) const {
  if (!node.has_input(index)) return std::nullopt;
  const OnnxConstant* found = constant(node, index);
  if (!found || found->count() != 1) {
    node.refuse("input " + std::to_string(index) + " must be a constant of one value");
  }
  return static_cast<float>(found->value(0));
}

std::optional<std::vector<std::int64_t>> OnnxContext::integers(const OnnxNode& node,
                                                               const std::string& name,
                                                               int index) const {
  if (node.has_attribute(name)) return node.integers(name, {});
  if (!node.has_input(index)) return std::nullopt;
  const OnnxConstant* found = constant(node, index);
  if (!found || found->is_float) {
    node.refuse("its " + name + " (input " + std::to_string(index) +
                ") must be a constant of integers");
  }
  return found->integers;
}

const View& OnnxContext::view(const OnnxNode& node, int index) const {
  const auto found = views_.find(node.input(index));
  if (found != views_.end()) return found->second;
  if (constant(node, index)) {
    node.refuse("input '" + node.input(index) +
                "' is a constant where a tensor that depends on the image is supported");
  }
  node.refuse("input '" + node.input(index) +
              "' must depend on the image, and be computed before it");
}

Shape OnnxContext::image(const OnnxNode& node, const View& view) const {
  const auto wanted = image_of_dims(view.dims);
  if (!wanted) {
    node.refuse("an input of shape " + to_string(view.dims) +
                " is not supported; [1, channels, height, width] is, or [1, channels, width]");
  }
  if (view.in_order() && shape(view) == *wanted) return *wanted;
  if (!layout_known_ && view.tensor == graph_.input) {
    throw LayoutWanted{layout_for(view, *wanted)};
  }
  node.refuse("its input of shape " + to_string(view.dims) + " is tensor '" + view.tensor +
              "' of shape " + to_string(shape(view)) +
              " with its values in another order; a Transpose or Reshape before it is supported "
              "where it only relabels channels x height x width");
}

View OnnxContext::flattened(const OnnxNode& node, int index) {
  View view = this->view(node, index);
  const Shape& in = shape(view);
  if (in.pixels() == 1) return view;
  const auto found = flattened_.find(view.tensor);
  if (found != flattened_.end()) {
    view.tensor = found->second;
    return view;
  }
  const std::string tensor = fresh(node.input(index));
  Node made{tensor, "Flatten", Flatten{}, {view.tensor}, tensor};
  define(tensor, infer_shape(made, graph_.shapes));
  graph_.nodes.push_back(std::move(made));
  flattened_[view.tensor] = tensor;
  view.tensor = tensor;
  return view;
}

const std::string& OnnxContext::emit(const OnnxNode& node, Operation operation,
                                     const std::vector<std::string>& inputs,
                                     const std::string& tensor) {
  Node made{node.name(), node.type(), std::move(operation), inputs, tensor};
  define(tensor, infer_shape(made, graph_.shapes));
  graph_.nodes.push_back(std::move(made));
  return graph_.nodes.back().output;
}

void OnnxContext::emit_output(const OnnxNode& node, Operation operation,
                              const std::vector<std::string>& inputs, View view) {
  view.tensor = emit(node, std::move(operation), inputs, node.output());
  define_output(node);
  views_[node.output()] = std::move(view);
}

void OnnxContext::emit_same(const OnnxNode& node, Operation operation, const View& view) {
  emit_output(node, std::move(operation), {view.tensor}, view);
}

void OnnxContext::emit_image(const OnnxNode& node, Operation operation, const View& view) {
  const std::size_t rank = view.dims.size();
  emit_output(node, std::move(operation), {view.tensor}, {});
  const Shape& out = graph_.shape(node.output());
  std::vector<std::int64_t> dims{1, out.channels, out.height, out.width};
  if (rank == 3) dims = {1, out.channels, out.width};
  views_[node.output()] = view_in_order(node.output(), dims);
}

void OnnxContext::relabel(const OnnxNode& node, View view) {
  define_output(node);
  views_[node.output()] = std::move(view);
}

void OnnxContext::set_constant(const OnnxNode& node, OnnxConstant constant) {
  define_output(node);
  constants_[node.output()] = std::move(constant);
}

void OnnxContext::declare_input(const View& view, const Shape& shape) {
  graph_.input = view.tensor;
  define(view.tensor, shape);
  views_[view.tensor] = view;
}

std::string OnnxContext::fresh(const std::string& base) const {
  std::string name = base;
  for (int i = 1; graph_.shapes.count(name) > 0; ++i) name = base + "/" + std::to_string(i);
  return name;
}

void OnnxContext::define_output(const OnnxNode& node) {
  if (views_.count(node.output()) || constants_.count(node.output())) {
    throw base::UsageError("tensor '" + node.output() + "' is defined twice");
  }
}

void OnnxContext::define(const std::string& tensor, const Shape& shape) {
  const bool fits = shape.channels <= kMostDimension && shape.height <= kMostDimension &&
                    shape.width <= kMostDimension && shape.elements() <= kMostElements;
  if (!fits) {
    throw base::UsageError("tensor '" + tensor + "' of shape " + to_string(shape) +
                           " is too large; at most 65535 channels, rows or columns and 2^26 "
                           "elements are supported");
  }
  if (!graph_.shapes.emplace(tensor, shape).second) {
    throw base::UsageError("tensor '" + tensor + "' is defined twice");
  }
}

std::optional<std::vector<float>> channel_values(const OnnxConstant& constant, const View& view,
                                                 const Shape& shape) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  if (constant.count() == 1) return std::vector<float>(channels, constant.floats[0]);
  const auto parts = atoms_of_dims(view);
  if (!parts) return std::nullopt;
  // Dimensions are compared from the last; the constant may have more of them, of size 1.
  Atoms varying;
  const std::size_t rank = constant.dims.size();
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t size = constant.dims[i];
    if (size == 1) continue;
    if (rank - i > view.dims.size()) return std::nullopt;
    const std::size_t axis = view.dims.size() - (rank - i);
    if (view.dims[axis] != size) return std::nullopt;
    varying.insert(varying.end(), (*parts)[axis].begin(), (*parts)[axis].end());
  }
  const bool along_channels = std::all_of(varying.begin(), varying.end(), [&](const Atom& atom) {
    return atom.stride % shape.pixels() == 0;
  });
  if (!along_channels || constant.count() != channels) return std::nullopt;
  std::vector<float> values(channels);
  const std::vector<std::size_t> where = places(varying);
  for (std::size_t i = 0; i < channels; ++i) {
    values[where[i] / static_cast<std::size_t>(shape.pixels())] = constant.floats[i];
  }
  return values;
}

InputLayout layout_for(const View& view, const Shape& shape) {
  // The view says where each of the image's elements lies in ONNX's order of the input. Seen from
  // the image: the atom with the greatest stride comes first in ONNX's order.
  Atoms atoms = view.atoms;
  std::vector<std::pair<std::int64_t, Atom>> sorted;  // stride in ONNX's order, atom in the image
  std::int64_t after = 1;
  for (auto atom = atoms.rbegin(); atom != atoms.rend(); ++atom) {
    sorted.emplace_back(atom->stride, Atom{atom->size, after});
    after *= atom->size;
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  InputLayout layout{shape, {}};
  for (const auto& [stride, atom] : sorted) layout.atoms.push_back(atom);
  layout.atoms = merge(layout.atoms);
  return layout;
}

std::size_t checked_axis(const OnnxNode& node, std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size) {
    node.refuse("axis " + std::to_string(axis) + " does not fit an input of " +
                std::to_string(rank) + " dimensions");
  }
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

}  // namespace leyden::compiler
