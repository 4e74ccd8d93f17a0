#include "models/cim/read_noise.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace leyden::cim {

void ReadNoise::make(const std::vector<double>& squares, std::size_t rows, std::size_t outputs) {
  outputs_ = outputs;
  const double greatest = squares.empty() ? 0 : *std::max_element(squares.begin(), squares.end());
  scale_ = greatest / 127;
  squares_.assign(rows * outputs, 0);
  packed_.clear();
  if (greatest <= 0) return;
  std::transform(squares.begin(), squares.end(), squares_.begin(), [&](double square) {
    return static_cast<std::int8_t>(std::lround(square / scale_));
  });
}

unsigned ReadNoise::square(unsigned code, unsigned bits, bool bit_by_bit) {
  if (!bit_by_bit) return code * code;
  unsigned sum = 0;
  for (unsigned k = 0; k < bits; ++k) sum += ((code >> k) & 1u) << (2 * k);
  return sum;
}

void ReadNoise::multiply(IntegerProduct& product, const std::uint8_t* codes, std::size_t positions,
                         std::size_t first, std::size_t rows, unsigned bits, bool bit_by_bit,
                         double* variances) {
  PackedWeights& squares = packed_.at(squares_.data() + first * outputs_, outputs_);
  std::array<unsigned, 256> square{};
  for (unsigned code = 0; code < 256; ++code) square[code] = ReadNoise::square(code, 8, bit_by_bit);
  const std::size_t count = positions * rows;
  const std::size_t results = positions * outputs_;
  const bool two_bytes = bits > 4;  // 15^2 fits one
  if (low_.size() < count) low_.resize(count);
  if (low_sums_.size() < results) low_sums_.resize(results);
  for (std::size_t i = 0; i < count; ++i) low_[i] = static_cast<std::uint8_t>(square[codes[i]]);
  product.multiply(positions, rows, outputs_, low_.data(), 8, squares, low_sums_.data(), outputs_);
  if (two_bytes) {
    if (high_.size() < count) high_.resize(count);
    if (high_sums_.size() < results) high_sums_.resize(results);
    for (std::size_t i = 0; i < count; ++i) {
      high_[i] = static_cast<std::uint8_t>(square[codes[i]] >> 8);
    }
    product.multiply(positions, rows, outputs_, high_.data(), 8, squares, high_sums_.data(),
                     outputs_);
  }
  for (std::size_t i = 0; i < results; ++i) {
    const double sum = low_sums_[i] + (two_bytes ? 256.0 * high_sums_[i] : 0.0);
    variances[i] = sum * scale_;
  }
}

}  // namespace leyden::cim
