#include "models/cim/conversion_pass.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

// Highway compiles what follows once per instruction set and picks at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/cim/conversion_pass.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace leyden::cim::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Every step is a separate operation in the order of conversion_level(); none is fused.
template <bool kAnalog, bool kCorrection, bool kNoise, bool kInl, bool kShares>
void add_rows(const ConversionStep& step, const ConverterErrors& errors,
              const ConversionRows& rows) {
  const hn::CappedTag<double, kLanes> d;
  const hn::Rebind<std::int32_t, decltype(d)> di;
  const hn::Rebind<float, decltype(d)> df;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t size = padded(rows.outputs);
  const auto zero_half = hn::Set(d, step.zero + 0.5);
  const auto zero = hn::Set(d, step.zero);
  const auto least = hn::Zero(d);
  const auto top = hn::Set(d, step.top);
  auto width = hn::Set(d, step.step);
  auto coefficient = hn::Set(d, step.coefficient);
  const auto whole_step = hn::Set(d, step.whole_step);
  const auto significance = hn::Set(d, step.significance);
  const auto pedestal = hn::Set(d, step.pedestal);
  const auto per_volt = hn::Set(d, step.per_volt);
  const auto noise = hn::Set(d, step.noise);
  const auto scale = hn::Set(d, step.correction_scale);
  const auto half = hn::Set(d, 0.5 * (step.top + 1.0));
  const auto inverse_half = hn::Set(d, 2.0 / (step.top + 1.0));
  const auto one = hn::Set(d, 1.0);
  const auto peak = hn::Set(d, 2.598076211353316);
  for (std::size_t m = 0; m < rows.positions; ++m) {
    if (rows.live != nullptr && rows.live[m] == 0) continue;
    const std::int32_t* sums = rows.sums + m * rows.stride;
    double* totals = rows.totals + m * size;
    for (std::size_t j = 0; j < size; j += lanes) {
      auto value = hn::PromoteTo(d, hn::LoadU(di, sums + j));
      if constexpr (kCorrection) {
        const std::int32_t* corrections = rows.corrections + m * rows.stride;
        const auto correction = hn::PromoteTo(d, hn::LoadU(di, corrections + j));
        value = hn::Add(value, hn::Mul(correction, scale));
      }
      if constexpr (kAnalog) {
        value = hn::Add(value, pedestal);
        value = hn::Add(hn::Mul(value, hn::LoadU(d, errors.gain.data() + j)),
                        hn::Mul(hn::LoadU(d, errors.offset_v.data() + j), per_volt));
      }
      if constexpr (kNoise) {
        const auto draw = hn::PromoteTo(d, hn::LoadU(df, rows.z + m * rows.outputs + j));
        value = hn::Add(value, hn::Mul(draw, noise));
      }
      if constexpr (kShares) {
        width = hn::Max(hn::Mul(whole_step, hn::LoadU(d, errors.share.data() + j)), one);
        coefficient = hn::Mul(significance, width);
      }
      auto level = hn::Add(hn::Div(value, width), zero_half);
      if constexpr (kInl) {
        auto t = hn::Mul(hn::Sub(level, half), inverse_half);
        t = hn::Min(hn::Max(t, hn::Neg(one)), one);
        const auto square = hn::Mul(t, t);
        const auto bow = hn::Mul(hn::LoadU(d, errors.inl_bow.data() + j), hn::Sub(one, square));
        const auto curve = hn::Mul(hn::Mul(hn::LoadU(d, errors.inl_curve.data() + j), peak),
                                   hn::Mul(t, hn::Sub(square, one)));
        level = hn::Add(level, hn::Add(bow, curve));
      }
      const auto code = hn::Min(hn::Max(hn::Floor(level), least), top);
      const auto q = hn::Sub(code, zero);
      hn::StoreU(hn::Add(hn::LoadU(d, totals + j), hn::Mul(q, coefficient)), d, totals + j);
    }
  }
}

template <bool kAnalog, bool kCorrection, bool kNoise, bool kInl>
void add_shared(const ConversionStep& step, const ConverterErrors& errors,
                const ConversionRows& rows) {
  if (errors.share.empty()) {
    add_rows<kAnalog, kCorrection, kNoise, kInl, false>(step, errors, rows);
  } else {
    add_rows<kAnalog, kCorrection, kNoise, kInl, true>(step, errors, rows);
  }
}

template <bool kCorrection, bool kNoise>
void add_analog(const ConversionStep& step, const ConverterErrors& errors,
                const ConversionRows& rows) {
  if (step.has_inl) {
    add_shared<true, kCorrection, kNoise, true>(step, errors, rows);
  } else {
    add_shared<true, kCorrection, kNoise, false>(step, errors, rows);
  }
}

void add_any(const ConversionStep& step, const ConverterErrors& errors,
             const ConversionRows& rows) {
  const bool corrected = rows.corrections != nullptr;
  const bool noisy = rows.z != nullptr;
  if (!step.analog) {
    add_shared<false, false, false, false>(step, errors, rows);
  } else if (corrected) {
    noisy ? add_analog<true, true>(step, errors, rows)
          : add_analog<true, false>(step, errors, rows);
  } else {
    noisy ? add_analog<false, true>(step, errors, rows)
          : add_analog<false, false>(step, errors, rows);
  }
}

void scale_any(const CodeParameters& codes, std::size_t positions, const double* totals,
               std::int32_t* out) {
  const hn::CappedTag<double, kLanes> d;
  const hn::Rebind<std::int32_t, decltype(d)> di;
  const std::size_t size = padded(codes.outputs);
  const auto denominator = hn::Set(d, codes.denominator);
  const auto top = hn::Set(d, codes.top);
  const auto partial_offset = hn::Set(d, codes.partial_offset);
  for (std::size_t m = 0; m < positions; ++m) {
    for (std::size_t j = 0; j < size; j += hn::Lanes(d)) {
      auto value = hn::LoadU(d, totals + m * size + j);
      value = hn::Add(hn::Mul(value, hn::LoadU(d, codes.slope.data() + j)),
                      hn::LoadU(d, codes.base.data() + j));
      const auto level = hn::Floor(hn::Div(value, denominator));
      const auto code = hn::Min(hn::Max(level, hn::Zero(d)), top);
      hn::StoreU(hn::DemoteTo(di, hn::Sub(code, partial_offset)), di, out + m * size + j);
    }
  }
}

}  // namespace leyden::cim::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace leyden::cim {
namespace {
HWY_EXPORT(add_any);
HWY_EXPORT(scale_any);
}  // namespace

double ConversionStep::step_of(const ConverterErrors& errors, std::size_t output) const {
  return errors.share.empty() ? step : std::max(whole_step * errors.share[output], 1.0);
}

double ConversionStep::coefficient_of(const ConverterErrors& errors, std::size_t output) const {
  return errors.share.empty() ? coefficient : significance * step_of(errors, output);
}

double conversion_level(const ConversionStep& step, const ConverterErrors& errors,
                        std::size_t output, double sum, double noise) {
  double value = sum;
  if (step.analog) {
    value = (value + step.pedestal) * errors.gain[output] + errors.offset_v[output] * step.per_volt;
    value = value + noise;
  }
  double level = value / step.step_of(errors, output) + (step.zero + 0.5);
  if (step.analog && step.has_inl) {
    const double half = 0.5 * (step.top + 1.0);
    const double t = std::min(std::max((level - half) * (1.0 / half), -1.0), 1.0);
    const double square = t * t;
    const double bow = errors.inl_bow[output] * (1.0 - square);
    const double curve = errors.inl_curve[output] * 2.598076211353316 * (t * (square - 1.0));
    level = level + (bow + curve);
  }
  return level;
}

double conversion_value(const ConversionStep& step, double level) {
  return std::min(std::max(std::floor(level), 0.0), step.top) - step.zero;
}

void add_conversions(const ConversionStep& step, const ConverterErrors& errors,
                     const ConversionRows& rows) {
  HWY_DYNAMIC_DISPATCH(add_any)(step, errors, rows);
}

void scale_totals(const CodeParameters& codes, std::size_t positions, const double* totals,
                  std::int32_t* codes_out) {
  HWY_DYNAMIC_DISPATCH(scale_any)(codes, positions, totals, codes_out);
}

}  // namespace leyden::cim
#endif
