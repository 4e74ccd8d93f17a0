#include "models/cim/product.h"

#include <omp.h>

#include <algorithm>
#include <string>

#include <oneapi/dnnl/dnnl.hpp>

#include "models/base/error.h"

namespace leyden::cim {
namespace {

using dnnl::memory;

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

[[noreturn]] void refuse(std::size_t m, std::size_t k, std::size_t n, int status) {
  throw base::ModelError("oneDNN refused an integer product of " + std::to_string(m) + "x" +
                         std::to_string(k) + "x" + std::to_string(n) + " with status " +
                         std::to_string(status));
}

void gemm(std::size_t m, std::size_t n, std::size_t k, const std::uint8_t* a, const std::int8_t* b,
          std::size_t ldb, std::int32_t* c, std::size_t ldc) {
  const std::int32_t no_offset = 0;
  const dnnl_status_t status = dnnl_gemm_u8s8s32(
      'N', 'N', 'F', static_cast<dnnl_dim_t>(m), static_cast<dnnl_dim_t>(n),
      static_cast<dnnl_dim_t>(k), 1.0f, a, static_cast<dnnl_dim_t>(k), 0, b,
      static_cast<dnnl_dim_t>(ldb), 0, 0.0f, c, static_cast<dnnl_dim_t>(ldc), &no_offset);
  if (status != dnnl_success) refuse(m, k, n, status);
}

memory::desc matrix(std::size_t rows, std::size_t columns, memory::data_type type,
                    std::size_t stride) {
  return {{static_cast<dnnl_dim_t>(rows), static_cast<dnnl_dim_t>(columns)},
          type,
          memory::dims{static_cast<dnnl_dim_t>(stride), 1}};
}

}  // namespace

struct PackedWeights::Pack {
  dnnl::engine engine;  // lives as long as the memory
  memory weights;
};

PackedWeights::PackedWeights(const std::int8_t* weights, std::size_t stride)
    : weights_(weights), stride_(stride) {}
PackedWeights::~PackedWeights() = default;
PackedWeights::PackedWeights(PackedWeights&&) noexcept = default;
PackedWeights& PackedWeights::operator=(PackedWeights&&) noexcept = default;

void PackedWeights::changed() { packs_.clear(); }

struct IntegerProduct::Library {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};

struct IntegerProduct::Primitive {
  memory::desc weights;  // the layout it likes best
  memory source;
  memory sums;
  dnnl::matmul matmul;
};

IntegerProduct::IntegerProduct() : splits_(!exact_pairs()), library_(std::make_unique<Library>()) {
  // A worker is one thread: chips run side by side, not products.
  omp_set_num_threads(1);
}

IntegerProduct::~IntegerProduct() = default;

void IntegerProduct::multiply(std::size_t m_count, std::size_t k_count, std::size_t n_count,
                              const std::uint8_t* a, unsigned a_bits, PackedWeights& b,
                              std::int32_t* c, std::size_t ldc) {
  const Shape shape = {m_count, k_count, n_count, ldc};
  if (!splits_) {
    multiply_packed(shape, a, b, c);
  } else if (a_bits < 8) {
    gemm(m_count, n_count, k_count, a, b.weights_, b.stride_, c, ldc);
  } else {
    multiply_split(shape, a, b, c);
  }
}

IntegerProduct::Primitive& IntegerProduct::primitive(const Shape& shape) {
  constexpr std::size_t kMost = 256;
  const auto known = primitives_.find(shape);
  if (known != primitives_.end()) return *known->second;
  if (primitives_.size() >= kMost) primitives_.clear();
  const auto [m, k, n, ldc] = shape;
  const auto source = matrix(m, k, memory::data_type::u8, k);
  const auto sums = matrix(m, n, memory::data_type::s32, ldc);
  const memory::desc weights({static_cast<dnnl_dim_t>(k), static_cast<dnnl_dim_t>(n)},
                             memory::data_type::s8, memory::format_tag::any);
  const dnnl::engine& engine = library_->engine;
  const dnnl::matmul::primitive_desc description({source, weights, sums}, engine);
  auto made = std::make_unique<Primitive>(
      Primitive{description.weights_desc(), memory(source, engine, DNNL_MEMORY_NONE),
                memory(sums, engine, DNNL_MEMORY_NONE), dnnl::matmul(description)});
  return *primitives_.emplace(shape, std::move(made)).first->second;
}

void IntegerProduct::multiply_packed(const Shape& shape, const std::uint8_t* a, PackedWeights& b,
                                     std::int32_t* c) {
  const auto [m, k, n, ldc] = shape;
  try {
    Primitive& primitive = this->primitive(shape);
    // 1. The weights in its layout: those of another M or job are found again.
    auto pack = std::find_if(b.packs_.begin(), b.packs_.end(), [&](const auto& p) {
      return p.weights.get_desc() == primitive.weights;
    });
    if (pack == b.packs_.end()) {
      memory packed(primitive.weights, library_->engine);
      memory plain(matrix(k, n, memory::data_type::s8, b.stride_), library_->engine,
                   const_cast<std::int8_t*>(b.weights_));  // NOLINT: only read
      dnnl::reorder(plain, packed).execute(library_->stream, plain, packed);
      b.packs_.push_back({library_->engine, packed});
      pack = b.packs_.end() - 1;
    }
    // 2. The product; the C interface needs no table of arguments.
    primitive.source.set_data_handle(const_cast<std::uint8_t*>(a));  // NOLINT: only read
    primitive.sums.set_data_handle(c);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, primitive.source.get()},
                                         {DNNL_ARG_WEIGHTS, pack->weights.get()},
                                         {DNNL_ARG_DST, primitive.sums.get()}};
    const dnnl_status_t status =
        dnnl_primitive_execute(primitive.matmul.get(), library_->stream.get(), 3, arguments);
    if (status != dnnl_success) refuse(m, k, n, status);
  } catch (const dnnl::error& error) {
    refuse(m, k, n, error.status);
  }
}

void IntegerProduct::multiply_split(const Shape& shape, const std::uint8_t* a,
                                    const PackedWeights& b, std::int32_t* c) {
  const auto [m_count, k_count, n_count, ldc] = shape;
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
  gemm(m_count, n_count, k_count, low_.data(), b.weights_, b.stride_, c, ldc);
  gemm(m_count, n_count, k_count, high_.data(), b.weights_, b.stride_, high_sum_.data(), n_count);
  for (std::size_t m = 0; m < m_count; ++m) {
    for (std::size_t n = 0; n < n_count; ++n) {
      c[m * ldc + n] += 128 * high_sum_[m * n_count + n];
    }
  }
}

}  // namespace leyden::cim
