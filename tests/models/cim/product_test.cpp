// Integer products on full-range operands. CTest runs this under every ONEDNN_MAX_CPU_ISA.
#include "models/cim/product.h"

#include <random>

#include <gtest/gtest.h>

namespace leyden::cim {
namespace {

struct Shape {
  std::size_t m, k, n;
};

void expect_exact(const Shape& shape, const std::vector<std::uint8_t>& a, unsigned a_bits,
                  const std::vector<std::int8_t>& b) {
  IntegerProduct product;
  std::vector<std::int32_t> c(shape.m * shape.n, -1);
  PackedWeights weights(b.data(), shape.n);
  product.multiply(shape.m, shape.k, shape.n, a.data(), a_bits, weights, c.data(), shape.n);
  for (std::size_t m = 0; m < shape.m; ++m) {
    for (std::size_t n = 0; n < shape.n; ++n) {
      std::int64_t sum = 0;
      for (std::size_t k = 0; k < shape.k; ++k) {
        sum += std::int64_t{a[m * shape.k + k]} * b[k * shape.n + n];
      }
      ASSERT_EQ(c[m * shape.n + n], sum)
          << shape.m << "x" << shape.k << "x" << shape.n << " at " << m << ", " << n;
    }
  }
}

const Shape kShapes[] = {{1, 1, 1},      {1, 2, 8},     {1, 96, 16},   {1, 1152, 256},
                         {1, 512, 512},  {3, 17, 5},    {64, 400, 64}, {100, 25, 32},
                         {36, 1152, 64}, {7, 1151, 24}, {577, 25, 32}, {2, 1152, 1}};

TEST(Product, ExtremesThatSaturatePairs) {
  for (const Shape& shape : kShapes) {
    for (const int weight : {127, -128}) {
      expect_exact(shape, std::vector<std::uint8_t>(shape.m * shape.k, 255), 8,
                   std::vector<std::int8_t>(shape.k * shape.n, static_cast<std::int8_t>(weight)));
    }
  }
}

TEST(Product, RandomFullRangeOperands) {
  std::mt19937 random(1);
  for (const Shape& shape : kShapes) {
    for (const unsigned bits : {1u, 4u, 7u, 8u}) {
      std::vector<std::uint8_t> a(shape.m * shape.k);
      std::vector<std::int8_t> b(shape.k * shape.n);
      for (auto& x : a) x = static_cast<std::uint8_t>(random() & ((1u << bits) - 1));
      for (auto& w : b) w = static_cast<std::int8_t>(random());
      expect_exact(shape, a, bits, b);
    }
  }
}

TEST(Product, WritesInsideWiderRows) {
  IntegerProduct product;
  const std::vector<std::uint8_t> a = {255, 255, 1, 2};
  const std::vector<std::int8_t> b = {127, 9, -128, 9};  // 2 x 1 in rows of 2
  std::vector<std::int32_t> c(6, 77);
  PackedWeights weights(b.data(), 2);
  product.multiply(2, 2, 1, a.data(), 8, weights, c.data(), 3);
  EXPECT_EQ(c, (std::vector<std::int32_t>{-255, 77, 77, 127 - 256, 77, 77}));
}

TEST(Product, ServesJobsOfOneTileInTurn) {
  // Other numbers of positions, fewer outputs of the same weights, wider rows, changed weights.
  std::mt19937 random(2);
  const std::size_t k = 75;
  std::vector<std::int8_t> b(k * 48);
  for (auto& w : b) w = static_cast<std::int8_t>(random());
  std::vector<std::uint8_t> a(130 * k);
  for (auto& x : a) x = static_cast<std::uint8_t>(random());
  IntegerProduct product;
  PackedWeights weights(b.data(), 48);
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t m : {1U, 130U, 17U, 1U}) {
      for (const std::size_t n : {48U, 24U}) {
        for (const std::size_t ldc : {48U, 50U}) {
          std::vector<std::int32_t> c(m * ldc, -7);
          product.multiply(m, k, n, a.data(), 8, weights, c.data(), ldc);
          for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < ldc; ++j) {
              std::int32_t sum = j < n ? 0 : -7;
              for (std::size_t l = 0; j < n && l < k; ++l) sum += a[i * k + l] * b[l * 48 + j];
              ASSERT_EQ(c[i * ldc + j], sum) << m << "x" << n << " in rows of " << ldc;
            }
          }
        }
      }
    }
    b[static_cast<std::size_t>(round)] ^= 1;
    weights.changed();
  }
}

}  // namespace
}  // namespace leyden::cim
