#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "models/cim/cells.h"
#include "models/cim/combine.h"
#include "models/cim/convert.h"
#include "models/cim/dot_product.h"
#include "models/cim/drive.h"
#include "models/cim/post.h"
#include "models/cim/supply_scaling.h"

namespace leyden::cim {

/// How the feeder reads its input, beside its port's width.
struct FeederShape {
  FeederShape(unsigned bytes) : port_bytes(bytes) {}  // NOLINT: a port alone is the common feeder
  unsigned port_bytes;
  /// Elements of several kernel rows share a beat; else a beat brings elements side by side.
  bool line_buffer = true;
  /// Taps that lie apart have shift registers too; else every such window is read whole.
  bool shifts_dilated = true;
};

/// A macro: the array and its stages drive -> dot product -> combine -> convert -> post, and the
/// feeder and writer around it. Read once from the chip's parameters, then plain numbers.
struct MacroParameters {
  unsigned rows = 0;           ///< of cells, all pages
  unsigned columns = 0;        ///< a multiple of 8
  unsigned spare_columns = 0;  ///< that can take the place of bad ones (repair.h)
  unsigned rows_per_unit = 0;  ///< rows of one unit of the split line; divides `rows`
  unsigned abn_entries = 0;
  unsigned input_bits = 8;   ///< most bits of an input code
  unsigned weight_bits = 8;  ///< most bits of a weight
  bool pipelined = false;    ///< accumulates the next position while the last is converted
  double supply_v = 0;
  SupplyScaling scaling;  ///< how energies and times move with the supply
  double node_nm = 0;     ///< technology node; 0: not told
  double temperature_k = 0;
  double leakage_uw = 0;
  double supply_noise_mv = 0;          ///< change of the supply from sampling to conversion, rms
  double bit_line_capacitance_ff = 0;  ///< of one column's bit line, per row
  unsigned weight_row_cycles = 1;      ///< cycles of one such access
  unsigned port_bytes = 16;            ///< feeder and writer, bytes per cycle
  bool line_buffer = true;             ///< FeederShape
  bool shifts_dilated = true;          ///< FeederShape
  unsigned job_overhead_cycles = 0;    ///< from a job's start to its first access to LMEM
  double feeder_byte_energy_fj = 0;
  double writer_byte_energy_fj = 0;
  DriveParameters drive;
  CellParameters cells;
  DotProductParameters dot_product;
  CombineParameters combine;
  ConvertParameters convert;
  PostParameters post;
  std::vector<WeightLayout> layouts;  ///< of 1 to 8 bits, made once

  /// Energy of one write access to a row of cells, in fJ: one of the two bit lines of every column,
  /// written or only half selected, discharged and charged, C V^2.
  double weight_row_energy_fj() const {
    return bit_line_capacitance_ff * rows * columns * energy_supply_v() * energy_supply_v();
  }
  /// The supply whose square gives energies at the present one (supply_scaling.h).
  double energy_supply_v() const { return scaling.energy_supply_v(supply_v); }
  /// Times of the analog phases over those of the file.
  double delay_factor() const { return scaling.delay_factor(supply_v); }
  /// Leakage power at the present supply, in uW.
  double leakage_power_uw() const { return leakage_uw * scaling.leakage_factor(supply_v); }
  FeederShape feeder() const {
    FeederShape shape(port_bytes);
    shape.line_buffer = line_buffer;
    shape.shifts_dilated = shifts_dilated;
    return shape;
  }
  /// Columns of cells as dies and faults count them, dummy ones left out: spares are the last.
  unsigned physical_columns() const { return columns + spare_columns; }
  unsigned units() const { return rows / rows_per_unit; }  ///< of all pages
  unsigned page_rows() const { return rows / cells.pages; }
  unsigned page_units() const { return units() / cells.pages; }
  /// Most rows whose products one conversion takes.
  unsigned rows_at_once() const {
    return dot_product.rows_active == 0 ? page_rows() : dot_product.rows_active;
  }
  /// Makes layouts anew; whoever changes `cells` afterwards calls it.
  void make_layouts();
  /// Where the bits of a weight of 1 to 8 bits lie.
  const WeightLayout& layout(unsigned bits) const { return layouts[bits - 1]; }
  unsigned columns_per_output(unsigned bits) const { return layout(bits).width(); }
  /// Columns of cells that are not addressable, behind the others: that of the weights' offset, and
  /// where a cell of the lowest level conducts another one of it for the digits without offset.
  unsigned dummy_columns() const {
    if (cells.representation != Representation::kShiftedUnsigned) return 0;
    return cells.on_off_ratio > 0 && layout(weight_bits).groups.size() > 1 ? 2 : 1;
  }
  /// Whether a digit's conversions are taken off those of a dummy column.
  bool has_dummy(const LayoutGroup& group) const {
    return group.dummy_level != 0 || (dummy_columns() > 0 && cells.on_off_ratio > 0);
  }
  unsigned row_bytes() const { return columns * cells.bits / 8; }  ///< of the weight window
  /// Fraction of the full dot product that codes span, as a power of two: LSB_D = N 2^(bx+bw-b-r).
  unsigned output_range_shift() const {
    return post.digital() ? post.range_shift : convert.range_shift;
  }
  /// Most bits of an output code: the converter's, or what comes after digital combining.
  unsigned output_bits(bool partial) const;
  double area_um2() const;  ///< sum of cells, converters and drivers
  double capacity_bytes() const { return static_cast<double>(rows) * columns * cells.bits / 8; }
};

/// The keys a macro understands, below the scope "cim".
std::vector<base::ParameterSpec> macro_parameter_specs();

/// Reads and checks a macro. @throws UsageError: a combination that cannot exist, with the reason
MacroParameters read_macro_parameters(const base::ParameterSet& set,
                                      const std::string& scope = "cim");

}  // namespace leyden::cim
