#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/compiler/graph.h"
#include "platform/compiler/onnx_node.h"
#include "platform/compiler/tensor_view.h"

namespace leyden::compiler {

/// How the network's input lies in the graph's tensor: its shape there, and the atoms of ONNX's
/// order.
struct InputLayout {
  Shape shape;
  Atoms atoms;
};

/// Thrown while importing when a node reads the network's input, relabelled, as an image of another
/// layout than the one assumed: the import starts again with this one.
struct LayoutWanted {
  InputLayout layout;
};

/// What the converters of operators read from and write to: constants, views of the tensors
/// computed so far, and the graph that grows.
class OnnxContext {
 public:
  /// @param opset version of ONNX's own operators
  /// @param layout_known the layout of the input is decided
  OnnxContext(std::int64_t opset, bool layout_known) : opset_(opset), layout_known_(layout_known) {}

  std::int64_t opset() const { return opset_; }
  Graph& graph() { return graph_; }
  OnnxConstants& constants() { return constants_; }

  /// The constant of an input, or nullptr.
  const OnnxConstant* constant(const OnnxNode& node, int index) const;
  /// A constant of finite floats. @throws base::UsageError when the input is none
  const OnnxConstant& weights(const OnnxNode& node, int index) const;
  /// A vector of `count` finite values, or zeros when the input is absent.
  std::vector<float> vector(const OnnxNode& node, int index, std::int64_t count) const;
  /// One finite or infinite number, or nothing when the input is absent.
  std::optional<float> scalar(const OnnxNode& node, int index) const;
  /// Integers of attribute `name` (older opsets) or of constant input `index`; nothing when both
  /// are absent.
  std::optional<std::vector<std::int64_t>> integers(const OnnxNode& node, const std::string& name,
                                                    int index) const;

  bool computed(const std::string& tensor) const { return views_.count(tensor) > 0; }
  /// View of a computed input. @throws base::UsageError for a constant or an unknown tensor
  const View& view(const OnnxNode& node, int index) const;
  const Shape& shape(const View& view) const { return graph_.shape(view.tensor); }
  /// Shape of an input that is read as an image (1 x C x H x W or 1 x C x W).
  /// @throws base::UsageError when it cannot be without moving values; LayoutWanted when the
  ///         network's input only has to be declared in another way
  Shape image(const OnnxNode& node, const View& view) const;
  /// Input `index` as a vector of K x 1 x 1 in the graph; adds a Flatten where it is none.
  View flattened(const OnnxNode& node, int index);

  /// Adds a node of the graph. @param tensor name of what it computes
  /// @return `tensor`
  const std::string& emit(const OnnxNode& node, Operation operation,
                          const std::vector<std::string>& inputs, const std::string& tensor);
  /// Adds the node that computes the ONNX node's output.
  void emit_output(const OnnxNode& node, Operation operation,
                   const std::vector<std::string>& inputs, View view);
  /// Adds a node that works element by element or pixel by pixel on input `view`.
  void emit_same(const OnnxNode& node, Operation operation, const View& view);
  /// Adds a node whose output is an image of the same rank as `view`.
  void emit_image(const OnnxNode& node, Operation operation, const View& view);
  /// States that the node's output is a computed tensor in another view.
  void relabel(const OnnxNode& node, View view);
  void set_constant(const OnnxNode& node, OnnxConstant constant);
  /// Declares the network's input.
  void declare_input(const View& view, const Shape& shape);

  /// A name for a tensor between two nodes that one ONNX node became.
  std::string fresh(const std::string& base) const;
  const std::map<std::string, View>& views() const { return views_; }
  /// Tensors whose node was replaced by another that reads past it; dropped without a note.
  std::set<std::string>& absorbed() { return absorbed_; }

 private:
  void define_output(const OnnxNode& node);
  void define(const std::string& tensor, const Shape& shape);

  std::int64_t opset_;
  bool layout_known_;
  Graph graph_;
  OnnxConstants constants_;
  std::map<std::string, View> views_;             ///< of ONNX's tensors
  std::map<std::string, std::string> flattened_;  ///< tensors of the graph: their vectors
  std::set<std::string> absorbed_;
};

/// One value per channel of the graph's tensor from a constant that broadcasts against `view`, or
/// nothing when it varies in another way.
std::optional<std::vector<float>> channel_values(const OnnxConstant& constant, const View& view,
                                                 const Shape& shape);

/// Layout under which `view` of the input reads as an image of `shape`.
InputLayout layout_for(const View& view, const Shape& shape);

/// `axis` counted from the first. @throws base::UsageError when there is no such axis
std::size_t checked_axis(const OnnxNode& node, std::int64_t axis, std::size_t rank);

using OnnxConverter = void (*)(OnnxContext&, const OnnxNode&);
using OnnxConverters = std::map<std::string, OnnxConverter>;

void add_window_converters(OnnxConverters& converters);      ///< Conv, pooling, Pad
void add_matrix_converters(OnnxConverters& converters);      ///< Gemm, MatMul
void add_pointwise_converters(OnnxConverters& converters);   ///< functions of one variable
void add_arithmetic_converters(OnnxConverters& converters);  ///< Add, Mul, BatchNormalization ...
void add_channel_converters(OnnxConverters& converters);     ///< Concat, Softmax, ArgMax, Reduce*
void add_relabel_converters(OnnxConverters& converters);     ///< Flatten, Reshape, Transpose ...

}  // namespace leyden::compiler
