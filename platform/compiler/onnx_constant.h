#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

namespace leyden::compiler {

/// A constant of the file: initialiser, Constant node, or what the folder made of such. Floats and
/// integers are kept apart.
struct OnnxConstant {
  std::vector<std::int64_t> dims;
  std::vector<float> floats;           ///< of FLOAT, DOUBLE and FLOAT16 tensors; may be infinite
  std::vector<std::int64_t> integers;  ///< of BOOL and all signed and unsigned integer tensors
  bool is_float = false;

  std::size_t count() const { return is_float ? floats.size() : integers.size(); }
  double value(std::size_t index) const {
    return is_float ? double{floats[index]} : static_cast<double>(integers[index]);
  }
};
using OnnxConstants = std::map<std::string, OnnxConstant>;

/// @param name how messages name the tensor
/// @throws base::UsageError unsupported type, sizes that do not fit together, NaN, data that was
///         not brought in from a file beside the model (take_in_external_data())
OnnxConstant read_constant(const onnx::TensorProto& tensor, const std::string& name);

/// Value of an IEEE 754 half precision number.
float half_to_float(std::uint16_t bits);

}  // namespace leyden::compiler
