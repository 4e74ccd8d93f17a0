#include "models/cim/product.h"

#include <omp.h>

#include <string>

#include <oneapi/dnnl/dnnl.h>

#include "models/base/error.h"

namespace leyden::cim {
namespace {

/// Whether u8 x s8 products of the present instruction set are summed in int32 (vpdpbusd, AMX)
/// instead of saturating pairs (vpmaddubsw). Only what is known to be exact is listed.
bool exact_pairs() {
  switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_avx512_core_vnni:
    case dnnl_cpu_isa_avx512_core_bf16:
    case dnnl_cpu_isa_avx512_core_amx:
      return true;
    default:
      return false;
  }
}

void gemm(std::size_t m, std::size_t n, std::size_t k, const std::uint8_t* a, const std::int8_t* b,
          std::size_t ldb, std::int32_t* c, std::size_t ldc) {
  const std::int32_t no_offset = 0;
  const dnnl_status_t status = dnnl_gemm_u8s8s32(
      'N', 'N', 'F', static_cast<dnnl_dim_t>(m), static_cast<dnnl_dim_t>(n),
      static_cast<dnnl_dim_t>(k), 1.0f, a, static_cast<dnnl_dim_t>(k), 0, b,
      static_cast<dnnl_dim_t>(ldb), 0, 0.0f, c, static_cast<dnnl_dim_t>(ldc), &no_offset);
  if (status != dnnl_success) {
    throw base::ModelError("oneDNN refused an integer product of " + std::to_string(m) + "x" +
                           std::to_string(k) + "x" + std::to_string(n) + " with status " +
                           std::to_string(status));
  }
}

}  // namespace

IntegerProduct::IntegerProduct() : splits_(!exact_pairs()) {
  // A worker is one thread: chips run side by side, not products.
  omp_set_num_threads(1);
}

void IntegerProduct::multiply(std::size_t m_count, std::size_t k_count, std::size_t n_count,
                              const std::uint8_t* a, unsigned a_bits, const std::int8_t* b,
                              std::size_t ldb, std::int32_t* c, std::size_t ldc) {
  if (!splits_ || a_bits < 8) {
    gemm(m_count, n_count, k_count, a, b, ldb, c, ldc);
    return;
  }
  const std::size_t codes = m_count * k_count;
  if (low_.size() < codes) {
    low_.resize(codes);
    high_.resize(codes);
  }
  if (high_sum_.size() < m_count * n_count) high_sum_.resize(m_count * n_count);
  for (std::size_t i = 0; i < codes; ++i) {
    low_[i] = a[i] & 0x7f;
    high_[i] = a[i] >> 7;
  }
  gemm(m_count, n_count, k_count, low_.data(), b, ldb, c, ldc);
  gemm(m_count, n_count, k_count, high_.data(), b, ldb, high_sum_.data(), n_count);
  for (std::size_t m = 0; m < m_count; ++m) {
    for (std::size_t n = 0; n < n_count; ++n) {
      c[m * ldc + n] += 128 * high_sum_[m * n_count + n];
    }
  }
}

}  // namespace leyden::cim
