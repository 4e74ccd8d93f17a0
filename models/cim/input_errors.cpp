#include "models/cim/input_errors.h"

#include <algorithm>
#include <cmath>

namespace leyden::cim {
namespace {

constexpr int kMostScaleShift = 12;
constexpr int kLeastScaleShift = -8;
constexpr std::int32_t kMost = 127;

double share(const MacroParameters& macro) {
  const double tau = macro.combine.settling_tau_ns;
  const double settled = tau > 0 ? -std::expm1(-macro.dot_product.step_time_ns / tau) : 1.0;
  return 0.5 * settled;
}

}  // namespace

bool accumulates_in_charge(const MacroParameters& macro, unsigned in_bits) {
  return macro.combine.inputs == CombineKind::kChargeSharing && macro.drive.digits(in_bits) > 1;
}

std::vector<double> accumulation_weights(const MacroParameters& macro, unsigned in_bits) {
  const double s = share(macro);
  std::vector<double> weights(in_bits);
  double weight = std::ldexp(s, static_cast<int>(in_bits));
  for (unsigned k = in_bits; k-- > 0;) {
    weights[k] = weight;
    weight *= 1.0 - s;
  }
  return weights;
}

std::vector<double> share_sensitivities(const MacroParameters& macro, unsigned in_bits) {
  const double s = share(macro);
  std::vector<double> sensitivities = accumulation_weights(macro, in_bits);
  for (unsigned k = 0; k < in_bits; ++k) {
    sensitivities[k] *= 1.0 - (in_bits - 1 - k) * s / (1.0 - s);
  }
  return sensitivities;
}

bool InputErrors::needed(const MacroParameters& macro) {
  return macro.drive.inl_lsb > 0 ||
         (macro.combine.settling_tau_ns > 0 && accumulates_in_charge(macro, macro.input_bits));
}

double InputErrors::exact_step_error(unsigned row, unsigned step, unsigned digit) const {
  const double ideal = std::ldexp(digit, static_cast<int>(step * digit_bits_));
  return weights_[step] * (digit + die_->dac_error(row, digit)) - ideal;
}

std::int32_t InputErrors::step_error(unsigned row, unsigned step, unsigned digit) const {
  return static_cast<std::int32_t>(
      std::lround(std::ldexp(exact_step_error(row, step, digit), scale_shift_)));
}

void InputErrors::make(const MacroParameters& macro, const Die& die, unsigned bits) {
  die_ = &die;  // may be another object of the same seed
  if (!table_.empty() && seed_ == die.seed() && bits_ == bits) return;
  seed_ = die.seed();
  bits_ = bits;
  page_rows_ = macro.page_rows();
  if (accumulates_in_charge(macro, bits)) {
    digit_bits_ = macro.drive.bits;
    weights_ = accumulation_weights(macro, bits);
  } else {
    digit_bits_ = bits;
    weights_.assign(1, 1.0);
  }
  const unsigned codes = 1u << bits;
  const unsigned mask = (1u << digit_bits_) - 1;
  row_stride_ = die.has_dac_errors() ? codes : 0;
  const unsigned tables = row_stride_ != 0 ? page_rows_ : 1;
  table_.resize(std::size_t{tables} * codes);
  scale_shift_ = kMostScaleShift;
  for (unsigned row = 0; row < tables;) {
    bool fits = true;
    for (unsigned code = 0; code < codes && fits; ++code) {
      std::int32_t sum = 0;
      for (unsigned step = 0; step < weights_.size(); ++step) {
        const unsigned digit = (code >> (step * digit_bits_)) & mask;
        if (digit != 0) sum += step_error(row, step, digit);
      }
      fits = std::abs(sum) <= kMost || scale_shift_ <= kLeastScaleShift;
      table_[std::size_t{row} * codes + code] =
          static_cast<std::int8_t>(std::clamp(sum, -kMost, kMost));
    }
    if (fits) {
      ++row;
    } else {  // coarser: what was done is done again
      --scale_shift_;
      row = 0;
    }
  }
}

void InputErrors::apply(const std::uint8_t* codes, std::size_t positions, unsigned first,
                        unsigned rows, std::int32_t zero, std::uint8_t* out) const {
  for (std::size_t m = 0; m < positions; ++m) {
    for (unsigned i = 0; i < rows; ++i) {
      const std::size_t element = m * rows + i;
      out[element] = static_cast<std::uint8_t>(error(first + i, codes[element]) + zero);
    }
  }
}

}  // namespace leyden::cim
