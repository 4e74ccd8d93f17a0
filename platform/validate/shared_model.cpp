#include "platform/validate/shared_model.h"

#include <algorithm>
#include <cmath>

#include "models/cim/component_models.h"
#include "models/cim/technology.h"

namespace leyden::validate {
namespace {

/// Phases, conversions and steps of one matrix-vector product.
struct Sequence {
  double phases = 1;
  double conversions = 0;
  double conversion_bits = 0;  ///< decided in a conversion, both slices together
  double integrations = 0;     ///< ternary pulses: samples taken to weigh the bits
  double steps = 0;            ///< of time, each as long as one decided bit
  double analog_outputs = 0;   ///< values that leave the macro
  double operations = 0;
};

double slice_integrations(unsigned pulses) { return std::pow(2, pulses) - 1; }

Sequence sequence_of(const Structure& macro, const Point& point, const Coefficients& with) {
  Sequence s;
  const unsigned magnitude_bits = std::max(1U, point.input_bits - 1);
  if (macro.drive == Drive::kBitSerial) s.phases = point.input_bits;
  if (macro.drive == Drive::kTernaryPulses) s.phases = magnitude_bits;

  const unsigned cells = macro.cells_per_weight != 0 ? macro.cells_per_weight : point.weight_bits;
  s.operations = 2.0 * macro.rows * macro.columns / cells;
  const bool digital = macro.combine == Combine::kDigital;
  const unsigned per_output = macro.columns_per_output != 0 ? macro.columns_per_output : cells;
  s.conversions = digital ? macro.columns * s.phases : double(macro.columns) / per_output;
  s.analog_outputs = s.conversions;
  s.conversion_bits = point.output_bits;
  // Values that wait for a converter at once, served one after the other.
  const unsigned converters = macro.converters != 0 ? macro.converters : macro.columns;
  const double turns = std::ceil(s.conversions / (digital ? s.phases : 1) / converters);
  const double decided = turns * s.conversion_bits;
  s.steps = digital ? s.phases * (1 + decided) : s.phases + decided;

  if (macro.drive == Drive::kTernaryPulses) {
    s.integrations = slice_integrations(magnitude_bits);
    if (point.two_phase) {
      // The lower half of the input has a conversion of its own, three bits shorter (assumed).
      const unsigned lower = magnitude_bits / 2;
      s.integrations = slice_integrations(lower) + slice_integrations(magnitude_bits - lower);
      s.conversion_bits += std::max(0.0, point.output_bits - 3.0);
    }
    s.steps = turns * (s.conversion_bits + with.integration_time * s.integrations);
  }
  return s;
}

/// ZigZag's converter at 28 nm and its kin: a flash converter has 2^b - 1 comparators for the SAR's
/// b decisions, a converter on the line has no capacitor array and so no term in 4^b.
double conversion_pj(const Structure& macro, const Sequence& s, unsigned bits, double supply_v,
                     const Coefficients& with) {
  const double square = 1e-3 * supply_v * supply_v;
  if (macro.converter == Converter::kLine) {
    double decided = s.conversion_bits;
    if (macro.drive == Drive::kTernaryPulses) decided += with.integration_energy * s.phases;
    return 100 * decided * square;
  }
  cim::AdcPoint point;
  point.bits = bits;
  point.supply_v = supply_v;
  const double sar_pj = cim::adc_energy_pj(cim::AdcModel::kZigZag, point);
  return macro.converter == Converter::kFlash ? sar_pj * (std::pow(2, bits) - 1) / bits : sar_pj;
}

void add_energy(const Structure& macro, const Point& point, const Sequence& s,
                const Coefficients& with, Prediction& p) {
  const double node = macro.node_nm / kReferenceNode;
  const double v = point.supply_v;
  // C V^2 at the nominal supply; around it every energy goes as the chip's own power of V.
  const double supply = cim::supply_energy_factor(v, macro.supply_v, with.supply_exponent - 2);
  const double cells = double(macro.rows) * macro.columns;
  const double array_v = macro.cell == Cell::kRram ? macro.read_v : v;
  const double capacitance_ff = with.cell_capacitance_ff * std::pow(node, kCapacitanceExponent);
  p.array_pj = 1e-3 * with.array_ratio * capacitance_ff * macro.capacitors_per_circuit * cells *
               s.phases * point.activity * array_v * array_v * supply;
  if (macro.cell == Cell::kRram) {
    p.word_line_pj = 1e-3 * with.word_line_capacitance_ff * node * cells * s.phases *
                     macro.word_line_v * macro.word_line_swing_v * supply;
  }
  p.converter_pj = with.converter_ratio * with.converter_energy *
                   std::pow(node, with.converter_energy_exponent) * s.conversions *
                   conversion_pj(macro, s, point.output_bits, v, with) * supply;
  if (macro.drive == Drive::kDac) {
    p.dac_pj =
        with.dac_energy * macro.rows * 1e-3 * cim::dac_energy_fj(point.input_bits, v) * supply;
  }
  if (macro.datapath) {
    p.datapath_pj =
        with.datapath_ratio * with.datapath_energy_pj * s.analog_outputs *
        cim::logic_energy_factor(kReferenceNode, kReferenceSupply, macro.node_nm, macro.supply_v) *
        cim::supply_energy_factor(v, macro.supply_v, 2) * supply;
  }
}

double step_ns(const Structure& macro, double supply_v, const Coefficients& with) {
  cim::AdcPoint bit;
  bit.bits = 1;
  bit.rows = macro.rows;
  // The law's own value at 0.9 V for this threshold, over that for the usual one.
  const double slower = std::pow(
      (kReferenceSupply - kThresholdV) / (kReferenceSupply - with.threshold_v), kDelayExponent);
  return with.time_ratio * with.step_time * cim::adc_time_ns(cim::AdcModel::kZigZag, bit) *
         std::pow(macro.node_nm / kReferenceNode, kTimeExponent) * slower *
         cim::supply_delay_factor(supply_v, kReferenceSupply, with.threshold_v, kDelayExponent);
}

void add_area(const Structure& macro, const Coefficients& with, Prediction& p) {
  const double logic = cim::logic_area_factor(kReferenceNode, macro.node_nm);
  const double circuits = double(macro.rows) * macro.columns;
  const double cells = circuits * macro.cells_per_circuit;
  if (macro.cell == Cell::kRram) {
    p.cells_um2 = cells * with.rram_cell_area_f2 * 1e-6 * macro.node_nm * macro.node_nm;
  } else {
    p.cells_um2 =
        with.cell_area_ratio * with.cell_area_um2 * cells * logic * macro.transistors_per_cell / 6;
  }
  if (macro.cells_per_circuit > 1) {
    p.circuits_um2 = circuits * macro.capacitors_per_circuit * with.capacitor_area_um2;
  }
  p.lines_um2 = (double(macro.rows) + macro.columns) * with.line_area_um2 * logic;
  p.converters = macro.converters != 0 ? macro.converters : macro.columns;
  cim::AdcPoint converter;
  converter.bits = macro.output_bits;
  double kind = 1;
  if (macro.converter == Converter::kLine) kind = with.line_converter_area;
  if (macro.converter == Converter::kFlash) kind = with.flash_area;
  p.converters_um2 = p.converters * with.converter_area * kind *
                     std::pow(macro.node_nm / kReferenceNode, with.converter_area_exponent) *
                     cim::adc_area_um2(cim::AdcModel::kZigZag, converter);
  if (macro.drive == Drive::kDac) {
    p.dacs_um2 = macro.rows * std::pow(2, macro.input_bits) * with.dac_area_um2;
  }
  if (macro.datapath) p.datapath_um2 = p.converters * with.datapath_area_um2 * logic;
  p.stored_bits = cells;
}

}  // namespace

Prediction predict(const Structure& macro, const Point& point, const Coefficients& with) {
  Prediction p;
  const Sequence s = sequence_of(macro, point, with);
  p.operations = s.operations;
  p.conversions = s.conversions;
  add_energy(macro, point, s, with, p);
  p.time_ns = s.steps * step_ns(macro, point.supply_v, with);
  add_area(macro, with, p);
  return p;
}

}  // namespace leyden::validate
