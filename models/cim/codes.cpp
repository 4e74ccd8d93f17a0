#include "models/cim/codes.h"

#include <algorithm>
#include <type_traits>

// Highway compiles what follows once per instruction set and picks at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/cim/codes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace leyden::cim::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, kLanes>;
using Words = hn::Rebind<std::int32_t, Doubles>;
using Floats = hn::Rebind<float, Doubles>;
using Bytes = hn::Rebind<std::uint8_t, Doubles>;

/// Fractions cut off; values that fit 8 bits.
HWY_INLINE hn::Vec<Words> cut(hn::Vec<Doubles> codes) {
#if HWY_TARGET <= HWY_AVX3
  return hn::Vec<Words>{_mm512_cvttpd_epi32(codes.raw)};
#else
  return hn::DemoteTo(Words(), codes);
#endif
}

HWY_INLINE void store(hn::Vec<Words> codes, std::uint8_t* to) {
#if HWY_TARGET <= HWY_AVX3
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm256_cvtepi32_epi8(codes.raw));
#else
  hn::StoreU(hn::DemoteTo(Bytes(), codes), Bytes(), to);
#endif
}
HWY_INLINE void store(hn::Vec<Words> codes, std::int32_t* to) { hn::StoreU(codes, Words(), to); }

/// What all outputs share.
struct Shared {
  explicit Shared(const CodeParameters& codes)
      : denominator(hn::Set(Doubles(), codes.denominator)),
        top(hn::Set(Doubles(), codes.top)),
        partial_offset(hn::Set(Words(), static_cast<std::int32_t>(codes.partial_offset))),
        noise(hn::Set(Doubles(), codes.noise)),
        scale(hn::Set(Doubles(), codes.correction_scale)),
        pedestal(hn::Set(Doubles(), codes.pedestal)),
        half(hn::Set(Doubles(), 0.5 * (codes.top + 1.0))),
        inverse_half(hn::Set(Doubles(), 2.0 / (codes.top + 1.0))) {}

  hn::Vec<Doubles> denominator, top;
  hn::Vec<Words> partial_offset;
  hn::Vec<Doubles> noise, scale, pedestal;
  // Half of 2^b codes: a power of two, so that multiplying by its inverse divides exactly.
  hn::Vec<Doubles> half, inverse_half;
};

// Every step is a separate multiplication or addition in the order of code_level(): IEEE 754 then
// gives the same bits for every vector width. No fused operation may be used here.
// Codes of a vector of outputs from `output` on; their parameters stay in registers.
template <bool kNoise, bool kCorrection, bool kInl, bool kDivide, typename Code>
HWY_INLINE void convert_outputs(const CodeParameters& codes, const Shared& shared,
                                std::size_t output, std::size_t positions, const std::int32_t* sums,
                                std::size_t stride, const float* z, Code* out) {
  const Doubles d;
  const std::size_t size = padded(codes.outputs);
  const auto gain = hn::LoadU(d, codes.gain.data() + output);
  const auto offset = hn::LoadU(d, codes.offset.data() + output);
  const auto slope = hn::LoadU(d, codes.slope.data() + output);
  const auto base = hn::LoadU(d, codes.base.data() + output);
  const auto inl_bow = hn::LoadU(d, codes.inl_bow.data() + output);
  const auto inl_curve = hn::LoadU(d, codes.inl_curve.data() + output);
  const std::size_t draws = codes.outputs;
  for (std::size_t m = 0; m < positions; ++m) {
    const std::int32_t* from = sums + m * stride + output;
    auto value = hn::PromoteTo(d, hn::LoadU(Words(), from));
    if constexpr (kCorrection) {
      const auto correction = hn::PromoteTo(d, hn::LoadU(Words(), from + size));
      value = hn::Add(value, hn::Mul(correction, shared.scale));
    }
    value = hn::Add(value, shared.pedestal);
    value = hn::Add(hn::Mul(value, gain), offset);
    if constexpr (kNoise) {
      const auto draw = hn::PromoteTo(d, hn::LoadU(Floats(), z + m * draws + output));
      value = hn::Add(value, hn::Mul(draw, shared.noise));
    }
    auto level = hn::Add(hn::Mul(value, slope), base);
    if constexpr (kDivide) level = hn::Div(level, shared.denominator);
    if constexpr (kInl) {
      const auto one = hn::Set(d, 1.0);
      auto t = hn::Mul(hn::Sub(level, shared.half), shared.inverse_half);
      t = hn::Min(hn::Max(t, hn::Set(d, -1.0)), one);
      const auto shape = hn::Sub(inl_bow, hn::Mul(inl_curve, t));
      level = hn::Add(level, hn::Mul(hn::Sub(one, hn::Mul(t, t)), shape));
    }
    // Not below 0, so that cutting the fraction off is floor.
    const auto code = cut(hn::Min(hn::Max(level, hn::Zero(d)), shared.top));
    store(sizeof(Code) == 1 ? code : hn::Sub(code, shared.partial_offset), out + m * size + output);
  }
}

template <bool kNoise, bool kCorrection, bool kInl, bool kDivide, typename Code>
void convert_rows(const CodeParameters& codes, std::size_t positions, const std::int32_t* sums,
                  std::size_t stride, const float* z, Code* out) {
  // Few rows at a time: their sums stay in the nearest cache from one vector to the next.
  constexpr std::size_t kRows = 16;
  const std::size_t size = padded(codes.outputs);
  const Shared shared(codes);
  for (std::size_t m = 0; m < positions; m += kRows) {
    const std::size_t rows = std::min(kRows, positions - m);
    const float* draws = kNoise ? z + m * codes.outputs : nullptr;
    for (std::size_t j = 0; j < size; j += hn::Lanes(Doubles())) {
      convert_outputs<kNoise, kCorrection, kInl, kDivide>(codes, shared, j, rows, sums + m * stride,
                                                          stride, draws, out + m * size);
    }
  }
}

template <typename Code>
void convert_any(const CodeParameters& codes, std::size_t positions, const std::int32_t* sums,
                 std::size_t stride, const float* z, Code* out) {
  const bool correction = codes.correction_scale != 0;
  const bool divide = codes.denominator != 1;
  const auto choose = [&](auto noisy, auto corrected) {
    if (codes.has_inl) {
      divide ? convert_rows<noisy, corrected, true, true>(codes, positions, sums, stride, z, out)
             : convert_rows<noisy, corrected, true, false>(codes, positions, sums, stride, z, out);
    } else {
      divide ? convert_rows<noisy, corrected, false, true>(codes, positions, sums, stride, z, out)
             : convert_rows<noisy, corrected, false, false>(codes, positions, sums, stride, z, out);
    }
  };
  if (z != nullptr) {
    correction ? choose(std::true_type{}, std::true_type{})
               : choose(std::true_type{}, std::false_type{});
  } else {
    correction ? choose(std::false_type{}, std::true_type{})
               : choose(std::false_type{}, std::false_type{});
  }
}

void convert_words(const CodeParameters& codes, std::size_t positions, const std::int32_t* sums,
                   std::size_t stride, const float* z, std::int32_t* out) {
  convert_any(codes, positions, sums, stride, z, out);
}
void convert_bytes(const CodeParameters& codes, std::size_t positions, const std::int32_t* sums,
                   std::size_t stride, const float* z, std::uint8_t* out) {
  convert_any(codes, positions, sums, stride, z, out);
}

}  // namespace leyden::cim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace leyden::cim {
HWY_EXPORT(convert_words);
HWY_EXPORT(convert_bytes);

void convert_codes(const CodeParameters& codes, std::size_t positions, const std::int32_t* sums,
                   std::size_t sums_stride, const float* z, std::int32_t* codes_out) {
  HWY_DYNAMIC_DISPATCH(convert_words)(codes, positions, sums, sums_stride, z, codes_out);
}

void convert_codes(const CodeParameters& codes, std::size_t positions, const std::int32_t* sums,
                   std::size_t sums_stride, const float* z, std::uint8_t* codes_out) {
  HWY_DYNAMIC_DISPATCH(convert_bytes)(codes, positions, sums, sums_stride, z, codes_out);
}

}  // namespace leyden::cim
#endif
