#include "models/cim/codes.h"

#include <type_traits>

// Highway compiles what follows once per instruction set and picks at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/cim/codes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace leyden::cim::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Every step is a separate multiplication or addition in the order of code_level(): IEEE 754 then
// gives the same bits for every vector width. No fused operation may be used here.
template <bool kNoise, bool kCorrection, bool kInl, bool kDivide, typename Code>
void convert_rows(const CodeParameters& codes, std::size_t positions, const std::int32_t* sums,
                  std::size_t stride, const float* z, Code* out) {
  const hn::CappedTag<double, kLanes> d;
  const hn::Rebind<std::int32_t, decltype(d)> di;
  const hn::Rebind<float, decltype(d)> df;
  const hn::Rebind<std::uint8_t, decltype(d)> db;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t size = padded(codes.outputs);
  const auto denominator = hn::Set(d, codes.denominator);
  const auto zero = hn::Zero(d);
  const auto one = hn::Set(d, 1.0);
  const auto top = hn::Set(d, codes.top);
  const auto partial_offset = hn::Set(di, static_cast<std::int32_t>(codes.partial_offset));
  const auto noise = hn::Set(d, codes.noise);
  const auto scale = hn::Set(d, codes.correction_scale);
  const auto pedestal = hn::Set(d, codes.pedestal);
  // Half of 2^b codes: a power of two, so that multiplying by its inverse divides exactly.
  const auto half = hn::Set(d, 0.5 * (codes.top + 1.0));
  const auto inverse_half = hn::Set(d, 2.0 / (codes.top + 1.0));
  for (std::size_t m = 0; m < positions; ++m) {
    const std::int32_t* row = sums + m * stride;
    Code* to = out + m * size;
    for (std::size_t j = 0; j < size; j += lanes) {
      auto value = hn::PromoteTo(d, hn::LoadU(di, row + j));
      if constexpr (kCorrection) {
        const auto correction = hn::PromoteTo(d, hn::LoadU(di, row + size + j));
        value = hn::Add(value, hn::Mul(correction, scale));
      }
      value = hn::Add(value, pedestal);
      value = hn::Add(hn::Mul(value, hn::LoadU(d, codes.gain.data() + j)),
                      hn::LoadU(d, codes.offset.data() + j));
      if constexpr (kNoise) {
        const auto draw = hn::PromoteTo(d, hn::LoadU(df, z + m * codes.outputs + j));
        value = hn::Add(value, hn::Mul(draw, noise));
      }
      value = hn::Add(hn::Mul(value, hn::LoadU(d, codes.slope.data() + j)),
                      hn::LoadU(d, codes.base.data() + j));
      auto level = value;
      if constexpr (kDivide) level = hn::Div(value, denominator);
      if constexpr (kInl) {
        auto t = hn::Mul(hn::Sub(level, half), inverse_half);
        t = hn::Min(hn::Max(t, hn::Neg(one)), one);
        const auto slant = hn::Mul(hn::LoadU(d, codes.inl_curve.data() + j), t);
        const auto shape = hn::Sub(hn::LoadU(d, codes.inl_bow.data() + j), slant);
        level = hn::Add(level, hn::Mul(hn::Sub(one, hn::Mul(t, t)), shape));
      }
      // Not below 0, so that cutting the fraction off is floor.
      const auto code = hn::DemoteTo(di, hn::Min(hn::Max(level, zero), top));
      if constexpr (sizeof(Code) == 1) {
        hn::StoreU(hn::DemoteTo(db, code), db, to + j);
      } else {
        hn::StoreU(hn::Sub(code, partial_offset), di, to + j);
      }
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
