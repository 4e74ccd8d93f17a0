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
};

/// Convolution, groups 1, dilation 1.
struct Conv {
  Window window;
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  std::vector<float> weight;  ///< [out][in][kernel_height][kernel_width]
  std::vector<float> bias;    ///< [out]
};

/// Fully connected layer: y = weight x + bias.
struct Gemm {
  std::int64_t in_features = 0;
  std::int64_t out_features = 0;
  std::vector<float> weight;  ///< [out][in]
  std::vector<float> bias;    ///< [out]
};

/// Sum of two tensors of one shape.
struct Add {};

struct Relu {};

/// Per channel y = scale x + shift: BatchNormalization, or Add of a constant.
struct ScaleShift {
  std::vector<float> scale;  ///< [channels]
  std::vector<float> shift;  ///< [channels]
};

struct MaxPool {
  Window window;
};

/// The divisor is the kernel's size everywhere: padded taps count as 0.
struct AveragePool {
  Window window;
};

/// C x H x W becomes C*H*W x 1 x 1, in that order.
struct Flatten {};

using Operation = std::variant<Conv, Gemm, Add, Relu, ScaleShift, MaxPool, AveragePool, Flatten>;

struct Node {
  std::string name;
  std::string type;  ///< operator's name in ONNX, for messages
  Operation operation;
  std::vector<std::string> inputs;  ///< tensors, without constants
  std::string output;
};

/// A network as a list of nodes in the order of execution; one input, one output, one image.
struct Graph {
  std::string name;
  std::string input;
  std::string output;
  std::vector<Node> nodes;
  std::map<std::string, Shape> shapes;  ///< of every tensor
  std::vector<std::string> notes;       ///< what the importer left out, one sentence each

  const Shape& shape(const std::string& tensor) const { return shapes.at(tensor); }
};

/// Pixels of a convolution's or pooling's output along one axis (floor), 0 when none fits.
std::int64_t window_outputs(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                            std::int64_t pads);

/// Infers the shape of the output of `node` from its inputs.
/// @throws base::UsageError naming the node and the shapes that do not fit together
Shape infer_shape(const Node& node, const std::map<std::string, Shape>& shapes);

}  // namespace leyden::compiler
