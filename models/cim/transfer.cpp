#include "models/cim/transfer.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "models/base/random.h"
#include "models/cim/charge_injection_array.h"
#include "models/cim/sar_array.h"
#include "models/cim/streams.h"

namespace leyden::cim {
namespace {

/// More than the unit elements or comparators of any converter.
constexpr std::uint64_t kElements = 4096;

}  // namespace

TransferCurve::TransferCurve(unsigned bits, const std::vector<double>& thresholds)
    : bits_(bits), thresholds_(thresholds) {
  const double full = std::ldexp(1.0, static_cast<int>(bits));
  double low = 0;
  double high = full;
  for (double& threshold : thresholds_) {
    threshold =
        std::ceil(std::min(std::max(threshold, -full), 2 * full) * kTransferSteps) / kTransferSteps;
    low = std::min(low, threshold);
    high = std::max(high, threshold);
  }
  // From a step below the lowest threshold to that of the highest: the ends are codes 0 and all.
  origin_ = static_cast<std::int32_t>(low * kTransferSteps) - 1;
  const auto end = static_cast<std::int32_t>(high * kTransferSteps);
  first_ = origin_;
  last_ = end;
  codes_.resize(static_cast<std::size_t>(end - origin_) + 1);
  std::size_t code = 0;
  for (std::size_t i = 0; i < codes_.size(); ++i) {
    const double level =
        static_cast<double>(origin_ + static_cast<std::int32_t>(i)) / kTransferSteps;
    while (code < thresholds_.size() && thresholds_[code] <= level) ++code;
    codes_[i] = static_cast<std::uint16_t>(code);
  }
}

double TransferCurve::equivalent(double level) const {
  const unsigned at = code(level);
  const std::size_t last = thresholds_.size();
  // Beyond the ends an LSB is one.
  if (at == 0) return std::min(1.0 + (level - thresholds_.front()), std::nextafter(1.0, 0.0));
  const double from = thresholds_[at - 1];
  if (at == last) return static_cast<double>(at) + (level - from);
  const double part = (level - from) / (thresholds_[at] - from);
  return at + std::min(part, 1.0 - 0x1p-32);
}

double compressed_threshold(unsigned bits, double compression, unsigned code) {
  const double half = std::ldexp(1.0, static_cast<int>(bits) - 1);
  const double from_middle = (code - half) / half;
  return half + half * std::copysign(std::pow(std::abs(from_middle), compression), from_middle);
}

bool has_transfer_curves(const ConvertParameters& convert) {
  return convert.unit_mismatch_percent > 0 || convert.comparator_offset_mv > 0 ||
         convert.compression != 1.0 || convert.metastability_tau_ps > 0;
}

std::vector<double> converter_thresholds(const ConvertParameters& convert, std::uint32_t die,
                                         unsigned instance, unsigned converter, double lsb_v) {
  const auto stream = [&](std::uint32_t purpose) {
    return base::RandomStream({die, 0, 0, 0, stream_purpose(purpose, instance)});
  };
  const std::uint64_t first = converter * kElements;
  const double unit_sigma = convert.unit_mismatch_percent * 1e-2;
  std::vector<double> thresholds;
  switch (convert.kind) {
    case ConvertKind::kSar: {
      SarArray array;
      array.bits = convert.bits;
      std::vector<double> normal;
      const base::RandomStream units = stream(kUnitMismatchStream);
      for (unsigned i = 0; i <= convert.bits; ++i) normal.push_back(units.gaussian(first + i));
      array.set_mismatch(unit_sigma, normal.data());
      sar_thresholds(array, thresholds);
      break;
    }
    case ConvertKind::kChargeInjectionSar: {
      ChargeInjectionArray array;
      array.bits = convert.bits;
      const base::RandomStream units = stream(kUnitMismatchStream);
      for (unsigned i = 0; i < ChargeInjectionArray::cells(convert.bits); ++i) {
        // A cell cannot add charge, however large a mismatch is asked for.
        array.deviation.push_back(std::max(unit_sigma * units.gaussian(first + i), -1.0));
      }
      charge_injection_thresholds(array, thresholds);
      break;
    }
    case ConvertKind::kFlash: {
      const base::RandomStream comparators = stream(kComparatorStream);
      const double sigma = convert.comparator_offset_mv * 1e-3 / lsb_v;
      for (unsigned code = 1; code < 1u << convert.bits; ++code) {
        thresholds.push_back(code + sigma * comparators.gaussian(first + code));
      }
      break;
    }
  }
  if (convert.compression != 1.0) {
    for (unsigned code = 1; code <= thresholds.size(); ++code) {
      thresholds[code - 1] += compressed_threshold(convert.bits, convert.compression, code) - code;
    }
  }
  return thresholds;
}

TransferCurves::TransferCurves(const MacroParameters& macro, const Die& die, unsigned instance,
                               unsigned out_bits, double lsb_v)
    : die_(die.seed()), repairs_(die.repairs()), out_bits_(out_bits), lsb_v_(lsb_v) {
  const unsigned ratio = 1u << (macro.convert.bits - out_bits);
  std::map<unsigned, std::size_t> curve_of_converter;
  std::vector<double> used((std::size_t{1} << out_bits) - 1);
  // Dummy columns lie behind the others.
  for (unsigned column = 0; column < macro.columns + macro.dummy_columns(); ++column) {
    const unsigned converter = die.converter(column);
    const auto [place, fresh] = curve_of_converter.emplace(converter, curves_.size());
    curve_of_.push_back(place->second);
    if (!fresh) continue;
    const std::vector<double> all =
        converter_thresholds(macro.convert, die.seed(), instance, converter, lsb_v);
    for (std::size_t code = 1; code <= used.size(); ++code) {
      used[code - 1] = all[code * ratio - 1] / ratio;
    }
    // Comparators in another order than their references: the code counts them.
    std::sort(used.begin(), used.end());
    curves_.emplace_back(out_bits, used);
  }
}

}  // namespace leyden::cim
