// The macro: dot products, conversions and whole convolutions.
#include <pybind11/stl.h>

#include <array>
#include <stdexcept>

#include "models/cim/codes.h"
#include "models/cim/keep_threads.h"
#include "models/cim/macro.h"
#include "platform/python/golden_arrays.h"

namespace leyden::python {
namespace {

namespace py = pybind11;

constexpr std::int64_t kMostRows = 8192;  // cim.rows
constexpr std::int64_t kMostOutputs = 8192;
constexpr std::int64_t kMostSize = 65535;  // of an image, an edge

/// Precisions of a job; what docs/models/cim.md calls bx, bw, b, r.
struct Precision {
  unsigned input_bits;
  unsigned weight_bits;
  unsigned output_bits;
  unsigned range_shift;

  std::int64_t highest_code() const { return (std::int64_t{1} << input_bits) - 1; }
  /// Two's complement, but a single bit counts +1.
  std::int64_t least_weight() const {
    return weight_bits == 1 ? 0 : -(std::int64_t{1} << (weight_bits - 1));
  }
  std::int64_t greatest_weight() const {
    return weight_bits == 1 ? 1 : (std::int64_t{1} << (weight_bits - 1)) - 1;
  }
};

Precision precision_of(std::int64_t input_bits, std::int64_t weight_bits, std::int64_t output_bits,
                       std::int64_t range_shift) {
  return {setting(input_bits, "input_bits", 1, 8), setting(weight_bits, "weight_bits", 1, 8),
          setting(output_bits, "output_bits", 1, 8), setting(range_shift, "range_shift", 0, 8)};
}

cim::MacroParameters macro_for(std::size_t rows, std::size_t rows_per_unit, std::size_t outputs,
                               const Precision& precision) {
  cim::MacroParameters macro;
  macro.rows_per_unit = static_cast<unsigned>(rows_per_unit);
  macro.rows = static_cast<unsigned>((rows + rows_per_unit - 1) / rows_per_unit * rows_per_unit);
  macro.columns = static_cast<unsigned>((outputs * precision.weight_bits + 7) / 8 * 8);
  macro.abn_entries = static_cast<unsigned>(outputs);
  macro.convert.range_shift = precision.range_shift;
  macro.make_layouts();
  return macro;
}

/// Gain and offset of every output as the table holds them.
struct Abn {
  std::vector<std::int64_t> gamma;  ///< 8 fraction bits
  std::vector<std::int64_t> beta;   ///< 4 fraction bits
};

Abn abn_of(const py::object& gamma, const py::object& beta, std::size_t outputs) {
  return {fixed_for_each(gamma, "gamma", outputs, 256, 1, 65535),
          fixed_for_each(beta, "beta", outputs, 16, -32768, 32767)};
}

void write_abn(cim::WeightArray& array, const Abn& abn) {
  for (std::size_t j = 0; j < abn.gamma.size(); ++j) {
    const auto beta = static_cast<std::uint16_t>(static_cast<std::int16_t>(abn.beta[j]));
    array.write_abn(j, std::uint32_t{beta} << 16 | static_cast<std::uint32_t>(abn.gamma[j]));
  }
}

/// Cells of weights of rows x outputs, the first column of an output its least significant bit as
/// the layout says.
void write_weights(cim::WeightArray& array, const cim::MacroParameters& macro,
                   const Precision& precision, const std::vector<std::int64_t>& weights,
                   std::size_t outputs) {
  const cim::WeightLayout& layout = macro.layout(precision.weight_bits);
  std::vector<std::uint8_t> levels(layout.width());
  std::vector<std::uint8_t> row(array.row_bytes());
  for (std::size_t i = 0; i * outputs < weights.size(); ++i) {
    row.assign(row.size(), 0);
    for (std::size_t j = 0; j < outputs; ++j) {
      layout.encode(static_cast<int>(weights[i * outputs + j]), levels.data());
      for (std::size_t c = 0; c < levels.size(); ++c) {
        const std::size_t column = j * levels.size() + c;
        row[column / 8] = static_cast<std::uint8_t>(row[column / 8] | levels[c] << (column % 8));
      }
    }
    array.write_cells(i * row.size(), row.data(), row.size());
  }
}

std::vector<std::int32_t> words_of(const std::vector<std::uint8_t>& bytes) {
  std::vector<std::int32_t> words(bytes.size() / 4);
  for (std::size_t i = 0; i < words.size(); ++i) {  // little-endian
    std::uint32_t word = 0;
    for (int k = 3; k >= 0; --k) word = word << 8 | bytes[4 * i + static_cast<std::size_t>(k)];
    words[i] = static_cast<std::int32_t>(word);
  }
  return words;
}

py::array dot_product(const py::object& codes, const py::object& weights, std::int64_t input_bits,
                      std::int64_t weight_bits) {
  const Precision precision = precision_of(input_bits, weight_bits, 8, 0);
  const Whole x = whole_array(codes, "codes", 2, 0, precision.highest_code());
  const Whole w =
      whole_array(weights, "weights", 2, precision.least_weight(), precision.greatest_weight());
  if (x.shape[1] != w.shape[0]) {
    throw std::invalid_argument("codes has " + std::to_string(x.shape[1]) +
                                " columns, but weights has " + std::to_string(w.shape[0]) +
                                " rows; as many would be right.");
  }
  setting(static_cast<std::int64_t>(w.shape[0]), "the number of rows", 1, kMostRows);
  setting(static_cast<std::int64_t>(w.shape[1]), "the number of outputs", 1, kMostOutputs);
  const cim::KeepThreads keep;
  const cim::MacroParameters parameters = macro_for(w.shape[0], w.shape[0], w.shape[1], precision);
  cim::Macro macro(parameters);
  write_weights(macro.array(), parameters, precision, w.values, w.shape[1]);
  write_abn(macro.array(),
            {std::vector<std::int64_t>(w.shape[1], 256), std::vector<std::int64_t>(w.shape[1], 0)});
  cim::Job job;  // one position an image of one pixel
  job.in_width = job.in_height = job.out_width = job.out_height = 1;
  job.in_channels = job.in_pixel_stride = job.window_count = static_cast<unsigned>(w.shape[0]);
  job.outputs = static_cast<unsigned>(w.shape[1]);
  job.out_pixel_stride = 4 * job.outputs;
  job.unit_count = 1;
  job.in_bits = precision.input_bits;
  job.weight_bits = precision.weight_bits;
  job.out_bits = precision.output_bits;
  job.partial = true;
  const std::vector<std::uint8_t> input = x.bytes();
  std::vector<std::uint8_t> output(x.shape[0] * job.position_bytes());
  for (std::size_t m = 0; m < x.shape[0]; ++m) {
    macro.run(job, input.data() + m * job.window_count, base::Fidelity::kIdeal, {},
              output.data() + m * job.position_bytes());
  }
  return array_of({x.shape[0], w.shape[1]}, words_of(output));
}

py::array convert(const py::object& dot, const py::object& gamma, const py::object& beta,
                  std::int64_t rows, std::int64_t input_bits, std::int64_t weight_bits,
                  std::int64_t output_bits, std::int64_t range_shift, bool partial) {
  const Precision precision = precision_of(input_bits, weight_bits, output_bits, range_shift);
  const std::size_t line = setting(rows, "rows", 1, kMostRows);
  const std::int64_t most = static_cast<std::int64_t>(line) * precision.highest_code();
  const Whole d = whole_array(dot, "dot_products", 2, most * precision.least_weight(),
                              most * precision.greatest_weight());
  const std::size_t outputs = d.shape[1];
  setting(static_cast<std::int64_t>(outputs), "the number of outputs", 1, kMostOutputs);
  const cim::MacroParameters parameters = macro_for(line, line, outputs, precision);
  cim::WeightArray array(parameters, 0);
  write_abn(array, abn_of(gamma, beta, outputs));
  cim::Job job;
  job.window_count = static_cast<unsigned>(line);
  job.unit_count = 1;
  job.outputs = static_cast<unsigned>(outputs);
  job.in_bits = precision.input_bits;
  job.weight_bits = precision.weight_bits;
  job.out_bits = precision.output_bits;
  job.partial = partial;
  cim::CodeParameters codes;
  cim::prepare_codes(job, parameters, array, codes);
  // One row at a time in whole vectors, as the macro's passes want them.
  const std::size_t stride = cim::padded(outputs);
  std::vector<std::int32_t> sums(2 * stride);
  std::vector<std::int32_t> row(stride);
  std::vector<std::int32_t> result;
  for (std::size_t m = 0; m < d.shape[0]; ++m) {
    for (std::size_t j = 0; j < outputs; ++j) {
      sums[j] = static_cast<std::int32_t>(d.values[m * outputs + j]);
    }
    cim::convert_codes(codes, 1, sums.data(), 2 * stride, nullptr, row.data());
    result.insert(result.end(), row.begin(), row.begin() + static_cast<std::ptrdiff_t>(outputs));
  }
  if (partial) return array_of(d.shape, result);
  return array_of(d.shape, std::vector<std::uint8_t>(result.begin(), result.end()));
}

/// Output pixels of an edge. @throws std::invalid_argument where there is none
unsigned edge(std::size_t in, unsigned before, unsigned after, std::size_t kernel,
              unsigned dilation, unsigned stride, const char* name) {
  const std::int64_t span = static_cast<std::int64_t>(kernel - 1) * dilation + 1;
  const std::int64_t room = static_cast<std::int64_t>(in) + before + after - span;
  if (room < 0) {
    throw std::invalid_argument("weights span " + std::to_string(span) + " pixels of the " +
                                std::string(name) + ", but the padded image has " +
                                std::to_string(room + span) + ".");
  }
  return static_cast<unsigned>(room / stride + 1);
}

py::array convolution(const py::object& images, const py::object& weights, const py::object& gamma,
                      const py::object& beta, std::int64_t rows_per_unit, std::int64_t input_bits,
                      std::int64_t weight_bits, std::int64_t output_bits, std::int64_t range_shift,
                      std::array<std::int64_t, 2> stride, std::array<std::int64_t, 4> padding,
                      std::int64_t pad_value, std::array<std::int64_t, 2> dilation, bool partial,
                      bool exact) {
  const Precision precision = precision_of(input_bits, weight_bits, output_bits, range_shift);
  const Whole x = whole_array(images, "images", 4, 0, precision.highest_code());
  const Whole w =
      whole_array(weights, "weights", 4, precision.least_weight(), precision.greatest_weight());
  for (std::size_t i : {1, 2, 3}) {
    setting(static_cast<std::int64_t>(x.shape[i]), "an edge of images", 1, kMostSize);
  }
  if (x.shape[3] != w.shape[3]) {
    throw std::invalid_argument("images has " + std::to_string(x.shape[3]) +
                                " channels, but weights has " + std::to_string(w.shape[3]) +
                                "; as many would be right.");
  }
  const std::size_t outputs = w.shape[0];
  const std::size_t window = w.count() / outputs;
  setting(static_cast<std::int64_t>(window), "the number of rows", 1, kMostRows);
  setting(static_cast<std::int64_t>(outputs), "the number of outputs", 1, kMostOutputs);
  const unsigned unit = setting(rows_per_unit, "rows_per_unit", 1, kMostRows);
  cim::Job job;
  job.in_height = static_cast<unsigned>(x.shape[1]);
  job.in_width = static_cast<unsigned>(x.shape[2]);
  job.in_channels = job.in_pixel_stride = static_cast<unsigned>(x.shape[3]);
  job.kernel_height = setting(static_cast<std::int64_t>(w.shape[1]), "the kernel's height", 1, 255);
  job.kernel_width = setting(static_cast<std::int64_t>(w.shape[2]), "the kernel's width", 1, 255);
  job.stride_y = setting(stride[0], "stride", 1, 255);
  job.stride_x = setting(stride[1], "stride", 1, 255);
  job.dilation_y = setting(dilation[0], "dilation", 1, 255);
  job.dilation_x = setting(dilation[1], "dilation", 1, 255);
  job.pad_top = setting(padding[0], "padding", 0, 255);
  job.pad_left = setting(padding[1], "padding", 0, 255);
  job.pad_value =
      static_cast<std::uint8_t>(setting(pad_value, "pad_value", 0, precision.highest_code()));
  job.out_height = edge(x.shape[1], job.pad_top, setting(padding[2], "padding", 0, 255), w.shape[1],
                        job.dilation_y, job.stride_y, "height");
  job.out_width = edge(x.shape[2], job.pad_left, setting(padding[3], "padding", 0, 255), w.shape[2],
                       job.dilation_x, job.stride_x, "width");
  job.window_count = static_cast<unsigned>(window);
  job.outputs = static_cast<unsigned>(outputs);
  job.unit_count = static_cast<unsigned>((window + unit - 1) / unit);
  job.in_bits = precision.input_bits;
  job.weight_bits = precision.weight_bits;
  job.out_bits = precision.output_bits;
  job.partial = partial;
  job.out_pixel_stride = job.position_bytes();

  const cim::KeepThreads keep;
  const cim::MacroParameters parameters = macro_for(window, unit, outputs, precision);
  cim::Macro macro(parameters);
  std::vector<std::int64_t> rows(w.count());  // row i of the array: element i of a window
  for (std::size_t j = 0; j < outputs; ++j) {
    for (std::size_t i = 0; i < window; ++i) rows[i * outputs + j] = w.values[j * window + i];
  }
  write_weights(macro.array(), parameters, precision, rows, outputs);
  write_abn(macro.array(), abn_of(gamma, beta, outputs));
  if (cim::validate(job, parameters) != cim::JobError::kNone) {
    throw std::invalid_argument("the shapes of images, weights, stride and padding make no job.");
  }
  const std::vector<std::uint8_t> input = x.bytes();
  const std::size_t image = input.size() / x.shape[0];
  const std::size_t result = job.positions() * job.position_bytes();
  std::vector<std::uint8_t> output(x.shape[0] * result);
  for (std::size_t n = 0; n < x.shape[0]; ++n) {
    macro.run(job, input.data() + n * image,
              exact ? base::Fidelity::kIdeal : base::Fidelity::kQuantised, {},
              output.data() + n * result);
  }
  const std::vector<std::size_t> shape = {x.shape[0], job.out_height, job.out_width, outputs};
  if (partial) return array_of(shape, words_of(output));
  return array_of(shape, output);
}

}  // namespace

void add_macro(py::module_& module) {
  module.def("dot_product", &dot_product);
  module.def("convert", &convert);
  module.def("convolution", &convolution);
}

}  // namespace leyden::python
