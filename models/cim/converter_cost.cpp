#include "models/cim/converter_cost.h"

#include <algorithm>

#include "models/cim/component_models.h"

namespace leyden::cim {
namespace {

constexpr unsigned kAccelergyLeastBits = 4;
constexpr double kFemtojoulesPerPj = 1e3;

AdcModel component_model(CostModel model) {
  switch (model) {
    case CostModel::kNeuroSim:
      return AdcModel::kNeuroSim;
    case CostModel::kZigZag:
      return AdcModel::kZigZag;
    case CostModel::kAccelergy:
      return AdcModel::kAccelergy;
    case CostModel::kGiven:
    case CostModel::kMeasured:
      break;
  }
  return AdcModel::kMeasured;
}

/// A converter at the supply at which the file's figures hold.
AdcPoint point_of(const MacroParameters& macro, unsigned bits) {
  const ConvertParameters& convert = macro.convert;
  AdcPoint point;
  point.bits = bits;
  point.node_nm = macro.node_nm;
  point.supply_v = macro.energy_supply_v();
  point.rows = macro.rows_at_once();
  point.temperature_k = macro.temperature_k;
  point.measured_pj = convert.measured_energy_pj;
  point.measured_bits = convert.measured_bits;
  point.measured_supply_v = convert.measured_supply_v;
  return point;
}

double reference_time_ns(const MacroParameters& macro, unsigned bits) {
  if (macro.convert.time_model == CostModel::kGiven) return macro.convert.time_ns(bits);
  return adc_time_ns(component_model(macro.convert.time_model), point_of(macro, bits));
}

}  // namespace

double conversion_energy_fj(const MacroParameters& macro, unsigned bits) {
  if (macro.convert.own) {
    return macro.convert.own->energy_pj(bits, macro.supply_v) * kFemtojoulesPerPj;
  }
  const CostModel model = macro.convert.energy_model;
  if (model == CostModel::kGiven) {
    return macro.convert.energy_fj(bits, macro.energy_supply_v());
  }
  if (model == CostModel::kAccelergy) bits = std::max(bits, kAccelergyLeastBits);
  AdcPoint point = point_of(macro, bits);
  point.conversions_per_s = 1e9 / std::max(conversion_time_ns(macro, bits), 1e-3);
  return adc_energy_pj(component_model(model), point) * kFemtojoulesPerPj;
}

double conversion_time_ns(const MacroParameters& macro, unsigned bits) {
  if (macro.convert.own) return macro.convert.own->time_ns(bits, macro.supply_v);
  return reference_time_ns(macro, bits) * macro.delay_factor();
}

double converter_area_um2(const MacroParameters& macro) {
  if (macro.convert.own) return macro.convert.own->area_um2();
  const CostModel model = macro.convert.area_model;
  if (model == CostModel::kGiven) return macro.convert.area_um2;
  const unsigned bits = model == CostModel::kAccelergy
                            ? std::max(macro.convert.bits, kAccelergyLeastBits)
                            : macro.convert.bits;
  AdcPoint point = point_of(macro, bits);
  point.conversions_per_s = 1e9 / std::max(conversion_time_ns(macro, bits), 1e-3);
  return adc_area_um2(component_model(model), point);
}

}  // namespace leyden::cim
