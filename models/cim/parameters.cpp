#include "models/cim/parameters.h"

#include <cstdio>
#include <iterator>

#include "models/base/error.h"
#include "models/cim/combinations.h"
#include "models/cim/converter_cost.h"
#include "models/cim/transfer.h"

namespace leyden::cim {
namespace {

void append(std::vector<base::ParameterSpec>& specs, std::vector<base::ParameterSpec> more) {
  specs.insert(specs.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

std::string text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", value);
  return buffer;
}

void check(bool good, const std::string& sentence) {
  if (!good) throw base::UsageError(sentence);
}

/// Asks the converter's component models once, so that what they refuse is told with its key.
void check_converter_models(const MacroParameters& macro, const std::string& scope) {
  try {
    conversion_energy_fj(macro, macro.convert.bits);
    conversion_time_ns(macro, macro.convert.bits);
    converter_area_um2(macro);
  } catch (const base::UsageError& error) {
    throw base::UsageError(scope + ".converter's component models do not go with " + scope +
                           ".node_nm, .supply_v and .converter.bits: " + error.what());
  }
}

void check_own_converter(const MacroParameters& macro, const std::string& scope) {
  const ConvertParameters& convert = macro.convert;
  if (!convert.own) return;
  check(!has_transfer_curves(convert),
        scope +
            ".converter's unit_mismatch_percent, comparator_offset_mv, compression and "
            "metastability_tau_ps describe converters of Leyden's kinds; a chip file with a "
            "converter of its own must leave them out");
  for (unsigned bits = 1; bits <= convert.bits; ++bits) {
    for (const double figure :
         {convert.own->energy_pj(bits, macro.supply_v), convert.own->time_ns(bits, macro.supply_v),
          convert.own->area_um2()}) {
      check(figure >= 0 && figure <= 1e9,
            "the chip file's converter gives " + text(figure) + " as energy, time or area of " +
                std::to_string(bits) + " bits; 0 or more, and at most 1e9, would be right");
    }
  }
}

void check_combination(const MacroParameters& macro, const std::string& scope) {
  check_own_converter(macro, scope);
  check(macro.rows % macro.rows_per_unit == 0,
        scope + ".rows_per_unit is " + std::to_string(macro.rows_per_unit) + " but " + scope +
            ".rows is " + std::to_string(macro.rows) +
            ": a line is split into whole units, so it must divide the rows");
  check(macro.rows % macro.cells.pages == 0 && macro.page_rows() % macro.rows_per_unit == 0,
        scope + ".cell.pages is " + std::to_string(macro.cells.pages) + " but " + scope +
            ".rows, " + std::to_string(macro.rows) +
            ", must be that many pages of whole units of " + std::to_string(macro.rows_per_unit) +
            " rows");
  check(
      macro.rows_at_once() <= macro.page_rows() && macro.rows_at_once() % macro.rows_per_unit == 0,
      scope + ".dot_product.rows_active is " + std::to_string(macro.rows_at_once()) +
          " but must be whole units of " + std::to_string(macro.rows_per_unit) +
          " rows, at most the " + std::to_string(macro.page_rows()) + " of a page");
  check(macro.units() <= 255, scope + ".rows_per_unit gives " + std::to_string(macro.units()) +
                                  " units, but the PLACE register counts at most 255");
  check(macro.columns % 8 == 0, scope + ".columns is " + std::to_string(macro.columns) +
                                    " but a row of the weight window is whole bytes: a multiple of "
                                    "8 would be right");
  check(macro.columns % macro.convert.sharing == 0,
        scope + ".converter.sharing is " + std::to_string(macro.convert.sharing) +
            " but must divide " + scope + ".columns, " + std::to_string(macro.columns));
  check(macro.columns_per_output(macro.weight_bits) <= macro.columns,
        scope + ".weight_bits is " + std::to_string(macro.weight_bits) + " but a weight takes " +
            std::to_string(macro.columns_per_output(macro.weight_bits)) + " columns and " + scope +
            ".columns is " + std::to_string(macro.columns));
  const std::size_t array_bytes = std::size_t{macro.rows} * macro.row_bytes();
  check(array_bytes <= 0x80000,
        scope + ".rows, " + std::to_string(macro.rows) + ", times " + scope + ".columns, " +
            std::to_string(macro.columns) + ", times " + scope + ".cell.bits, " +
            std::to_string(macro.cells.bits) + ", are " + std::to_string(array_bytes) +
            " bytes, but the weight window holds 524288");
  check(macro.node_nm > 0 || !macro.convert.needs_node(),
        scope + ".node_nm is not given, but the component model of the converter asks for it");
  check(macro.convert.energy_model != CostModel::kMeasured ||
            (macro.convert.measured_energy_pj > 0 && macro.convert.measured_supply_v > 0),
        scope + ".converter.energy_model is measured, but " + scope +
            ".converter.measured_energy_pj and .measured_supply_v do not tell what was measured");
  check(macro.convert.measured_supply_v == 0 || macro.convert.measured_supply_v >= 0.1,
        scope + ".converter.measured_supply_v is " + text(macro.convert.measured_supply_v) +
            " V; it must be 0 (not told) or from 0.1 V up");
  check_combinations(macro, scope);
  check_converter_models(macro, scope);
}

}  // namespace

std::vector<base::ParameterSpec> macro_parameter_specs() {
  std::vector<base::ParameterSpec> specs = {
      {"rows", "1", 1, 8192, true, {}, "Rows of the array"},
      {"columns", "1", 8, 8192, true, {}, "Columns of the array"},
      {"spare_columns", "1", 0, 256, true, {}, "Columns kept to take the place of bad ones", "0"},
      {"rows_per_unit", "1", 1, 8192, true, {}, "Rows of one unit of the split line"},
      {"abn_entries", "1", 1, 65535, true, {}, "Entries of the ABN table"},
      {"input_bits", "1", 1, 8, true, {}, "Most bits of an input code"},
      {"weight_bits", "1", 1, 8, true, {}, "Most bits of a weight"},
      {"pipelined",
       "",
       0,
       0,
       false,
       {"no", "yes"},
       "Whether the next position accumulates while the last is converted"},
      {"supply_v", "V", 0.1, 5, false, {}, "Supply of the macro"},
      {"node_nm",
       "nm",
       0,
       1000,
       false,
       {},
       "Technology node, for component models that ask for it; 0: not told",
       "0"},
      {"temperature_k", "K", 100, 500, false, {}, "Temperature, for kT/C noise"},
      {"leakage_uw", "uW", 0, 1e6, false, {}, "Leakage of the whole macro"},
      {"supply_noise_mv",
       "mV",
       0,
       1000,
       false,
       {},
       "Change of the supply from sampling to conversion, rms",
       "0"},
      {"weight_write.bit_line_capacitance_ff",
       "fF",
       0,
       100,
       false,
       {},
       "Bit line of one column, per row; a write access to a row charges one a column"},
      {"weight_write.row_cycles", "1", 1, 1000, true, {}, "Cycles of one write access to a row"},
      {"feeder.bytes_per_cycle", "1", 1, 64, true, {}, "Width of the feeder's and writer's port"},
      {"feeder.line_buffer",
       "",
       0,
       0,
       false,
       {"no", "yes"},
       "Whether elements of several kernel rows share a beat; else a beat brings elements that lie "
       "side by side",
       "yes"},
      {"feeder.shifts_dilated",
       "",
       0,
       0,
       false,
       {"no", "yes"},
       "Whether taps that lie apart have shift registers too; else every such window is read whole",
       "yes"},
      {"job_overhead_cycles",
       "cycles",
       0,
       1000,
       true,
       {},
       "From a job's start to its first access to LMEM",
       "0"},
      {"feeder.byte_energy_fj", "fJ", 0, 1e6, false, {}, "Feeder, per byte taken from LMEM"},
      {"writer.byte_energy_fj", "fJ", 0, 1e6, false, {}, "Writer, per byte of output"},
  };
  append(specs, SupplyScaling::specs());
  append(specs, DriveParameters::specs());
  append(specs, CellParameters::specs());
  append(specs, DotProductParameters::specs());
  append(specs, CombineParameters::specs());
  append(specs, ConvertParameters::specs());
  append(specs, PostParameters::specs());
  return specs;
}

MacroParameters read_macro_parameters(const base::ParameterSet& set, const std::string& scope) {
  const auto whole = [&](const char* key) {
    return static_cast<unsigned>(set.integer(scope + "." + key));
  };
  const auto real = [&](const char* key) { return set.real(scope + "." + key); };
  MacroParameters macro;
  macro.rows = whole("rows");
  macro.columns = whole("columns");
  macro.spare_columns = whole("spare_columns");
  macro.rows_per_unit = whole("rows_per_unit");
  macro.abn_entries = whole("abn_entries");
  macro.input_bits = whole("input_bits");
  macro.weight_bits = whole("weight_bits");
  macro.pipelined = set.choice(scope + ".pipelined") == "yes";
  macro.supply_v = real("supply_v");
  macro.supply_noise_mv = real("supply_noise_mv");
  macro.temperature_k = real("temperature_k");
  macro.scaling = SupplyScaling::read(set, scope);
  macro.node_nm = real("node_nm");
  macro.leakage_uw = real("leakage_uw");
  macro.bit_line_capacitance_ff = real("weight_write.bit_line_capacitance_ff");
  macro.weight_row_cycles = whole("weight_write.row_cycles");
  macro.port_bytes = whole("feeder.bytes_per_cycle");
  macro.line_buffer = set.choice(scope + ".feeder.line_buffer") == "yes";
  macro.shifts_dilated = set.choice(scope + ".feeder.shifts_dilated") == "yes";
  macro.job_overhead_cycles = whole("job_overhead_cycles");
  macro.feeder_byte_energy_fj = real("feeder.byte_energy_fj");
  macro.writer_byte_energy_fj = real("writer.byte_energy_fj");
  macro.drive = DriveParameters::read(set, scope);
  macro.cells = CellParameters::read(set, scope);
  macro.dot_product = DotProductParameters::read(set, scope);
  macro.combine = CombineParameters::read(set, scope);
  macro.convert = ConvertParameters::read(set, scope);
  macro.post = PostParameters::read(set, scope);
  macro.make_layouts();
  check_combination(macro, scope);
  return macro;
}

void MacroParameters::make_layouts() {
  layouts.clear();
  for (unsigned bits = 1; bits <= 8; ++bits) {
    layouts.push_back(make_layout(cells.representation, cells.bits, bits));
  }
}

unsigned MacroParameters::output_bits(bool partial) const {
  if (!post.digital()) return convert.bits;
  return partial ? 15 : 8;  // PRECISION.OUT_BITS holds 15; a code that is not partial is a byte
}

double MacroParameters::area_um2() const {
  // A dummy column that is converted has a converter of its own.
  const bool apart = post.digital() && combine.columns == CombineKind::kDigital;
  // So has a spare one.
  const unsigned converters =
      columns / convert.sharing + (apart ? dummy_columns() : 0) + spare_columns;
  return static_cast<double>(rows) * (physical_columns() + dummy_columns()) *
             dot_product.cell_area_um2 +
         static_cast<double>(converters) * (converter_area_um2(*this) + post.area_um2) +
         rows * drive.area_um2;
}

}  // namespace leyden::cim
