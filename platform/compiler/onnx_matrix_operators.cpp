// Gemm and MatMul: fully connected layers, and matrices over the channels of every pixel.
#include "platform/compiler/onnx_context.h"

namespace leyden::compiler {
namespace {

/// The columns of a matrix are in ONNX's order of the features; the graph's tensor has another when
/// a Transpose stood before the Flatten.
void permute_columns(Gemm& gemm, const Atoms& atoms) {
  const std::vector<std::size_t> where = places(atoms);
  const std::size_t features = where.size();
  std::vector<float> permuted(gemm.weight.size());
  for (std::size_t row = 0; row < gemm.weight.size(); row += features) {
    for (std::size_t i = 0; i < features; ++i) permuted[row + where[i]] = gemm.weight[row + i];
  }
  gemm.weight = std::move(permuted);
}

/// A matrix of the file, leading dimensions of 1 left out.
struct Matrix {
  const OnnxConstant& constant;
  std::int64_t rows;
  std::int64_t columns;
};

Matrix matrix_of(const OnnxNode& node, const OnnxConstant& constant) {
  const auto& dims = constant.dims;
  const std::size_t rank = dims.size();
  bool good = rank >= 2 && !constant.floats.empty();
  for (std::size_t i = 0; good && i + 2 < rank; ++i) good = dims[i] == 1;
  if (!good) {
    node.refuse("weights of shape " + to_string(dims) +
                " are not supported; a matrix has two dimensions");
  }
  return {constant, dims[rank - 2], dims[rank - 1]};
}

/// y = alpha w x of a matrix [in, out] or, `transposed`, [out, in].
Gemm gemm_of(const Matrix& matrix, bool transposed, float alpha) {
  Gemm gemm;
  gemm.out_features = transposed ? matrix.rows : matrix.columns;
  gemm.in_features = transposed ? matrix.columns : matrix.rows;
  const auto outputs = static_cast<std::size_t>(gemm.out_features);
  const auto inputs = static_cast<std::size_t>(gemm.in_features);
  const std::vector<float>& floats = matrix.constant.floats;
  gemm.weight.resize(floats.size());
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      gemm.weight[o * inputs + i] = alpha * floats[transposed ? o * inputs + i : i * outputs + o];
    }
  }
  gemm.bias.assign(outputs, 0.0f);
  return gemm;
}

/// Adds the fully connected layer; its output has the dimensions `dims`.
void emit_gemm(OnnxContext& context, const OnnxNode& node, int input, Gemm gemm,
               const std::vector<std::int64_t>& dims) {
  const View& whole = context.view(node, input);
  if (whole.elements() != gemm.in_features) {
    node.refuse("weights for " + std::to_string(gemm.in_features) +
                " inputs do not fit the input of shape " + to_string(context.shape(whole)));
  }
  const View view = context.flattened(node, input);
  if (!view.in_order()) permute_columns(gemm, view.atoms);
  context.emit_output(node, std::move(gemm), {view.tensor}, view_in_order("", dims));
}

/// Which of the two factors is computed; the other must be a constant.
int computed_factor(const OnnxContext& context, const OnnxNode& node) {
  const bool first = !context.constant(node, 0);
  if (first == !context.constant(node, 1)) {
    if (first) context.weights(node, 1);  // refuses: two computed factors
    context.view(node, 0);                // refuses: two constants
  }
  return first ? 0 : 1;
}

void convert_gemm(OnnxContext& context, const OnnxNode& node) {
  node.allow({"alpha", "beta", "transA", "transB"});
  node.expect_inputs(2, 3);
  const int input = computed_factor(context, node);
  const bool trans_a = node.integer("transA", 0) != 0;
  const bool trans_b = node.integer("transB", 0) != 0;
  const Matrix matrix = matrix_of(node, context.weights(node, 1 - input));
  const View& view = context.view(node, input);
  // y = x B (rows of one) or, with the constant first, y = A x (columns of one).
  Gemm gemm = input == 0 ? gemm_of(matrix, trans_b, node.real("alpha", 1.0f))
                         : gemm_of(matrix, !trans_a, node.real("alpha", 1.0f));
  const std::size_t single = input == 0 ? (trans_a ? 1 : 0) : (trans_b ? 0 : 1);
  if (view.dims.size() != 2 || view.dims[single] != 1) {
    // Tell a wrong number of features from a form that is not supported.
    if (view.dims.size() == 2 || view.elements() == gemm.in_features) {
      node.refuse("an input of shape " + to_string(view.dims) + " with transA " +
                  std::to_string(trans_a) +
                  " is not supported; the nearest supported form is [1, " +
                  std::to_string(gemm.in_features) + "] with transA 0");
    }
  }
  if (node.has_input(2)) {
    const auto bias = channel_values(
        context.weights(node, 2),
        view_in_order("", input == 0 ? std::vector<std::int64_t>{1, gemm.out_features}
                                     : std::vector<std::int64_t>{gemm.out_features, 1}),
        {gemm.out_features, 1, 1});
    if (!bias) {
      node.refuse("a bias of shape " + to_string(context.weights(node, 2).dims) +
                  " does not fit an output of " + std::to_string(gemm.out_features) +
                  " features; one value, or one a feature, is supported");
    }
    gemm.bias = *bias;
    for (float& value : gemm.bias) value *= node.real("beta", 1.0f);
  }
  const std::int64_t outputs = gemm.out_features;
  emit_gemm(
      context, node, input, std::move(gemm),
      input == 0 ? std::vector<std::int64_t>{1, outputs} : std::vector<std::int64_t>{outputs, 1});
}

/// A matrix over the last dimension where that is the channels: a convolution of one tap.
void emit_pixel_matrix(OnnxContext& context, const OnnxNode& node, Gemm gemm) {
  View view = context.view(node, 0);
  const Shape in = context.shape(view);
  const auto parts = atoms_of_dims(view);
  const bool channels_last = parts && view.dims.back() == in.channels &&
                             parts->back() == merge({{in.channels, in.pixels()}});
  if (!channels_last) {
    node.refuse("a matrix over the last dimension of an input of shape " + to_string(view.dims) +
                " is not supported; the nearest supported forms are [1, features], and a last "
                "dimension that is the channels");
  }
  Conv conv;
  conv.in_channels = gemm.in_features;
  conv.out_channels = gemm.out_features;
  conv.weight = std::move(gemm.weight);
  conv.bias = std::move(gemm.bias);
  view.atoms.clear();
  for (std::size_t i = 0; i + 1 < parts->size(); ++i) {
    view.atoms.insert(view.atoms.end(), (*parts)[i].begin(), (*parts)[i].end());
  }
  view.atoms.push_back({conv.out_channels, in.pixels()});
  view.atoms = merge(view.atoms);
  view.dims.back() = conv.out_channels;
  const std::string tensor = view.tensor;
  context.emit_output(node, std::move(conv), {tensor}, view);
}

void convert_matmul(OnnxContext& context, const OnnxNode& node) {
  node.allow({});
  node.expect_inputs(2, 2);
  const int input = computed_factor(context, node);
  const Matrix matrix = matrix_of(node, context.weights(node, 1 - input));
  const View& view = context.view(node, input);
  Gemm gemm = gemm_of(matrix, input == 1, 1.0f);
  std::vector<std::int64_t> dims = view.dims;
  const std::size_t rank = dims.size();
  // Which dimension the product runs over; the others must be 1.
  const std::size_t axis = input == 0 || rank < 2 ? rank - 1 : rank - 2;
  if (rank == 0 || dims[axis] != gemm.in_features) {
    node.refuse("weights for " + std::to_string(gemm.in_features) +
                " inputs do not fit the input of shape " + to_string(context.shape(view)));
  }
  if (view.elements() != dims[axis]) {
    if (input == 0) return emit_pixel_matrix(context, node, std::move(gemm));
    node.refuse("an input of shape " + to_string(dims) +
                " is not supported behind a constant matrix; the nearest supported form is [" +
                std::to_string(gemm.in_features) + ", 1]");
  }
  dims[axis] = gemm.out_features;
  emit_gemm(context, node, input, std::move(gemm), dims);
}

}  // namespace

void add_matrix_converters(OnnxConverters& converters) {
  converters["Gemm"] = convert_gemm;
  converters["MatMul"] = convert_matmul;
}

}  // namespace leyden::compiler
