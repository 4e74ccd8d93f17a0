#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/vector/vector_arithmetic.h"
#include "platform/compiler/graph.h"

namespace leyden::compiler {

/// A tensor of u8 codes: real = scale * (code - zero_point).
struct QuantTensor {
  std::string name;
  Shape shape;        ///< NHWC in memory; a flattened tensor keeps the shape it was computed in
  unsigned bits = 8;  ///< codes 0 .. 2^bits - 1
  double scale = 1;
  int zero_point = 0;
  /// Tensor of the folded graph that has its real values; empty: the one of its name.
  std::string values{};

  int highest() const { return (1 << bits) - 1; }
  const std::string& source() const { return values.empty() ? name : values; }
  std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()); }
};

/// kMacro runs on macros (and the vector unit sums row splits), kConcat is transfers of the DMA,
/// kCore a kernel of the firmware; the others are operations of the vector unit.
enum class LayerKind {
  kMacro,
  kMaxPool,
  kAveragePool,
  kAdd,
  kScale,
  kLookup,
  kConcat,
  kCore,
};
/// "macro", "max_pool", ...
std::string to_string(LayerKind kind);

/// Kernels of the core; numbers of leyden_core_kernel. docs/abi.md gives their equations.
enum class CoreKernel {
  kCopy,
  kFlatten,
  kPad,
  kMaxPool,
  kAveragePool,
  kSoftmax,
  kLogSoftmax,
  kArgMax,
  kConv,
};
/// "copy", "flatten", ...
std::string to_string(CoreKernel kernel);

/// What a layer on the core has besides window, weights, `table` (conv) and `result`.
struct CoreWork {
  CoreKernel kernel = CoreKernel::kCopy;
  int fill = 0;       ///< code of padded elements, or of real 0 in the input
  bool flag = false;  ///< average_pool: divide by all taps; arg_max: the last greatest
  std::int32_t factor = 0;
  std::int32_t second = 0;
  std::int32_t offset = 0;
  std::vector<std::uint32_t> tables;  ///< of softmax and log_softmax
};

/// A layer of the quantised network: one group of macro jobs, one vector operation, one kernel of
/// the core, or transfers that join tensors.
struct QuantLayer {
  std::string name;  ///< of the ONNX node
  LayerKind kind = LayerKind::kMacro;
  std::vector<std::size_t> inputs;  ///< tensors
  std::size_t output = 0;           ///< tensor
  Window window;                    ///< a matrix is a convolution whose kernel covers its input

  // kMacro
  unsigned weight_bits = 0;
  std::vector<std::int8_t>
      weights;  ///< [output][(ky * kernel_width + kx) * channels of a group + c]
  std::vector<double> weight_scale;  ///< [output], real weight = scale * integer
  std::vector<double> bias;          ///< [output], real
  std::int64_t groups = 1;           ///< of channels, as Conv::groups
  bool whole_line = false;           ///< all units of a page load the line

  // kLookup
  std::vector<std::uint8_t> lookup;  ///< [code of the input], 256 entries

  // kCore
  CoreWork core;

  // Vector operations
  vector::Scales scales;
  vector::Result result;
  std::vector<vector::TableEntry> table;  ///< kScale, conv of the core: one entry a channel
};

/// A network in integers, independent of the chip.
struct QuantNetwork {
  std::string name;
  std::vector<QuantTensor> tensors;
  std::vector<QuantLayer> layers;  ///< in order of execution
  std::size_t input = 0;           ///< tensor
  std::size_t output = 0;          ///< tensor
  std::size_t classes = 0;         ///< 0: the network is no classifier
  bool class_is_code = false;      ///< the network ends in an ArgMax: its output is the class
  std::vector<std::string> notes;  ///< what a person should know, one sentence each

  /// Elements of one im2col row of a macro layer, of one group of its channels.
  std::size_t rows(const QuantLayer& layer) const;
  std::size_t outputs(const QuantLayer& layer) const {
    return static_cast<std::size_t>(tensors[layer.output].shape.channels);
  }
  /// Output positions of a layer, pixels.
  std::size_t positions(const QuantLayer& layer) const {
    return static_cast<std::size_t>(tensors[layer.output].shape.pixels());
  }
  /// Multiply-accumulates of a layer, padded taps included; 0 for other layers than those with
  /// weights.
  std::uint64_t macs(const QuantLayer& layer) const;
};

}  // namespace leyden::compiler
