#include "platform/compiler/qdq_weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "platform/compiler/onnx_node.h"

namespace leyden::compiler {
namespace {

using onnx::TensorProto;

/// Elements after one axis: index / stride % dims[axis] is the place along it.
std::size_t stride_of(const std::vector<std::int64_t>& dims, std::int64_t axis) {
  std::size_t stride = 1;
  for (auto i = static_cast<std::size_t>(axis) + 1; i < dims.size(); ++i) {
    stride *= static_cast<std::size_t>(dims[i]);
  }
  return stride;
}

std::size_t place(const std::vector<std::int64_t>& dims, std::int64_t axis, std::size_t index) {
  return index / stride_of(dims, axis) %
         static_cast<std::size_t>(dims[static_cast<std::size_t>(axis)]);
}

/// Axis of the scales, checked; 0 for one scale.
std::int64_t checked_axis(const onnx::NodeProto& node, const std::vector<std::int64_t>& dims,
                          std::size_t scales) {
  if (scales == 1) return 0;
  const auto rank = static_cast<std::int64_t>(dims.size());
  std::int64_t axis = integer_of(node, "axis", 1);
  if (axis < 0) axis += rank;
  if (rank == 1) axis = 0;  // a bias: older files leave the axis at 1
  if (axis < 0 || axis >= rank ||
      dims[static_cast<std::size_t>(axis)] != static_cast<std::int64_t>(scales)) {
    refuse_quantised(node, std::to_string(scales) + " scales do not fit axis " +
                               std::to_string(integer_of(node, "axis", 1)) +
                               " of the tensor they belong to");
  }
  return axis;
}

std::vector<std::int64_t> zero_points(const onnx::NodeProto& node, const ConstantTable& constants,
                                      std::size_t scales) {
  if (!has_input(node, 2)) return std::vector<std::int64_t>(scales, 0);
  std::vector<std::int64_t> values = constants.integers(node, 2).values;
  if (values.size() == 1) values.assign(scales, values[0]);
  if (values.size() != scales) {
    refuse_quantised(node, "has " + std::to_string(values.size()) + " zero points for " +
                               std::to_string(scales) + " scales");
  }
  return values;
}

}  // namespace

double DequantisedConstant::scale_of(std::size_t index) const {
  return scale.size() == 1 ? scale[0] : scale[place(dims, axis, index)];
}

std::vector<float> DequantisedConstant::reals() const {
  std::vector<float> values(integers.size());
  for (std::size_t i = 0; i < integers.size(); ++i) {
    values[i] = static_cast<float>(static_cast<double>(integers[i]) * scale_of(i));
  }
  return values;
}

DequantisedConstant DequantisedConstant::transposed(const std::vector<std::int64_t>& order) const {
  DequantisedConstant result;
  result.scale = scale;
  for (std::size_t d = 0; d < order.size(); ++d) {
    result.dims.push_back(dims[static_cast<std::size_t>(order[d])]);
    if (order[d] == axis) result.axis = static_cast<std::int64_t>(d);
  }
  result.integers.resize(integers.size());
  for (std::size_t i = 0; i < integers.size(); ++i) {
    std::size_t to = 0;
    for (std::size_t d = 0; d < order.size(); ++d) {
      to = to * static_cast<std::size_t>(result.dims[d]) + place(dims, order[d], i);
    }
    result.integers[to] = integers[i];
  }
  return result;
}

WeightEncoding DequantisedConstant::encoding(std::int64_t output_axis, std::string& note) const {
  constexpr unsigned kMostBits = 8;
  constexpr double kHighest = 127;
  WeightEncoding result;
  if (scale.size() != 1 && axis != output_axis) {
    note = "its scales run along its inputs, so that its weights are rounded again";
    return result;
  }
  const auto outputs = static_cast<std::size_t>(dims[static_cast<std::size_t>(output_axis)]);
  std::vector<double> most(outputs, 0.0);
  result.bits = 2;
  for (std::size_t i = 0; i < integers.size(); ++i) {
    const std::int64_t value = integers[i];
    double& peak = most[place(dims, output_axis, i)];
    peak = std::max(peak, std::abs(static_cast<double>(value)));
    while (result.bits <= kMostBits && (value < -(std::int64_t{1} << (result.bits - 1)) ||
                                        value >= (std::int64_t{1} << (result.bits - 1)))) {
      ++result.bits;
    }
  }
  const bool rescale = result.bits > kMostBits;
  for (std::size_t o = 0; o < outputs; ++o) {
    const double step = scale.size() == 1 ? scale[0] : scale[o];
    const double wider = rescale ? std::max(1.0, most[o] / kHighest) : 1.0;
    result.scale.push_back(step * wider);
  }
  if (rescale) {
    result.bits = kMostBits;
    const double widest = *std::max_element(most.begin(), most.end());
    note = "its weights less their zero point reach " + std::to_string(std::lround(widest)) +
           ", beyond 8 b, and are rounded again with an error of at most " +
           std::to_string(widest / kHighest / 2).substr(0, 4) + " of the file's steps";
  }
  return result;
}

DequantisedConstant dequantise_constant(const onnx::NodeProto& node, const ConstantTable& constants,
                                        StoredIntegers stored) {
  DequantisedConstant result;
  const std::vector<float> scales = constants.scales(node, 1);
  result.axis = checked_axis(node, stored.dims, scales.size());
  const std::vector<std::int64_t> zero = zero_points(node, constants, scales.size());
  result.dims = std::move(stored.dims);
  result.scale.assign(scales.begin(), scales.end());
  result.integers = std::move(stored.values);
  for (std::size_t i = 0; i < result.integers.size(); ++i) {
    result.integers[i] -= zero.size() == 1 ? zero[0] : zero[place(result.dims, result.axis, i)];
  }
  return result;
}

StoredIntegers quantise_constant(const onnx::NodeProto& node, const ConstantTable& constants) {
  const std::vector<float> values = constants.reals(node, 0);
  const auto& dims = constants.tensor(node.input(0)).dims();
  const std::vector<float> scales = constants.scales(node, 1);
  StoredIntegers result;
  result.dims.assign(dims.begin(), dims.end());
  const std::int64_t axis = checked_axis(node, result.dims, scales.size());
  const std::vector<std::int64_t> zero = zero_points(node, constants, scales.size());
  result.type = has_input(node, 2) ? constants.integers(node, 2).type : int{TensorProto::UINT8};
  if (result.type != TensorProto::INT8 && result.type != TensorProto::UINT8) {
    refuse_quantised(node, "constants of data type " + std::to_string(result.type) +
                               " are not supported; int8 and uint8 are");
  }
  const bool is_signed = result.type == TensorProto::INT8;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t at = scales.size() == 1 ? 0 : place(result.dims, axis, i);
    const double code = std::nearbyint(values[i] / scales[at]) + static_cast<double>(zero[at]);
    result.values.push_back(static_cast<std::int64_t>(
        std::clamp(code, is_signed ? -128.0 : 0.0, is_signed ? 127.0 : 255.0)));
  }
  return result;
}

}  // namespace leyden::compiler
