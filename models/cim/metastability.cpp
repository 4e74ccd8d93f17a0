#include "models/cim/metastability.h"

#include <cmath>

namespace leyden::cim {
namespace {

constexpr std::uint64_t kComparisons = 4096;  ///< most of one conversion

}  // namespace

Metastability::Metastability(const ConvertParameters& convert, double swing_v, double lsb_v)
    : kind_(convert.kind) {
  if (convert.metastability_tau_ps <= 0) return;
  window_lsb_ =
      swing_v * std::exp(-convert.decision_time_ps / convert.metastability_tau_ps) / lsb_v;
}

bool Metastability::near_threshold(const TransferCurve& curve, double level, unsigned code) const {
  // Thresholds rise, so the two about the level are the nearest.
  if (code > 0 && level - curve.threshold(code) < window_lsb_) return true;
  return code + 1 < (1u << curve.bits()) && curve.threshold(code + 1) - level < window_lsb_;
}

unsigned Metastability::code(const TransferCurve& curve, double level,
                             const base::RandomStream& coins, std::uint64_t conversion) const {
  const unsigned resolved = curve.code(level);
  if (!near_threshold(curve, level, resolved)) return resolved;
  const auto decide = [&](unsigned tried, std::uint64_t comparison) {
    const double difference = level - curve.threshold(tried);
    if (std::abs(difference) >= window_lsb_) return difference >= 0;
    return coins.uniform(conversion * kComparisons + comparison) >= 0.5;
  };
  unsigned code = 0;
  if (kind_ == ConvertKind::kFlash) {
    for (unsigned tried = 1; tried < 1u << curve.bits(); ++tried) {
      if (decide(tried, tried)) ++code;
    }
    return code;
  }
  for (unsigned bit = curve.bits(); bit-- > 0;) {
    if (decide(code | 1u << bit, bit)) code |= 1u << bit;
  }
  return code;
}

}  // namespace leyden::cim
