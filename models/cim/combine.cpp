#include "models/cim/combine.h"

#include <cmath>

namespace leyden::cim {
namespace {

double column_power(unsigned weight_bits) {
  return (1.0 - std::ldexp(1.0, -2 * static_cast<int>(weight_bits))) / 3.0;
}

}  // namespace

std::vector<base::ParameterSpec> CombineParameters::specs() {
  return {
      {"combine.kind",
       "",
       0,
       0,
       false,
       {"charge_sharing"},
       "How input bits and weight columns are combined"},
      {"combine.switch_capacitance_ff",
       "fF",
       0,
       1000,
       false,
       {},
       "Gate capacitance switched per column and step"},
  };
}

CombineParameters CombineParameters::read(const base::ParameterSet& set, const std::string& scope) {
  CombineParameters combine;
  combine.switch_capacitance_ff = set.real(scope + ".combine.switch_capacitance_ff");
  return combine;
}

double line_noise_factor(unsigned input_bits, unsigned weight_bits) {
  const double bits = (1.0 - std::ldexp(1.0, -2 * static_cast<int>(input_bits))) / 3.0;
  return bits * column_power(weight_bits);
}

double accumulation_noise_factor(unsigned input_bits, unsigned weight_bits) {
  // sum_k 1/2 * 4^-(bx-1-k)
  const double bits = 0.5 * (1.0 - std::ldexp(1.0, -2 * static_cast<int>(input_bits))) * 4.0 / 3.0;
  return bits * column_power(weight_bits);
}

double pedestal_factor(unsigned input_bits, unsigned weight_bits) {
  const double bits = 1.0 - std::ldexp(1.0, -static_cast<int>(input_bits));
  double columns = 0;
  for (unsigned c = 0; c < weight_bits; ++c) {
    columns += column_sign(c, weight_bits) *
               std::ldexp(1.0, static_cast<int>(c) - static_cast<int>(weight_bits));
  }
  return bits * columns;
}

}  // namespace leyden::cim
