#include "platform/compiler/onnx_constant.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

using onnx::TensorProto;

[[noreturn]] void refuse_constant(const std::string& name, const std::string& what) {
  throw base::UsageError("constant '" + name + "': " + what);
}

std::size_t count_elements(const TensorProto& tensor, const std::string& name) {
  constexpr std::int64_t kMost = std::int64_t{1} << 28;
  std::int64_t count = 1;
  for (const std::int64_t dim : tensor.dims()) {
    if (dim < 0 || (dim > 0 && count > kMost / dim)) {
      refuse_constant(name, "a dimension of " + std::to_string(dim) +
                                " is not possible; at most 2^28 elements are supported");
    }
    count *= dim;
  }
  return static_cast<std::size_t>(count);
}

/// Reads tensors of one file.
class Reader {
 public:
  Reader(const TensorProto& tensor, const std::string& name)
      : tensor_(tensor), name_(name), count_(count_elements(tensor, name)) {
    if (tensor.data_location() == TensorProto::EXTERNAL) {
      refuse_constant(name, "lies in a file of its own; save the model with all data inside");
    }
  }

  /// Little-endian values of raw data, or those of the typed field.
  template <typename T, typename Field, typename Convert>
  void read(const Field& field, Convert convert) const {
    const bool raw = tensor_.has_raw_data();
    const std::string& bytes = tensor_.raw_data();
    const std::size_t present =
        raw ? bytes.size() / sizeof(T) : static_cast<std::size_t>(field.size());
    if (present != count_ || (raw && bytes.size() % sizeof(T) != 0)) {
      refuse_constant(name_, "holds " + std::to_string(present) + " values where its shape needs " +
                                 std::to_string(count_));
    }
    for (std::size_t i = 0; i < count_; ++i) {
      T value;
      if (raw) {
        std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
      } else {
        value = static_cast<T>(field.Get(static_cast<int>(i)));
      }
      convert(value);
    }
  }

  template <typename T, typename Field>
  void integers(const Field& field, OnnxConstant& constant) const {
    constant.integers.reserve(count_);
    read<T>(field, [&](T v) { constant.integers.push_back(static_cast<std::int64_t>(v)); });
  }

  template <typename T, typename Field>
  void floats(const Field& field, OnnxConstant& constant) const {
    constant.is_float = true;
    constant.floats.reserve(count_);
    read<T>(field, [&](T v) {
      if constexpr (std::is_same_v<T, std::uint16_t>) {
        constant.floats.push_back(half_to_float(v));
      } else {
        // A double beyond the range of floats is as good as infinite here.
        constexpr double kMost = std::numeric_limits<float>::max();
        const double most = std::numeric_limits<double>::infinity();
        const double value = v;
        constant.floats.push_back(static_cast<float>(value > kMost    ? most
                                                     : value < -kMost ? -most
                                                                      : value));
      }
    });
  }

 private:
  const TensorProto& tensor_;
  const std::string& name_;
  std::size_t count_;
};

}  // namespace

float half_to_float(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  float magnitude = 0;
  if (exponent == 31) {
    magnitude = fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                              : std::numeric_limits<float>::infinity();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

OnnxConstant read_constant(const TensorProto& tensor, const std::string& name) {
  const Reader reader(tensor, name);
  OnnxConstant constant;
  constant.dims.assign(tensor.dims().begin(), tensor.dims().end());
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      reader.floats<float>(tensor.float_data(), constant);
      break;
    case TensorProto::DOUBLE:
      reader.floats<double>(tensor.double_data(), constant);
      break;
    case TensorProto::FLOAT16:
      reader.floats<std::uint16_t>(tensor.int32_data(), constant);
      break;
    case TensorProto::INT64:
      reader.integers<std::int64_t>(tensor.int64_data(), constant);
      break;
    case TensorProto::INT32:
      reader.integers<std::int32_t>(tensor.int32_data(), constant);
      break;
    case TensorProto::INT16:
      reader.integers<std::int16_t>(tensor.int32_data(), constant);
      break;
    case TensorProto::INT8:
      reader.integers<std::int8_t>(tensor.int32_data(), constant);
      break;
    case TensorProto::UINT16:
      reader.integers<std::uint16_t>(tensor.int32_data(), constant);
      break;
    case TensorProto::UINT8:
    case TensorProto::BOOL:
      reader.integers<std::uint8_t>(tensor.int32_data(), constant);
      break;
    case TensorProto::UINT32:
      reader.integers<std::uint32_t>(tensor.uint64_data(), constant);
      break;
    default:
      refuse_constant(name, "data type " + std::to_string(tensor.data_type()) +
                                " is not supported; use float32 values");
  }
  for (const float value : constant.floats) {
    if (std::isnan(value)) refuse_constant(name, "holds a value that is not finite");
  }
  return constant;
}

}  // namespace leyden::compiler
