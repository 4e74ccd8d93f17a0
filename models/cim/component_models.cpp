#include "models/cim/component_models.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::cim {
namespace {

using base::UsageError;

constexpr std::array<std::string_view, 4> kAdcWords = {"neurosim", "zigzag", "accelergy",
                                                       "measured"};

/// Power of NeuroSim's SAR in uW is slope b + offset, and the column's term in W is
/// column exp(-exponent log10 R). column 0: the coefficients of the term are not known.
struct NeuroSimPower {
  double node_nm;
  double slope_uw;
  double offset_uw;
  double column_w;
  double column_exponent;
};
constexpr std::array<NeuroSimPower, 6> kNeuroSimLowPower = {{{65, 3.7506, 25.844, 0.121272, 2.303},
                                                             {45, 2.1691, 16.693, 0, 0},
                                                             {32, 1.1294, 8.8998, 0, 0},
                                                             {22, 0.538, 4.3753, 0.072341, 2.303},
                                                             {14, 0.3132, 2.5681, 0, 0},
                                                             {7, 0.1061, 0.8847, 0, 0}}};
constexpr std::array<NeuroSimPower, 2> kNeuroSimHighPerformance = {
    {{65, 2.9503, 22.047, 0, 0}, {22, 0.7213, 3.3041, 0.084273, 2.311}}};

std::string short_number(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

template <typename Table>
const NeuroSimPower& neurosim_row(const Table& table, double node_nm) {
  std::string known;
  for (const NeuroSimPower& row : table) {
    if (row.node_nm == node_nm) return row;
    known += (known.empty() ? "" : ", ") + short_number(row.node_nm);
  }
  throw UsageError("NeuroSim has no coefficients of a SAR converter at " + short_number(node_nm) +
                   " nm; it has them at " + known + " nm.");
}

void check_bits(const AdcPoint& point, unsigned least, unsigned most, const char* model) {
  if (point.bits >= least && point.bits <= most) return;
  throw UsageError("A converter of " + std::to_string(point.bits) + " bits is outside " + model +
                   ", which covers " + std::to_string(least) + " to " + std::to_string(most) +
                   " bits.");
}

void check_positive(double value, const char* what) {
  if (value > 0 && std::isfinite(value)) return;
  throw UsageError(std::string("A converter's ") + what + " must be above 0, not " +
                   short_number(value) + ".");
}

double neurosim_energy_pj(const AdcPoint& point) {
  check_bits(point, 1, 16, "NeuroSim's SAR");
  const NeuroSimPower& row = point.high_performance
                                 ? neurosim_row(kNeuroSimHighPerformance, point.node_nm)
                                 : neurosim_row(kNeuroSimLowPower, point.node_nm);
  double power_uw = row.slope_uw * point.bits + row.offset_uw;
  if (point.column_ohm > 0) {
    if (row.column_w == 0) {
      throw UsageError("The term of NeuroSim's SAR for the column's resistance is known at 22 nm " +
                       std::string("and, LSTP, at 65 nm, not at ") + short_number(row.node_nm) +
                       " nm.");
    }
    power_uw += 1e6 * row.column_w * std::exp(-row.column_exponent * std::log10(point.column_ohm));
  }
  const double temperature = 1 + 1.3e-3 * (point.temperature_k - 300);
  return 1e-3 * power_uw * (point.bits + 1) * temperature;
}

double zigzag_energy_pj(double bits, double supply_v) {
  return 1e-3 * (100 * bits + 0.001 * std::pow(4, bits)) * supply_v * supply_v;
}

double accelergy_energy_pj(const AdcPoint& point) {
  check_bits(point, 4, 14, "the regression");
  check_positive(point.node_nm, "node");
  check_positive(point.conversions_per_s, "rate");
  const double enob = point.bits;
  const double merit_db = std::min(213.78 - 2.872 * std::log(point.conversions_per_s),
                                   128.31 + 3.2205 * std::ceil(enob));
  const double sndr_db = 6.02 * enob + 1.76;
  return std::exp(26.05 + 1.880 * std::log(point.node_nm) - 2.829 * std::log(enob) - 1.470) /
         (2 * std::pow(10, (merit_db - sndr_db) / 10));
}

/// Moves a measured converter as ZigZag's equation moves with bits and supply; the node is its own.
double measured_energy_pj(const AdcPoint& point) {
  check_bits(point, 1, 16, "a measured converter");
  check_positive(point.measured_pj, "measured energy");
  check_positive(point.measured_supply_v, "measured supply");
  return point.measured_pj * zigzag_energy_pj(point.bits, point.supply_v) /
         zigzag_energy_pj(point.measured_bits, point.measured_supply_v);
}

}  // namespace

std::string_view to_string(AdcModel model) { return kAdcWords.at(static_cast<std::size_t>(model)); }

AdcModel parse_adc_model(std::string_view word) {
  for (std::size_t i = 0; i < kAdcWords.size(); ++i) {
    if (kAdcWords[i] == word) return static_cast<AdcModel>(i);
  }
  const std::string near = base::nearest_word(word, {kAdcWords.begin(), kAdcWords.end()});
  throw UsageError("A model of converters is neurosim, zigzag, accelergy or measured, not '" +
                   std::string(word) + "'" +
                   (near.empty() ? "." : "; did you mean '" + near + "'?"));
}

double adc_energy_pj(AdcModel model, const AdcPoint& point) {
  check_positive(point.supply_v, "supply");
  switch (model) {
    case AdcModel::kNeuroSim:
      return neurosim_energy_pj(point);
    case AdcModel::kZigZag:
      check_bits(point, 1, 16, "ZigZag's equation");
      return zigzag_energy_pj(point.bits, point.supply_v);
    case AdcModel::kAccelergy:
      return accelergy_energy_pj(point);
    case AdcModel::kMeasured:
      return measured_energy_pj(point);
  }
  throw base::ModelError("A model of converters has no energy.");
}

double adc_time_ns(AdcModel model, const AdcPoint& point) {
  switch (model) {
    case AdcModel::kNeuroSim:
      return point.bits + 1;
    case AdcModel::kZigZag:
      return point.bits * (0.00653 * point.rows + 0.640);
    default:
      check_positive(point.conversions_per_s, "rate");
      return 1e9 / point.conversions_per_s;
  }
}

double adc_area_um2(AdcModel model, const AdcPoint& point) {
  if (model == AdcModel::kZigZag) {
    check_bits(point, 1, 16, "ZigZag's equation");
    return std::pow(10, -0.0369 * point.bits + 1.206) * std::pow(2, point.bits);
  }
  if (model == AdcModel::kAccelergy) {
    return std::exp(0.9933 * std::log(point.node_nm) + 0.1807 * std::log(point.conversions_per_s) +
                    0.2991 * std::log(accelergy_energy_pj(point)) + 1.346);
  }
  throw UsageError("The model " + std::string(to_string(model)) +
                   " of converters tells no area in um2; zigzag and accelergy do.");
}

SarTransistors neurosim_sar_transistors(unsigned bits) {
  if (bits < 1 || bits > 16) {
    throw UsageError("A SAR converter has 1 to 16 bits, not " + std::to_string(bits) + ".");
  }
  return {269 + 109 * (bits - 1), 209 + 73 * (bits - 1)};
}

double dac_energy_fj(unsigned bits, double supply_v) { return 50.0 * bits * supply_v * supply_v; }

double horowitz_sram_pj(double kilobytes) {
  if (!(kilobytes > 0)) throw UsageError("An SRAM's capacity in KB must be above 0.");
  return 10 * std::sqrt(kilobytes / 8);
}

SramAccess zigzag_sram(double kilobytes) {
  // The source lists them at 0.8 V and scales by (0.9 / 0.8)^2 = 81/64; these are the scaled ones.
  if (kilobytes == 1) return {0.40, 0.86, 0.0019};
  if (kilobytes == 2) return {0.56, 0.61, 0.0040};
  throw UsageError("ZigZag-IMC embeds SRAM figures of 1 KB and 2 KB, not of " +
                   short_number(kilobytes) + " KB.");
}

double dram_pj_per_bit(DramModel model) {
  return model == DramModel::kZigZag ? 700.0 / 64 : 640.0 / 32;
}

double horowitz_operation_pj(DigitalOperation operation) {
  constexpr std::array<double, 4> kEnergies = {0.03, 0.1, 0.2, 3.1};
  return kEnergies.at(static_cast<std::size_t>(operation));
}

double aladdin_operation_pj(DigitalOperation operation) {
  if (operation == DigitalOperation::kAdd32) return 0.21;
  if (operation == DigitalOperation::kMultiply32) return 12.68;
  throw UsageError("Aladdin's table has 32-bit operations, not 8-bit ones.");
}

double zigzag_full_adder_fj(double supply_v) {
  constexpr double kNand2Ff = 0.7;
  return (3 * kNand2Ff + 2 * 1.5 * kNand2Ff) * supply_v * supply_v;
}

}  // namespace leyden::cim
