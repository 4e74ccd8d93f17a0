#include "models/cim/technology.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "models/base/error.h"

namespace leyden::cim {
namespace {

struct Quadratic {
  double node_nm;
  double square;
  double linear;
  double constant;

  double at(double supply_v) const {
    return square * supply_v * supply_v + linear * supply_v + constant;
  }
};
constexpr std::array<Quadratic, 10> kLogicEnergy = {{{130, 7.171, -6.709, 2.904},
                                                     {90, 4.762, -4.781, 2.092},
                                                     {65, 3.755, -4.398, 1.975},
                                                     {45, 1.103, -0.362, 0.2767},
                                                     {32, 0.9559, -0.7823, 0.471},
                                                     {20, 0.373, -0.1582, 0.04104},
                                                     {16, 0.2958, -0.1241, 0.03024},
                                                     {14, 0.2363, -0.09675, 0.02239},
                                                     {10, 0.2068, -0.09311, 0.02375},
                                                     {7, 0.1776, -0.09097, 0.02447}}};
constexpr double kAreaExponent = 1.66;

std::string short_number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

void check(bool good, const std::string& sentence) {
  if (!good) throw base::UsageError(sentence);
}

}  // namespace

double logic_energy(double node_nm, double supply_v) {
  check(node_nm >= kLogicEnergy.back().node_nm && node_nm <= kLogicEnergy.front().node_nm,
        "The energy of logic is known from 7 to 130 nm, not at " + short_number(node_nm) + " nm.");
  check(supply_v > 0, "A supply must be above 0 V.");
  std::size_t upper = 0;
  while (upper + 2 < kLogicEnergy.size() && kLogicEnergy[upper + 1].node_nm > node_nm) ++upper;
  const Quadratic& high = kLogicEnergy[upper];
  const Quadratic& low = kLogicEnergy[upper + 1];
  const double part = (node_nm - low.node_nm) / (high.node_nm - low.node_nm);
  return low.at(supply_v) + part * (high.at(supply_v) - low.at(supply_v));
}

double logic_energy_factor(double from_nm, double from_v, double to_nm, double to_v) {
  return logic_energy(to_nm, to_v) / logic_energy(from_nm, from_v);
}

double logic_area_factor(double from_nm, double to_nm) {
  check(from_nm > 0 && to_nm > 0, "A node must be above 0 nm.");
  return std::pow(to_nm / from_nm, kAreaExponent);
}

double supply_energy_factor(double supply_v, double nominal_v, double exponent) {
  check(supply_v > 0 && nominal_v > 0, "A supply must be above 0 V.");
  return std::pow(supply_v / nominal_v, exponent);
}

double supply_delay_factor(double supply_v, double nominal_v, double threshold_v, double alpha) {
  check(supply_v > threshold_v && nominal_v > threshold_v,
        "A circuit works above its threshold of " + short_number(threshold_v) + " V only, not at " +
            short_number(supply_v > threshold_v ? nominal_v : supply_v) + " V.");
  const auto delay = [=](double v) { return v / std::pow(v - threshold_v, alpha); };
  return delay(supply_v) / delay(nominal_v);
}

}  // namespace leyden::cim
