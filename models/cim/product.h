#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace leyden::cim {

/// Signed weights of K rows, and the same in the layouts that products asked for. Whoever changes
/// the weights calls changed().
class PackedWeights {
 public:
  /// @param weights  row k, output n at weights[k * stride + n]; outlives this
  PackedWeights(const std::int8_t* weights, std::size_t stride);
  ~PackedWeights();
  PackedWeights(PackedWeights&&) noexcept;
  PackedWeights& operator=(PackedWeights&&) noexcept;

  void changed();

 private:
  friend class IntegerProduct;
  struct Pack;

  const std::int8_t* weights_;
  std::size_t stride_;
  std::vector<Pack> packs_;
};

/// Exact products of unsigned codes and signed weights on oneDNN, one thread, the same bits on
/// every instruction set. Where oneDNN sums u8 x s8 products in int32 (VNNI, AMX) weights are
/// packed once and a primitive is kept for every shape. Below VNNI it adds pairs of products with
/// saturation to int16: there the top bit of 8-bit codes is multiplied apart and added in int32.
class IntegerProduct {
 public:
  IntegerProduct();
  ~IntegerProduct();

  /// c[m * ldc + n] = sum_k a[m * k_count + k] * b[k, n] of the first k_count rows and n_count
  /// outputs, in int32.
  /// @param a_bits  bits of the codes in `a`; up to 7 need no split
  /// @throws ModelError when oneDNN refuses
  void multiply(std::size_t m_count, std::size_t k_count, std::size_t n_count,
                const std::uint8_t* a, unsigned a_bits, PackedWeights& b, std::int32_t* c,
                std::size_t ldc);

  bool splits() const { return splits_; }  ///< whether this host's products saturate pairs

 private:
  struct Primitive;
  struct Library;
  using Shape = std::array<std::size_t, 4>;  // M, K, N, ldc

  Primitive& primitive(const Shape& shape);
  void multiply_packed(const Shape& shape, const std::uint8_t* a, PackedWeights& b,
                       std::int32_t* c);
  void multiply_split(const Shape& shape, const std::uint8_t* a, const PackedWeights& b,
                      std::int32_t* c);

  bool splits_;
  std::unique_ptr<Library> library_;
  std::map<Shape, std::unique_ptr<Primitive>> primitives_;
  std::vector<std::uint8_t> low_;  // scratch, grows to the largest job and stays
  std::vector<std::uint8_t> high_;
  std::vector<std::int32_t> high_sum_;
};

}  // namespace leyden::cim
