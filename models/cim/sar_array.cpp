#include "models/cim/sar_array.h"

#include <algorithm>
#include <cmath>

namespace leyden::cim {
namespace {

/// Least capacitor over its nominal value: an array of nothing would have no levels.
constexpr double kLeast = 1e-3;

double nominal(unsigned bit) { return std::ldexp(1.0, static_cast<int>(bit)); }

}  // namespace

double SarArray::weight_sigma(double unit_sigma, unsigned bit) {
  return unit_sigma * std::sqrt(nominal(bit));
}

double SarArray::threshold_sigma(double unit_sigma, unsigned bits, unsigned code) {
  const double all = nominal(bits);
  return unit_sigma * std::sqrt(code * (all - code) / all);
}

void SarArray::set_mismatch(double unit_sigma, const double* normal) {
  for (unsigned k = 0; k < bits; ++k) {
    deviation[k] = std::max(weight_sigma(unit_sigma, k) * normal[k], (kLeast - 1.0) * nominal(k));
  }
  terminator_deviation = std::max(unit_sigma * normal[bits], kLeast - 1.0);
}

std::array<double, kMaxSarBits> SarArray::weights() const {
  std::array<double, kMaxSarBits> weight{};
  double total = 1.0 + terminator_deviation;
  for (unsigned k = 0; k < bits; ++k) {
    weight[k] = nominal(k) + deviation[k];
    total += weight[k];
  }
  if (sampling == SarSampling::kTopPlate) total += parasitic;
  for (unsigned k = 0; k < bits; ++k) weight[k] *= nominal(bits) / total;
  return weight;
}

// All three functions below add weights from the MSB down, so that they agree to the last bit.

double sar_trial_level(const SarArray& array, unsigned code) {
  const std::array<double, kMaxSarBits> weight = array.weights();
  double level = 0;
  for (unsigned k = array.bits; k-- > 0;) {
    if ((code >> k) & 1u) level += weight[k];
  }
  return level;
}

unsigned sar_convert(const SarArray& array, double level) {
  const std::array<double, kMaxSarBits> weight = array.weights();
  unsigned code = 0;
  double decided = 0;
  for (unsigned k = array.bits; k-- > 0;) {
    const double trial = decided + weight[k];
    if (level >= trial) {
      decided = trial;
      code |= 1u << k;
    }
  }
  return code;
}

void sar_thresholds(const SarArray& array, std::vector<double>& thresholds) {
  const std::array<double, kMaxSarBits> weight = array.weights();
  const unsigned codes = 1u << array.bits;
  thresholds.assign(codes - 1, 0);
  // The search is a tree of trials. What reaches a trial lies between the nearest decided trials
  // below and above it, and a trial outside of them decides nothing new: it acts at the bound.
  for (unsigned code = 1; code < codes; ++code) {
    double low = -HUGE_VAL;
    double high = HUGE_VAL;
    double decided = 0;
    double trial = 0;
    for (unsigned k = array.bits; k-- > 0;) {
      trial = decided + weight[k];
      const unsigned tried = ((code >> k) | 1u) << k;
      if (tried == code) break;  // the lowest set bit of `code` is the one on trial
      if (tried < code) {
        low = std::max(low, std::min(trial, high));
        decided = trial;
      } else {
        high = std::min(high, std::max(trial, low));
      }
    }
    thresholds[code - 1] = std::min(std::max(trial, low), high);
  }
}

}  // namespace leyden::cim
