// The vector unit: pooling, addition, scaling, tables, sums of partial words.
#include <pybind11/stl.h>

#include <array>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "models/vector/vector_job.h"
#include "platform/python/golden_arrays.h"

namespace leyden::python {
namespace {

namespace py = pybind11;

constexpr std::int64_t kLeastWord = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kMostWord = std::numeric_limits<std::int32_t>::max();

std::int32_t word(std::int64_t value, const std::string& name) {
  if (value < kLeastWord || value > kMostWord) {
    throw std::invalid_argument(name + " is " + std::to_string(value) +
                                ", but a whole number of 32 bits would be right.");
  }
  return static_cast<std::int32_t>(value);
}

/// shift, low, high as Python gives them.
using ResultSettings = std::array<std::int64_t, 3>;

vector::Result result_of(const ResultSettings& settings) {
  vector::Result result;
  result.shift = setting(settings[0], "shift", 0, 31);
  result.low = setting(settings[1], "low", 0, 255);
  result.high = setting(settings[2], "high", 0, 255);
  if (result.low > result.high) {
    throw std::invalid_argument("low is " + std::to_string(result.low) + ", above high, which is " +
                                std::to_string(result.high) + ".");
  }
  return result;
}

Whole codes_of(const py::object& object, const std::string& name, std::size_t dimensions) {
  return whole_array(object, name, dimensions, 0, 255);
}

/// The window of a pooling over one image of N x H x W x C.
vector::PoolShape shape_of(const Whole& x, const std::array<std::int64_t, 2>& kernel,
                           const std::array<std::int64_t, 2>& stride,
                           const std::array<std::int64_t, 4>& padding) {
  vector::VectorJob job;
  vector::PoolShape& shape = job.shape;
  shape.in_height = setting(static_cast<std::int64_t>(x.shape[1]), "the images' height", 1, 65535);
  shape.in_width = setting(static_cast<std::int64_t>(x.shape[2]), "the images' width", 1, 65535);
  shape.channels = setting(static_cast<std::int64_t>(x.shape[3]), "the channels", 1, 65535);
  shape.kernel_height = setting(kernel[0], "kernel", 1, 255);
  shape.kernel_width = setting(kernel[1], "kernel", 1, 255);
  shape.stride_y = setting(stride[0], "stride", 1, 255);
  shape.stride_x = setting(stride[1], "stride", 1, 255);
  shape.pad_top = setting(padding[0], "padding", 0, 255);
  shape.pad_left = setting(padding[1], "padding", 0, 255);
  const unsigned bottom = setting(padding[2], "padding", 0, 255);
  const unsigned right = setting(padding[3], "padding", 0, 255);
  const std::uint32_t height = shape.in_height + shape.pad_top + bottom;
  const std::uint32_t width = shape.in_width + shape.pad_left + right;
  if (height < shape.kernel_height || width < shape.kernel_width) {
    throw std::invalid_argument("kernel is larger than the padded images.");
  }
  shape.out_height = (height - shape.kernel_height) / shape.stride_y + 1;
  shape.out_width = (width - shape.kernel_width) / shape.stride_x + 1;
  job.code = static_cast<std::uint32_t>(vector::Operation::kMaxPool);
  if (vector::check_job(job, false) != vector::JobError::kNone) {
    throw std::invalid_argument("padding leaves a window without a pixel of the images.");
  }
  return shape;
}

template <typename Pool>
py::array pool(const Whole& x, const vector::PoolShape& shape, Pool&& one) {
  const std::vector<std::uint8_t> input = x.bytes();
  const std::size_t in = input.size() / x.shape[0];
  const std::size_t out = std::size_t{shape.out_height} * shape.out_width * shape.channels;
  std::vector<std::uint8_t> output(x.shape[0] * out);
  for (std::size_t n = 0; n < x.shape[0]; ++n) one(input.data() + n * in, output.data() + n * out);
  return array_of({x.shape[0], shape.out_height, shape.out_width, shape.channels}, output);
}

py::array max_pool(const py::object& images, std::array<std::int64_t, 2> kernel,
                   std::array<std::int64_t, 2> stride, std::array<std::int64_t, 4> padding) {
  const Whole x = codes_of(images, "images", 4);
  const vector::PoolShape shape = shape_of(x, kernel, stride, padding);
  return pool(x, shape,
              [&](const std::uint8_t* in, std::uint8_t* out) { vector::max_pool(shape, in, out); });
}

py::array average_pool(const py::object& images, std::array<std::int64_t, 2> kernel,
                       std::array<std::int64_t, 2> stride, std::array<std::int64_t, 4> padding,
                       std::int64_t multiplier, std::int64_t offset,
                       const ResultSettings& settings) {
  const Whole x = codes_of(images, "images", 4);
  const vector::PoolShape shape = shape_of(x, kernel, stride, padding);
  const vector::Scales scales{word(multiplier, "multiplier"), 1, word(offset, "offset")};
  const vector::Result result = result_of(settings);
  return pool(x, shape, [&](const std::uint8_t* in, std::uint8_t* out) {
    vector::average_pool(shape, scales, result, in, out);
  });
}

py::array add(const py::object& a, const py::object& b, std::int64_t multiplier_a,
              std::int64_t multiplier_b, std::int64_t offset, const ResultSettings& settings) {
  const Whole x = codes_of(a, "a", 0);
  const Whole y = codes_of(b, "b", 0);
  if (x.shape != y.shape) throw std::invalid_argument("a and b are of different shapes.");
  const vector::Scales scales{word(multiplier_a, "multiplier_a"),
                              word(multiplier_b, "multiplier_b"), word(offset, "offset")};
  std::vector<std::uint8_t> output(x.count());
  vector::add(output.size(), scales, result_of(settings), x.bytes().data(), y.bytes().data(),
              output.data());
  return array_of(x.shape, output);
}

/// The table by channel as it lies in memory.
std::vector<std::uint8_t> table_of(const py::object& multiplier, const py::object& offset,
                                   const std::vector<std::int64_t>& gamma, std::size_t channels) {
  const auto multipliers =
      whole_for_each(multiplier, "multiplier", channels, kLeastWord, kMostWord);
  const auto offsets = whole_for_each(offset, "offset", channels, kLeastWord, kMostWord);
  std::vector<std::uint8_t> table(channels * vector::kTableEntryBytes);
  for (std::size_t c = 0; c < channels; ++c) {
    vector::TableEntry entry;
    entry.multiplier = static_cast<std::int32_t>(multipliers[c]);
    entry.offset = static_cast<std::int32_t>(offsets[c]);
    entry.gamma = gamma.empty() ? 0 : static_cast<std::uint32_t>(gamma[c]);
    std::memcpy(table.data() + c * vector::kTableEntryBytes, &entry, sizeof entry);
  }
  return table;
}

std::size_t channels_of(const std::vector<std::size_t>& shape, const std::string& name) {
  if (shape.empty()) throw std::invalid_argument(name + " has no dimension of channels.");
  return shape.back();
}

py::array scale(const py::object& codes, const py::object& multiplier, const py::object& offset,
                const ResultSettings& settings) {
  const Whole x = codes_of(codes, "codes", 0);
  const std::size_t channels = channels_of(x.shape, "codes");
  std::vector<std::uint8_t> output(x.count());
  vector::scale(x.count() / channels, channels, result_of(settings),
                table_of(multiplier, offset, {}, channels).data(), x.bytes().data(), output.data());
  return array_of(x.shape, output);
}

py::array lookup(const py::object& codes, const py::object& table) {
  const Whole x = codes_of(codes, "codes", 0);
  const Whole entries = codes_of(table, "table", 1);
  if (entries.count() != vector::kLookupBytes) {
    throw std::invalid_argument("table holds " + std::to_string(entries.count()) +
                                " entries, but 256, one a code, would be right.");
  }
  std::vector<std::uint8_t> output(x.count());
  vector::lookup(output.size(), entries.bytes().data(), x.bytes().data(), output.data());
  return array_of(x.shape, output);
}

/// Partial words of parts x ... x channels as they lie in memory.
struct Partials {
  Whole words;
  std::size_t channels = 1;
  std::size_t pixels = 1;
  std::vector<std::uint8_t> bytes;
  std::vector<std::size_t> shape;  ///< of the result

  explicit Partials(const py::object& object)
      : words(whole_array(object, "partials", 0, kLeastWord, kMostWord)) {
    if (words.shape.size() < 2) {
      throw std::invalid_argument("partials has no dimensions of parts and channels.");
    }
    shape.assign(words.shape.begin() + 1, words.shape.end());
    channels = shape.back();
    pixels = words.count() / parts() / channels;
    bytes.resize(words.count() * 4);
    for (std::size_t i = 0; i < words.count(); ++i) {
      const auto value = static_cast<std::int32_t>(words.values[i]);
      std::memcpy(bytes.data() + 4 * i, &value, sizeof value);
    }
  }
  std::size_t parts() const { return words.shape.front(); }
  std::size_t stride() const { return pixels * channels * 4; }
};

py::array accumulate(const py::object& partials, const py::object& multiplier,
                     const py::object& offset, const ResultSettings& settings) {
  const Partials parts(partials);
  std::vector<std::uint8_t> output(parts.pixels * parts.channels);
  vector::accumulate(parts.pixels, parts.channels, parts.parts(), parts.stride(),
                     result_of(settings), table_of(multiplier, offset, {}, parts.channels).data(),
                     parts.bytes.data(), output.data());
  return array_of(parts.shape, output);
}

py::array accumulate_ideal(const py::object& partials, const py::object& gamma,
                           const py::object& multiplier, const py::object& offset,
                           std::int64_t units, std::int64_t rows_per_unit, std::int64_t input_bits,
                           std::int64_t weight_bits, std::int64_t output_bits,
                           std::int64_t range_shift, const ResultSettings& settings) {
  const Partials parts(partials);
  vector::PartialFormat format;
  format.units = setting(units, "units", 1, 255);
  format.rows_per_unit = setting(rows_per_unit, "rows_per_unit", 1, 8192);
  format.in_bits = setting(input_bits, "input_bits", 1, 8);
  format.weight_bits = setting(weight_bits, "weight_bits", 1, 8);
  format.out_bits = setting(output_bits, "output_bits", 1, 8);
  format.range_shift = setting(range_shift, "range_shift", 0, 8);
  const auto gains = fixed_for_each(gamma, "gamma", parts.channels, 256, 1, 65535);
  std::vector<std::uint8_t> output(parts.pixels * parts.channels);
  vector::accumulate_ideal(parts.pixels, parts.channels, parts.parts(), parts.stride(), format,
                           result_of(settings),
                           table_of(multiplier, offset, gains, parts.channels).data(),
                           parts.bytes.data(), output.data());
  return array_of(parts.shape, output);
}

}  // namespace

void add_vector(py::module_& module) {
  module.def("max_pool", &max_pool);
  module.def("average_pool", &average_pool);
  module.def("add", &add);
  module.def("scale", &scale);
  module.def("lookup", &lookup);
  module.def("accumulate", &accumulate);
  module.def("accumulate_ideal", &accumulate_ideal);
}

}  // namespace leyden::python
