#pragma once

#include "platform/validate/structure.h"

namespace leyden::validate {

/// What the equations multiply with, resolved for one chip from knobs of all scopes. Values at
/// 28 nm unless told otherwise; docs/validation.md tells where each stands in the equations.
struct Coefficients {
  // global
  double cell_capacitance_ff = 0;        ///< charged a cell and phase; grows with the node
  double word_line_capacitance_ff = 0;   ///< RRAM: a cell's share of its word line
  double converter_energy = 0;           ///< times ZigZag's equation
  double converter_energy_exponent = 0;  ///< of the node
  double integration_energy = 0;         ///< ternary pulses: of one pulse, in conversion bits
  double dac_energy = 0;                 ///< times ZigZag's equation
  double datapath_energy_pj = 0;         ///< an output at 0.9 V
  double supply_exponent = 0;            ///< of every energy
  double step_time = 0;                  ///< times ZigZag's time of a conversion bit, at 0.9 V
  double integration_time = 0;           ///< ternary pulses: of one integration, in steps
  double cell_area_um2 = 0;              ///< of six transistors
  double rram_cell_area_f2 = 0;          ///< in squares of the node
  double capacitor_area_um2 = 0;         ///< of a unit capacitor of a shared circuit, at any node
  double line_area_um2 = 0;              ///< drivers of one row or column
  double datapath_area_um2 = 0;          ///< an output
  double converter_area = 0;             ///< times ZigZag's equation
  double converter_area_exponent = 0;    ///< of the node
  double line_converter_area = 0;        ///< ratio of a converter without a capacitor array
  double flash_area = 0;                 ///< ratio of a flash converter
  double dac_area_um2 = 0;               ///< a level, at any node
  // node
  double threshold_v = 0;  ///< of the delay's law
  // chip: ratios to the shared law
  double array_ratio = 1;
  double converter_ratio = 1;
  double datapath_ratio = 1;
  double time_ratio = 1;
  double cell_area_ratio = 1;
};

/// Exponents that no figure here was fitted with.
inline constexpr double kReferenceNode = 28;
inline constexpr double kReferenceSupply = 0.9;
inline constexpr double kDelayExponent = 1.3;      ///< velocity-saturated transistors
inline constexpr double kThresholdV = 0.33;        ///< where no node's knob tells another
inline constexpr double kCapacitanceExponent = 1;  ///< of the node: the length of wires and gates
inline constexpr double kTimeExponent = 1;

/// What the model gives for a macro at a point: one matrix-vector product on the full array.
struct Prediction {
  double operations = 0;  ///< a multiplication and an addition are two
  double conversions = 0;
  double time_ns = 0;
  double array_pj = 0;
  double word_line_pj = 0;
  double converter_pj = 0;
  double dac_pj = 0;
  double datapath_pj = 0;
  double cells_um2 = 0;
  double circuits_um2 = 0;  ///< multiplying circuits that several cells share
  double lines_um2 = 0;
  double converters_um2 = 0;
  double dacs_um2 = 0;
  double datapath_um2 = 0;
  double converters = 0;
  double stored_bits = 0;

  double energy_pj() const { return array_pj + word_line_pj + converter_pj + dac_pj + datapath_pj; }
  double area_um2() const {
    return cells_um2 + circuits_um2 + lines_um2 + converters_um2 + dacs_um2 + datapath_um2;
  }
};

/// The one model behind every system: energies, time and areas of a macro.
/// @throws base::UsageError where an equation has no value (supply at the threshold, node outside)
Prediction predict(const Structure& macro, const Point& point, const Coefficients& with);

}  // namespace leyden::validate
