#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace leyden::cim {

/// Exact products of unsigned codes and signed weights on oneDNN, one thread, the same bits on
/// every instruction set. Below VNNI oneDNN adds pairs of u8 x s8 products with saturation to
/// int16: there the top bit of 8-bit codes is multiplied apart and added in int32.
class IntegerProduct {
 public:
  IntegerProduct();

  /// c[m * ldc + n] = sum_k a[m * k_count + k] * b[k * ldb + n], in int32.
  /// @param a_bits  bits of the codes in `a`; up to 7 need no split
  /// @throws ModelError when oneDNN refuses
  void multiply(std::size_t m_count, std::size_t k_count, std::size_t n_count,
                const std::uint8_t* a, unsigned a_bits, const std::int8_t* b, std::size_t ldb,
                std::int32_t* c, std::size_t ldc);

  bool splits() const { return splits_; }  ///< whether this host's products saturate pairs

 private:
  bool splits_;
  std::vector<std::uint8_t> low_;  // scratch, grows to the largest job and stays
  std::vector<std::uint8_t> high_;
  std::vector<std::int32_t> high_sum_;
};

}  // namespace leyden::cim
