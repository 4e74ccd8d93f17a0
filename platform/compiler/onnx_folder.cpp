#include "platform/compiler/onnx_folder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "platform/compiler/onnx_shapes.h"

namespace leyden::compiler {
namespace {

/// A constant of the node's input with a name for refusals.
const OnnxConstant& input(const OnnxContext& context, const OnnxNode& node, int index) {
  const OnnxConstant* found = context.constant(node, index);
  if (!found) node.refuse("input " + std::to_string(index) + " is missing");
  return *found;
}

OnnxConstant integers(Dims values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {{count}, {}, std::move(values), false};
}

OnnxConstant like(const OnnxConstant& from, Dims dims) {
  OnnxConstant made;
  made.dims = std::move(dims);
  made.is_float = from.is_float;
  return made;
}

void push(OnnxConstant& to, const OnnxConstant& from, std::size_t index) {
  if (to.is_float) to.floats.push_back(from.floats[index]);
  if (!to.is_float) to.integers.push_back(from.integers[index]);
}

std::size_t size_of(std::int64_t value) { return static_cast<std::size_t>(value); }

/// Product of the dimensions first .. last - 1.
std::size_t product(const Dims& dims, std::size_t first, std::size_t last) {
  std::size_t count = 1;
  for (std::size_t i = first; i < last; ++i) count *= size_of(dims[i]);
  return count;
}

OnnxConstant fold_shape(const OnnxContext& context, const OnnxNode& node) {
  const OnnxConstant* given = context.constant(node, 0);
  const Dims dims = given ? given->dims : context.view(node, 0).dims;
  const auto rank = static_cast<std::int64_t>(dims.size());
  if (node.type() == "Size") {
    OnnxConstant size = integers({checked_elements(node, dims)});
    size.dims.clear();
    return size;
  }
  const auto bound = [&](const std::string& name, std::int64_t otherwise) {
    const std::int64_t at = node.integer(name, otherwise);
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t first = bound("start", 0);
  const std::int64_t last = std::max(first, bound("end", rank));
  return integers(Dims(dims.begin() + first, dims.begin() + last));
}

OnnxConstant fold_gather(const OnnxContext& context, const OnnxNode& node) {
  const OnnxConstant& data = input(context, node, 0);
  const OnnxConstant& indices = input(context, node, 1);
  if (data.dims.empty() || indices.is_float) node.refuse("has inputs that do not fit");
  const std::size_t axis = checked_axis(node, node.integer("axis", 0), data.dims.size());
  Dims dims(data.dims.begin(), data.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), indices.dims.begin(), indices.dims.end());
  dims.insert(dims.end(), data.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1,
              data.dims.end());
  checked_elements(node, dims);
  OnnxConstant made = like(data, dims);
  const std::size_t before = product(data.dims, 0, axis);
  const std::size_t after = product(data.dims, axis + 1, data.dims.size());
  const std::int64_t size = data.dims[axis];
  for (std::size_t b = 0; b < before; ++b) {
    for (const std::int64_t index : indices.integers) {
      if (index < -size || index >= size) {
        node.refuse("index " + std::to_string(index) + " is beyond " + std::to_string(size));
      }
      const std::size_t at = size_of(index < 0 ? index + size : index);
      for (std::size_t a = 0; a < after; ++a) {
        push(made, data, (b * size_of(size) + at) * after + a);
      }
    }
  }
  return made;
}

OnnxConstant fold_concat(const OnnxContext& context, const OnnxNode& node) {
  const OnnxConstant& first = input(context, node, 0);
  const std::size_t rank = first.dims.size();
  const std::size_t axis = checked_axis(node, node.integer("axis", 0), rank);
  OnnxConstant made = like(first, first.dims);
  made.dims[axis] = 0;
  const int count = node.proto().input_size();
  for (int i = 0; i < count; ++i) {
    const OnnxConstant& next = input(context, node, i);
    bool fits = next.dims.size() == rank && next.is_float == first.is_float;
    for (std::size_t d = 0; fits && d < rank; ++d) {
      fits = d == axis || next.dims[d] == first.dims[d];
    }
    if (!fits) node.refuse("constants of different shapes or types cannot be joined");
    made.dims[axis] += next.dims[axis];
  }
  checked_elements(node, made.dims);
  const std::size_t before = product(first.dims, 0, axis);
  for (std::size_t b = 0; b < before; ++b) {
    for (int i = 0; i < count; ++i) {
      const OnnxConstant& next = input(context, node, i);
      const std::size_t part = product(next.dims, axis, rank);
      for (std::size_t k = 0; k < part; ++k) push(made, next, b * part + k);
    }
  }
  return made;
}

OnnxConstant fold_transpose(const OnnxContext& context, const OnnxNode& node) {
  const OnnxConstant& data = input(context, node, 0);
  checked_elements(node, data.dims);
  const auto order = transpose_order(node, data.dims.size());
  const auto moved = transposed(view_in_order("", data.dims), order);
  if (!moved || data.count() == 0) node.refuse("cannot be transposed");
  OnnxConstant made = like(data, moved->dims);
  for (const std::size_t place : places(moved->atoms)) push(made, data, place);
  return made;
}

/// Starts, ends, axes and steps of a Slice: inputs since opset 10, attributes before.
OnnxConstant fold_slice(const OnnxContext& context, const OnnxNode& node) {
  OnnxConstant made = input(context, node, 0);
  const auto starts = context.integers(node, "starts", 1);
  const auto ends = context.integers(node, "ends", 2);
  if (!starts || !ends || starts->size() != ends->size()) node.refuse("has no starts and ends");
  Dims every;
  for (std::size_t i = 0; i < starts->size(); ++i) every.push_back(static_cast<std::int64_t>(i));
  const Dims axes = context.integers(node, "axes", 3).value_or(every);
  const Dims steps = context.integers(node, "steps", 4).value_or(Dims(starts->size(), 1));
  if (axes.size() != starts->size() || steps.size() != starts->size()) {
    node.refuse("has axes or steps that do not fit its starts");
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = checked_axis(node, axes[i], made.dims.size());
    const std::int64_t size = made.dims[axis];
    if (steps[i] < 1) node.refuse("only steps of 1 and more are supported");
    const auto bound = [&](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
    };
    const OnnxConstant from = made;
    made = like(from, from.dims);
    made.dims[axis] = 0;
    const std::size_t before = product(from.dims, 0, axis);
    const std::size_t after = product(from.dims, axis + 1, from.dims.size());
    for (std::int64_t at = bound((*starts)[i]); at < bound((*ends)[i]);) {
      ++made.dims[axis];
      if (steps[i] >= size - at) break;
      at += steps[i];
    }
    for (std::size_t b = 0; b < before; ++b) {
      for (std::int64_t k = 0; k < made.dims[axis]; ++k) {
        const std::size_t at = size_of(bound((*starts)[i]) + k * steps[i]);
        for (std::size_t a = 0; a < after; ++a) {
          push(made, from, (b * size_of(size) + at) * after + a);
        }
      }
    }
  }
  return made;
}

OnnxConstant fold_cast(const OnnxContext& context, const OnnxNode& node) {
  const OnnxConstant& data = input(context, node, 0);
  const std::int64_t to = node.integer("to", 1);
  using onnx::TensorProto;
  const bool real =
      to == TensorProto::FLOAT || to == TensorProto::DOUBLE || to == TensorProto::FLOAT16;
  const bool whole = to == TensorProto::INT64 || to == TensorProto::INT32;
  if (!real && !whole) {
    node.refuse("attribute to " + std::to_string(to) +
                " is not supported for a constant; the nearest supported forms are float32 and "
                "int64");
  }
  OnnxConstant made;
  made.dims = data.dims;
  made.is_float = real;
  for (std::size_t i = 0; i < data.count(); ++i) {
    const double value = data.value(i);
    if (real) {
      made.floats.push_back(static_cast<float>(value));
    } else {
      if (!(std::abs(value) < 9e18)) node.refuse("a value is beyond the range of integers");
      made.integers.push_back(data.is_float ? static_cast<std::int64_t>(value) : data.integers[i]);
    }
  }
  return made;
}

OnnxConstant fold_constant_of_shape(const OnnxContext& context, const OnnxNode& node) {
  const OnnxConstant& shape = input(context, node, 0);
  if (shape.is_float) node.refuse("its shape must be integers");
  OnnxConstant made{shape.integers, {}, {}, true};
  const auto count = size_of(checked_elements(node, made.dims));
  OnnxConstant value{{1}, {0.0f}, {}, true};
  for (const auto& attribute : node.proto().attribute()) {
    if (attribute.name() == "value" && attribute.has_t()) {
      value = read_constant(attribute.t(), node.output());
    }
  }
  if (value.count() != 1) node.refuse("attribute value must hold one value");
  made.is_float = value.is_float;
  if (made.is_float) made.floats.assign(count, value.floats[0]);
  if (!made.is_float) made.integers.assign(count, value.integers[0]);
  return made;
}

/// Index into a constant that broadcasts to `dims`, for element `index` of those.
std::size_t broadcast_index(const Dims& from, const Dims& dims, std::size_t index) {
  std::size_t result = 0;
  std::size_t stride = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::size_t axis = dims.size() - 1 - i;
    const std::size_t at = index % size_of(dims[axis]);
    index /= size_of(dims[axis]);
    if (i >= from.size()) continue;
    const std::size_t size = size_of(from[from.size() - 1 - i]);
    if (size != 1) result += at * stride;
    stride *= size;
  }
  return result;
}

double apply(const OnnxNode& node, double a, double b, bool whole) {
  const std::string& type = node.type();
  if (type == "Add") return a + b;
  if (type == "Sub") return a - b;
  if (type == "Mul") return a * b;
  if (type == "Max") return std::max(a, b);
  if (type == "Min") return std::min(a, b);
  if (type == "Pow") return std::pow(a, b);
  if (b == 0) node.refuse("dividing by 0 is not possible");
  return whole ? std::trunc(a / b) : a / b;
}

OnnxConstant fold_binary(const OnnxContext& context, const OnnxNode& node) {
  node.expect_inputs(2, 2);
  const OnnxConstant& a = input(context, node, 0);
  const OnnxConstant& b = input(context, node, 1);
  const std::size_t rank = std::max(a.dims.size(), b.dims.size());
  OnnxConstant made;
  made.dims.resize(rank, 1);
  made.is_float = a.is_float || b.is_float;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t x = i < a.dims.size() ? a.dims[a.dims.size() - 1 - i] : 1;
    const std::int64_t y = i < b.dims.size() ? b.dims[b.dims.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) {
      node.refuse("constants of shapes " + to_string(a.dims) + " and " + to_string(b.dims) +
                  " do not fit together");
    }
    made.dims[rank - 1 - i] = x == 1 ? y : x;
  }
  const auto count = size_of(checked_elements(node, made.dims));
  for (std::size_t i = 0; i < count; ++i) {
    const double value = apply(node, a.value(broadcast_index(a.dims, made.dims, i)),
                               b.value(broadcast_index(b.dims, made.dims, i)), !made.is_float);
    if (std::isnan(value)) node.refuse("its result is not a number");
    if (!made.is_float && !(std::abs(value) < 9e15)) node.refuse("its result is too large");
    if (made.is_float) made.floats.push_back(static_cast<float>(value));
    if (!made.is_float) made.integers.push_back(static_cast<std::int64_t>(value));
  }
  return made;
}

OnnxConstant fold_unary(const OnnxContext& context, const OnnxNode& node) {
  OnnxConstant made = input(context, node, 0);
  const bool root = node.type() == "Sqrt";
  for (float& value : made.floats) {
    if (root && value < 0) node.refuse("the root of a negative value is not possible");
    value = root ? std::sqrt(value) : -value;
  }
  for (std::int64_t& value : made.integers) {
    if (root || value == std::numeric_limits<std::int64_t>::min()) {
      node.refuse("is not supported for integers");
    }
    value = -value;
  }
  return made;
}

OnnxConstant fold_redimension(const OnnxContext& context, const OnnxNode& node) {
  OnnxConstant made = input(context, node, 0);
  const std::string& type = node.type();
  if (type == "Reshape") {
    const auto target = context.integers(node, "shape", 1);
    if (!target) node.refuse("the new shape must be a constant of integers");
    made.dims = reshaped_dims(node, made.dims, *target);
  } else if (type == "Flatten") {
    const auto rank = static_cast<std::int64_t>(made.dims.size());
    const std::int64_t axis = node.integer("axis", 1);
    if (axis < -rank || axis > rank) node.refuse("axis does not fit");
    const std::size_t split = size_of(axis < 0 ? axis + rank : axis);
    const auto before = static_cast<std::int64_t>(product(made.dims, 0, split));
    const auto after = static_cast<std::int64_t>(product(made.dims, split, made.dims.size()));
    made.dims = {before, after};
  } else if (type == "Squeeze") {
    made.dims = squeezed_dims(node, made.dims, context.integers(node, "axes", 1));
  } else if (type == "Unsqueeze") {
    const auto axes = context.integers(node, "axes", 1);
    if (!axes) node.refuse("its axes are missing");
    made.dims = unsqueezed_dims(node, made.dims, *axes);
  }
  return made;  // Identity, Dropout: as it is
}

}  // namespace

std::optional<OnnxConstant> fold_constants(const OnnxContext& context, const OnnxNode& node) {
  using Folder = OnnxConstant (*)(const OnnxContext&, const OnnxNode&);
  static const std::map<std::string, Folder> kFolders{
      {"Gather", fold_gather},
      {"Concat", fold_concat},
      {"Transpose", fold_transpose},
      {"Slice", fold_slice},
      {"Cast", fold_cast},
      {"ConstantOfShape", fold_constant_of_shape},
      {"Add", fold_binary},
      {"Sub", fold_binary},
      {"Mul", fold_binary},
      {"Div", fold_binary},
      {"Max", fold_binary},
      {"Min", fold_binary},
      {"Pow", fold_binary},
      {"Neg", fold_unary},
      {"Sqrt", fold_unary},
      {"Reshape", fold_redimension},
      {"Flatten", fold_redimension},
      {"Squeeze", fold_redimension},
      {"Unsqueeze", fold_redimension},
      {"Identity", fold_redimension},
      {"Dropout", fold_redimension},
  };
  if (node.type() == "Shape" || node.type() == "Size") return fold_shape(context, node);
  const auto folder = kFolders.find(node.type());
  if (folder == kFolders.end() || node.proto().input_size() == 0) return std::nullopt;
  for (int i = 0; i < node.proto().input_size(); ++i) {
    if (node.has_input(i) && !context.constant(node, i)) return std::nullopt;
  }
  return folder->second(context, node);
}

}  // namespace leyden::compiler
