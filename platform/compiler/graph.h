#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace leyden::compiler {

/// Shape of one image's tensor; a vector of K features is K x 1 x 1.
struct Shape {
  std::int64_t channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;

  std::int64_t elements() const { return channels * height * width; }
  std::int64_t pixels() const { return height * width; }
  bool operator==(const Shape& other) const {
    return channels == other.channels && height == other.height && width == other.width;
  }
  bool operator!=(const Shape& other) const { return !(*this == other); }
};
/// "16x24x24" (channels x height x width).
std::string to_string(const Shape& shape);

/// Kernel, strides and padding of a convolution or a pooling, in pixels.
struct Window {
  std::int64_t kernel_height = 1;
  std::int64_t kernel_width = 1;
  std::int64_t stride_y = 1;
  std::int64_t stride_x = 1;
  std::int64_t pad_top = 0;
  std::int64_t pad_left = 0;
  std::int64_t pad_bottom = 0;
  std::int64_t pad_right = 0;
  std::int64_t dilation_y = 1;  ///< distance between two taps of the kernel
  std::int64_t dilation_x = 1;

  /// Pixels from the first tap to the last.
  std::int64_t extent_height() const { return (kernel_height - 1) * dilation_y + 1; }
  std::int64_t extent_width() const { return (kernel_width - 1) * dilation_x + 1; }
};

/// How a quantised graph says its weights are stored: real = scale * integer.
struct WeightEncoding {
  unsigned bits = 0;          ///< 0: the graph is a float one and the quantiser chooses
  std::vector<double> scale;  ///< [out]
};

/// Convolution. Output channel o belongs to group o / (out_channels / groups), which reads input
/// channels [group * in, (group + 1) * in) with in = in_channels / groups.
struct Conv {
  Window window;
  std::int64_t in_channels = 0;  ///< of the input tensor, all groups
  std::int64_t out_channels = 0;
  std::int64_t groups = 1;
  std::vector<float> weight;  ///< [out][in_channels / groups][kernel_height][kernel_width]
  std::vector<float> bias;    ///< [out]
  WeightEncoding encoding;
};

/// Fully connected layer: y = weight x + bias.
struct Gemm {
  std::int64_t in_features = 0;
  std::int64_t out_features = 0;
  std::vector<float> weight;  ///< [out][in]
  std::vector<float> bias;    ///< [out]
  WeightEncoding encoding;
};

/// Sum of two tensors of one shape.
struct Add {};

struct Relu {};

/// y = min(max(x, low), high).
struct Clip {
  float low = 0;
  float high = 0;
};

/// y = f(x), element by element, any f of one variable: the vector unit looks it up in a table.
struct Function {
  enum class Kind {
    kLeakyRelu,
    kSigmoid,
    kTanh,
    kElu,
    kHardSigmoid,
    kHardSwish,
    kAbs,
    kExp,
    kSqrt,
    kSelu,  ///< beta is ONNX's gamma
    kCelu,
    kSoftplus,
    kSoftsign,
    kThresholdedRelu
  };
  Kind kind = Kind::kSigmoid;
  float alpha = 0;  ///< as ONNX names it
  float beta = 0;   ///< as ONNX names it

  double operator()(double x) const;  ///< f(x); sqrt of a negative x is 0
};

/// Per channel y = scale x + shift: BatchNormalization, or Add, Sub, Mul or Div of a constant.
struct ScaleShift {
  std::vector<float> scale;  ///< [channels]
  std::vector<float> shift;  ///< [channels]
};

struct MaxPool {
  Window window;
};

struct AveragePool {
  Window window;
  /// The divisor is the kernel's size everywhere and padded taps count as 0; else the divisor is
  /// the number of taps inside the input.
  bool count_include_pad = true;
};

/// C x H x W becomes C*H*W x 1 x 1, in that order.
struct Flatten {};

/// Inputs one after the other along the channels.
struct Concat {};

/// Pixels of a constant value around the image.
struct Pad {
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t bottom = 0;
  std::int64_t right = 0;
  float value = 0;
};

/// exp(x) / sum(exp(x)) over the channels of every pixel; `logarithm`: its natural logarithm.
struct Softmax {
  bool logarithm = false;
};

/// Number of the first greatest channel of every pixel (`last`: of the last greatest).
struct ArgMax {
  bool last = false;
};

using Operation = std::variant<Conv, Gemm, Add, Relu, Clip, Function, ScaleShift, MaxPool,
                               AveragePool, Flatten, Concat, Pad, Softmax, ArgMax>;

struct Node {
  std::string name;
  std::string type;  ///< operator's name in ONNX, for messages
  Operation operation;
  std::vector<std::string> inputs;  ///< tensors, without constants
  std::string output;
};

/// How a quantised graph says a tensor is coded: real = scale * (code - zero_point), codes
/// 0 .. 2^bits - 1 (a signed code of the file has 2^(bits-1) added).
struct TensorEncoding {
  unsigned bits = 8;
  double scale = 1;
  int zero_point = 0;
};

/// A network as a list of nodes in the order of execution; one input, one output, one image.
struct Graph {
  std::string name;
  std::string input;
  std::string output;
  std::vector<Node> nodes;
  std::map<std::string, Shape> shapes;  ///< of every tensor
  std::vector<std::string> notes;       ///< what the importer left out, one sentence each
  std::map<std::string, TensorEncoding> encodings;  ///< of tensors of a quantised graph

  const Shape& shape(const std::string& tensor) const { return shapes.at(tensor); }
};

/// Pixels of a convolution's or pooling's output along one axis (floor), 0 when none fits.
std::int64_t window_outputs(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                            std::int64_t pads);

/// Infers the shape of the output of `node` from its inputs.
/// @throws base::UsageError naming the node and the shapes that do not fit together
Shape infer_shape(const Node& node, const std::map<std::string, Shape>& shapes);

}  // namespace leyden::compiler
