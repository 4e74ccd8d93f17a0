#include "platform/compiler/tensor_codes.h"

#include <algorithm>
#include <cmath>

namespace leyden::compiler {

std::vector<std::uint8_t> to_codes(const std::vector<float>& values, const QuantTensor& tensor) {
  std::vector<std::uint8_t> codes(values.size());
  const auto channels = static_cast<std::size_t>(tensor.shape.channels);
  const std::size_t pixels = values.size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t p = 0; p < pixels; ++p) {
      const double code =
          std::floor(values[c * pixels + p] / tensor.scale + tensor.zero_point + 0.5);
      codes[p * channels + c] =
          static_cast<std::uint8_t>(std::clamp(code, 0.0, static_cast<double>(tensor.highest())));
    }
  }
  return codes;
}

}  // namespace leyden::compiler
