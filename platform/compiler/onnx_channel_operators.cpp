// Concat, Softmax, ArgMax and reductions: operators along an axis.
#include <algorithm>

#include "platform/compiler/onnx_context.h"

namespace leyden::compiler {
namespace {

/// Atoms of a tensor's channels, of its pixels.
Atoms channel_atoms(const Shape& shape) { return merge({{shape.channels, shape.pixels()}}); }

Atoms join(const std::vector<Atoms>& parts) {
  Atoms all;
  for (const Atoms& part : parts) all.insert(all.end(), part.begin(), part.end());
  return merge(all);
}

/// True when dimension `axis` of the view is the channels of its tensor.
bool is_channels(const View& view, const Shape& shape, std::size_t axis) {
  const auto parts = atoms_of_dims(view);
  return parts && view.dims[axis] == shape.channels && (*parts)[axis] == channel_atoms(shape);
}

void convert_concat(OnnxContext& context, const OnnxNode& node) {
  node.allow({"axis"});
  const int inputs = node.proto().input_size();
  node.expect_inputs(1, 4096);
  if (!node.has_attribute("axis")) node.refuse("attribute axis is missing");
  const View first = context.view(node, 0);
  const std::size_t axis = checked_axis(node, node.integer("axis", 1), first.dims.size());
  std::vector<std::string> tensors;
  std::vector<Atoms> others;  // of the dimensions that are not joined
  std::int64_t channels = 0;
  Shape pixels;
  for (int i = 0; i < inputs; ++i) {
    View view = context.view(node, i);
    if (view.is_vector() && view.dims.size() > axis && view.dims[axis] == view.elements()) {
      view = context.flattened(node, i);
    }
    const Shape& shape = context.shape(view);
    if (view.dims.size() != first.dims.size() || !is_channels(view, shape, axis)) {
      node.refuse("joining an input of shape " + to_string(view.dims) + " along axis " +
                  std::to_string(axis) +
                  " is not supported; the nearest supported form joins the channels");
    }
    std::vector<Atoms> parts = *atoms_of_dims(view);
    parts[axis].clear();
    const bool fits =
        i == 0 || (parts == others && shape.height == pixels.height && shape.width == pixels.width);
    if (!fits) {
      node.refuse("inputs of shapes " + to_string(first.dims) + " and " + to_string(view.dims) +
                  " cannot be joined; they must have the same height and width");
    }
    others = std::move(parts);
    pixels = shape;
    channels += shape.channels;
    tensors.push_back(view.tensor);
  }
  others[axis] = {{channels, pixels.pixels()}};
  View out{"", first.dims, join(others)};
  out.dims[axis] = channels;
  if (inputs == 1) return context.relabel(node, context.view(node, 0));
  context.emit_output(node, Concat{}, tensors, out);
}

void convert_softmax(OnnxContext& context, const OnnxNode& node) {
  node.allow({"axis"});
  node.expect_inputs(1, 1);
  // Before opset 13 the input counts as a matrix that is split at `axis`.
  const bool matrix = context.opset() < 13;
  View view = context.view(node, 0);
  const std::size_t rank = view.dims.size();
  const std::size_t axis = checked_axis(node, node.integer("axis", matrix ? 1 : -1), rank);
  std::int64_t along = view.dims[axis];
  for (std::size_t i = axis + 1; matrix && i < rank; ++i) along *= view.dims[i];
  const Softmax softmax{node.type() == "LogSoftmax"};
  if (along == view.elements()) {
    view = context.flattened(node, 0);
    return context.emit_same(node, softmax, view);
  }
  if (along != view.dims[axis] || !is_channels(view, context.shape(view), axis)) {
    node.refuse("an input of shape " + to_string(view.dims) + " with axis " + std::to_string(axis) +
                " is not supported; the nearest supported form runs along the channels");
  }
  context.emit_same(node, softmax, view);
}

void convert_arg_max(OnnxContext& context, const OnnxNode& node) {
  node.allow({"axis", "keepdims", "select_last_index"});
  node.expect_inputs(1, 1);
  View view = context.view(node, 0);
  const std::size_t axis = checked_axis(node, node.integer("axis", 0), view.dims.size());
  if (view.dims[axis] == view.elements()) view = context.flattened(node, 0);
  const Shape shape = context.shape(view);
  if (!is_channels(view, shape, axis)) {
    node.refuse("an input of shape " + to_string(view.dims) + " with axis " + std::to_string(axis) +
                " is not supported; the nearest supported form runs along the channels");
  }
  std::vector<Atoms> parts = *atoms_of_dims(view);
  parts[axis].clear();
  View out{"", view.dims, join(parts)};
  out.dims[axis] = 1;
  if (node.integer("keepdims", 1) == 0) {
    out.dims.erase(out.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  std::string tensor = view.tensor;
  if (node.type() == "ArgMin") {
    const auto channels = static_cast<std::size_t>(shape.channels);
    tensor = context.emit(
        node, ScaleShift{std::vector<float>(channels, -1.0f), std::vector<float>(channels, 0.0f)},
        {tensor}, context.fresh(node.output() + "/minus"));
  }
  context.emit_output(node, ArgMax{node.integer("select_last_index", 0) != 0}, {tensor}, out);
}

/// Axes of a reduction, counted from the first.
std::vector<bool> reduced_axes(const OnnxContext& context, const OnnxNode& node, std::size_t rank) {
  const auto stated = context.integers(node, "axes", 1);
  const bool none = !stated || stated->empty();
  if (none && node.integer("noop_with_empty_axes", 0) != 0) return std::vector<bool>(rank, false);
  std::vector<bool> reduced(rank, none);
  if (!none) {
    for (const std::int64_t axis : *stated) reduced[checked_axis(node, axis, rank)] = true;
  }
  return reduced;
}

/// Kernel of the pooling that reduces the given dimensions: all pixels, all rows or all columns.
Window reduction_window(const OnnxNode& node, const View& view, const Shape& in,
                        const std::vector<bool>& reduced) {
  const auto parts = atoms_of_dims(view);
  Atoms gone;
  for (std::size_t i = 0; parts && i < reduced.size(); ++i) {
    if (reduced[i]) gone.insert(gone.end(), (*parts)[i].begin(), (*parts)[i].end());
  }
  std::sort(gone.begin(), gone.end(),
            [](const Atom& a, const Atom& b) { return a.stride > b.stride; });
  gone = merge(gone);
  Window window;
  if (gone == merge({{in.pixels(), 1}})) {
    window = {in.height, in.width, in.height, in.width};
  } else if (gone == merge({{in.height, in.width}})) {
    window = {in.height, 1, in.height, 1};
  } else if (gone == merge({{in.width, 1}})) {
    window = {1, in.width, 1, in.width};
  } else {
    node.refuse("reducing an input of shape " + to_string(view.dims) +
                " so is not supported; the nearest supported form reduces height and width");
  }
  if (window.kernel_height > 255 || window.kernel_width > 255) {
    node.refuse("reducing " + std::to_string(window.kernel_height) + "x" +
                std::to_string(window.kernel_width) +
                " pixels is not supported; at most 255 rows and columns are");
  }
  return window;
}

void convert_reduce(OnnxContext& context, const OnnxNode& node) {
  node.allow({"axes", "keepdims", "noop_with_empty_axes"});
  node.expect_inputs(1, 2);
  const View view = context.view(node, 0);
  const Shape in = context.shape(view);
  const std::vector<bool> reduced = reduced_axes(context, node, view.dims.size());
  View out{"", {}, {}};
  std::int64_t gone = 1;
  for (std::size_t i = 0; i < reduced.size(); ++i) {
    if (!reduced[i]) out.dims.push_back(view.dims[i]);
    if (reduced[i] && node.integer("keepdims", 1) != 0) out.dims.push_back(1);
    if (reduced[i]) gone *= view.dims[i];
  }
  if (gone == 1) {  // only dimensions of one element
    out.tensor = view.tensor;
    out.atoms = view.atoms;
    return context.relabel(node, out);
  }
  const Window window = reduction_window(node, view, in, reduced);
  // The dimensions that stay lie in a tensor of fewer pixels.
  const Shape small{in.channels, in.height / window.kernel_height, in.width / window.kernel_width};
  const auto parts = *atoms_of_dims(view);
  for (std::size_t i = 0; i < reduced.size(); ++i) {
    if (reduced[i]) continue;
    for (const Atom& atom : parts[i]) {
      const bool channel = atom.stride % in.pixels() == 0;
      const bool row = !channel && atom.stride % in.width == 0;
      if (!channel && !row && atom.stride * atom.size > in.width) {
        node.refuse("an input of shape " + to_string(view.dims) + " is not supported");
      }
      out.atoms.push_back({atom.size, channel ? atom.stride / in.pixels() * small.pixels()
                                      : row   ? atom.stride / in.width * small.width
                                              : atom.stride});
    }
  }
  out.atoms = merge(out.atoms);
  if (node.type() == "ReduceMax") {
    return context.emit_output(node, MaxPool{window}, {view.tensor}, out);
  }
  if (node.type() == "ReduceMean") {
    return context.emit_output(node, AveragePool{window}, {view.tensor}, out);
  }
  const auto channels = static_cast<std::size_t>(in.channels);
  const std::string mean = context.emit(node, AveragePool{window}, {view.tensor},
                                        context.fresh(node.output() + "/mean"));
  context.emit_output(node,
                      ScaleShift{std::vector<float>(channels, static_cast<float>(gone)),
                                 std::vector<float>(channels, 0.0f)},
                      {mean}, out);
}

}  // namespace

void add_channel_converters(OnnxConverters& converters) {
  converters["Concat"] = convert_concat;
  converters["Softmax"] = convert_softmax;
  converters["LogSoftmax"] = convert_softmax;
  converters["ArgMax"] = convert_arg_max;
  converters["ArgMin"] = convert_arg_max;
  converters["ReduceMean"] = convert_reduce;
  converters["ReduceMax"] = convert_reduce;
  converters["ReduceSum"] = convert_reduce;
}

}  // namespace leyden::compiler
