#include "platform/compiler/qdq_expand.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/compiler/qdq_nodes.h"

namespace leyden::compiler {
namespace {

using onnx::NodeProto;
using onnx::TensorProto;

/// Inputs of a node that hold a tensor of codes, its scale and its zero point.
struct Triple {
  std::string tensor;
  std::string scale;
  std::string zero_point;
};

Triple triple(const NodeProto& node, int first) {
  if (!has_input(node, first) || !has_input(node, first + 1)) {
    refuse_quantised(node, "input " + std::to_string(first) + " or its scale is missing");
  }
  return {node.input(first), node.input(first + 1),
          has_input(node, first + 2) ? node.input(first + 2) : ""};
}

class Expander {
 public:
  explicit Expander(onnx::GraphProto& graph) : graph_(graph), constants_(graph) {}

  void run() {
    google::protobuf::RepeatedPtrField<NodeProto> nodes;
    nodes.Swap(graph_.mutable_node());
    for (const NodeProto& node : nodes) {
      for (const std::string& input : node.input()) readers_[input].push_back(&node);
    }
    for (const auto& output : graph_.output()) readers_[output.name()].push_back(nullptr);
    for (const NodeProto& node : nodes) {
      if (done_.count(&node) > 0) continue;
      expand(node);
    }
  }

 private:
  void expand(const NodeProto& node) {
    using Rule = std::function<void(const NodeProto&)>;
    const auto unary = [this](const char* type) -> Rule {
      return [this, type](const NodeProto& n) { expand_unary(n, type); };
    };
    const auto binary = [this](const char* type) -> Rule {
      return [this, type](const NodeProto& n) {
        emit_quantised(n, type,
                       {dequantise(n, triple(n, 0), "a"), dequantise(n, triple(n, 3), "b")}, 6);
      };
    };
    const std::map<std::string, Rule> rules{
        {"QLinearConv", [this](const NodeProto& n) { expand_conv(n); }},
        {"QLinearMatMul", [this](const NodeProto& n) { expand_matmul(n); }},
        {"QGemm", [this](const NodeProto& n) { expand_gemm(n); }},
        {"QLinearAdd", binary("Add")},
        {"QLinearMul", binary("Mul")},
        {"QLinearConcat", [this](const NodeProto& n) { expand_concat(n); }},
        {"QLinearAveragePool", unary("AveragePool")},
        {"QLinearGlobalAveragePool", unary("GlobalAveragePool")},
        {"QLinearLeakyRelu", unary("LeakyRelu")},
        {"QLinearSigmoid", unary("Sigmoid")},
        {"QLinearSoftmax", unary("Softmax")},
        {"ConvInteger", [this](const NodeProto& n) { expand_integer(n, "Conv", 0); }},
        {"MatMulInteger", [this](const NodeProto& n) { expand_integer(n, "MatMul", 1); }},
    };
    if (node.op_type() == "DynamicQuantizeLinear") {
      refuse_quantised(node,
                       "its scale depends on the image, which the chip does not compute; the "
                       "nearest supported form is QuantizeLinear with a constant scale (static "
                       "quantisation)");
    }
    const auto rule = rules.find(node.op_type());
    if (rule != rules.end()) {
      if (node.output_size() < 1 || node.output(0).empty()) refuse_quantised(node, "has no output");
      rule->second(node);
      return;
    }
    *graph_.add_node() = node;
  }

  /// Appends DequantizeLinear of a triple. @param axis of its scales, when it has several
  std::string dequantise(const NodeProto& node, const Triple& from, const std::string& suffix,
                         std::int64_t axis = 1) {
    std::string output = node.output(0) + "/" + suffix;
    NodeProto made = make_onnx_node("DequantizeLinear", label(node) + "/" + suffix,
                                    {from.tensor, from.scale}, output);
    if (!from.zero_point.empty()) made.add_input(from.zero_point);
    set_integer(made, "axis", axis);
    *graph_.add_node() = made;
    return output;
  }

  /// Appends the float operator, with the attributes of `node`, and QuantizeLinear with the scale
  /// and zero point at input `scale` of `node`; none when they are absent: the output is real then.
  void emit_quantised(const NodeProto& node, const std::string& type,
                      const std::vector<std::string>& inputs, int scale) {
    const bool real = !has_input(node, scale);
    const std::string output = real ? node.output(0) : node.output(0) + "/real";
    NodeProto made = make_onnx_node(type, label(node), inputs, output);
    for (const auto& attribute : node.attribute()) {
      if (attribute.name() == "opset") continue;  // of QLinearSoftmax
      if (attribute.name() == "channels_last") {
        if (attribute.i() != 0) {
          refuse_quantised(node,
                           "attribute channels_last 1 is not supported; the nearest supported "
                           "form is channels_last 0");
        }
        continue;
      }
      *made.add_attribute() = attribute;
    }
    *graph_.add_node() = made;
    if (real) return;
    NodeProto quantise = make_onnx_node("QuantizeLinear", label(node) + "/quantise",
                                        {output, node.input(scale)}, node.output(0));
    if (has_input(node, scale + 1)) quantise.add_input(node.input(scale + 1));
    *graph_.add_node() = quantise;
  }

  void expand_unary(const NodeProto& node, const std::string& type) {
    emit_quantised(node, type, {dequantise(node, triple(node, 0), "x")}, 3);
  }

  void expand_conv(const NodeProto& node) {
    std::vector<std::string> inputs{dequantise(node, triple(node, 0), "x"),
                                    dequantise(node, triple(node, 3), "w", 0)};
    if (has_input(node, 8)) inputs.push_back(add_bias(node, 8, 1, 4, 1.0));
    emit_quantised(node, "Conv", inputs, 6);
  }

  void expand_matmul(const NodeProto& node) {
    emit_quantised(node, "MatMul",
                   {dequantise(node, triple(node, 0), "a"), dequantise(node, triple(node, 3), "b")},
                   6);
  }

  void expand_gemm(const NodeProto& node) {
    const std::int64_t axis = integer_of(node, "transB", 0) != 0 ? 0 : 1;
    std::vector<std::string> inputs{dequantise(node, triple(node, 0), "a"),
                                    dequantise(node, triple(node, 3), "b", axis)};
    if (has_input(node, 6)) {
      inputs.push_back(add_bias(node, 6, 1, 4, double{real_of(node, "alpha", 1.0f)}));
    }
    emit_quantised(node, "Gemm", inputs, 7);
  }

  /// The integers at input `index` times both scales, as a float constant.
  std::string add_bias(const NodeProto& node, int index, int scale_x, int scale_w, double factor) {
    const StoredIntegers stored = constants_.integers(node, index);
    const auto x = constants_.scales(node, scale_x);
    const auto w = constants_.scales(node, scale_w);
    if (x.size() != 1 || (w.size() != 1 && w.size() != stored.values.size())) {
      refuse_quantised(node, "its bias of " + std::to_string(stored.values.size()) +
                                 " values does not fit " + std::to_string(w.size()) +
                                 " scales of weights");
    }
    std::vector<float> values;
    for (std::size_t i = 0; i < stored.values.size(); ++i) {
      const double scale = double{x[0]} * double{w[w.size() == 1 ? 0 : i]} * factor;
      values.push_back(static_cast<float>(static_cast<double>(stored.values[i]) * scale));
    }
    std::string name = node.output(0) + "/bias";
    *graph_.add_initializer() = make_float_tensor(name, stored.dims, values);
    return name;
  }

  void expand_concat(const NodeProto& node) {
    std::vector<std::string> inputs;
    for (int i = 2; i + 1 < node.input_size(); i += 3) {
      inputs.push_back(dequantise(node, triple(node, i), "x" + std::to_string(i / 3)));
    }
    emit_quantised(node, "Concat", inputs, 0);
  }

  /// The only node that reads `tensor` when it is of `type`, else a refusal of `node`.
  const NodeProto& only_reader(const NodeProto& node, const std::string& tensor,
                               const std::string& type) {
    const auto& readers = readers_[tensor];
    if (readers.size() != 1 || !readers[0] || readers[0]->op_type() != type) {
      refuse_quantised(node,
                       "its integers must be read by one Cast to float and then one Mul by a "
                       "constant scale; nothing else is supported behind it");
    }
    if (readers[0]->output_size() < 1) refuse_quantised(*readers[0], "has no output");
    done_.insert(readers[0]);
    return *readers[0];
  }

  /// acc = sum (x - zx)(w - zw); Mul(Cast(acc), c) = sum x_real * c/s_x (w - zw).
  void expand_integer(const NodeProto& node, const std::string& type, std::int64_t axis) {
    if (!has_input(node, 0) || !has_input(node, 1)) {
      refuse_quantised(node, "needs a tensor of codes and one of weights");
    }
    const NodeProto& cast = only_reader(node, node.output(0), "Cast");
    if (integer_of(cast, "to", 0) != TensorProto::FLOAT) {
      refuse_quantised(cast, "only a Cast to float32 is supported behind " + node.op_type());
    }
    const NodeProto& mul = only_reader(node, cast.output(0), "Mul");
    const int constant = mul.input(0) == cast.output(0) ? 1 : 0;
    const float x_scale = scale_of(node, node.input(0));
    std::vector<float> scales = constants_.scales(mul, constant);
    for (float& scale : scales) scale /= x_scale;
    const std::string name = node.output(0) + "/";
    add_constant(name + "x_scale", {}, {x_scale});
    add_constant(name + "w_scale",
                 scales.size() == 1
                     ? std::vector<std::int64_t>{}
                     : std::vector<std::int64_t>{static_cast<std::int64_t>(scales.size())},
                 scales);
    const auto zero = [&](int i) { return has_input(node, i) ? node.input(i) : std::string(); };
    NodeProto renamed = node;
    renamed.set_output(0, mul.output(0));
    emit_quantised(renamed, type,
                   {dequantise(node, {node.input(0), name + "x_scale", zero(2)}, "x"),
                    dequantise(node, {node.input(1), name + "w_scale", zero(3)}, "w", axis)},
                   node.input_size() + 1);
  }

  void add_constant(const std::string& name, const std::vector<std::int64_t>& dims,
                    const std::vector<float>& values) {
    *graph_.add_initializer() = make_float_tensor(name, dims, values);
    constants_.add(graph_.initializer(graph_.initializer_size() - 1));
  }

  /// Scale of a tensor of codes: that of the QuantizeLinear it comes from, 1 for the network's
  /// input, whose codes are then the values.
  float scale_of(const NodeProto& node, std::string tensor) const {
    for (auto made = graph_.node().rbegin(); made != graph_.node().rend(); ++made) {
      if (made->output_size() < 1 || made->output(0) != tensor) continue;
      if (made->op_type() == "QuantizeLinear") return constants_.scales(*made, 1)[0];
      if (keeps_encoding(made->op_type()) && has_input(*made, 0)) {
        tensor = made->input(0);
        continue;
      }
      refuse_quantised(node, "its input '" + tensor + "' does not come from QuantizeLinear");
    }
    return 1.0f;
  }

  static std::string label(const NodeProto& node) {
    return node.name().empty() ? node.output(0) : node.name();
  }

  onnx::GraphProto& graph_;
  ConstantTable constants_;
  std::map<std::string, std::vector<const NodeProto*>> readers_;
  std::set<const NodeProto*> done_;  ///< became part of a node before
};

}  // namespace

void expand_quantised_operators(onnx::GraphProto& graph) { Expander(graph).run(); }

}  // namespace leyden::compiler
