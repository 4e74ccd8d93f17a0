#include "platform/validate/figures.h"

#include <limits>

namespace leyden::validate {
namespace {

using S = const Structure&;
using P = const Prediction&;

}  // namespace

const std::vector<Quantity>& quantities() {
  static const std::vector<Quantity> kList = {
      // energy, pJ: of one product, a column or an output; fJ an operation
      {"total_energy", "pJ", [](S, P p) { return p.energy_pj(); }},
      {"array_energy", "pJ", [](S, P p) { return p.array_pj; }},
      {"converter_energy", "pJ", [](S, P p) { return p.converter_pj; }},
      {"dac_energy", "pJ", [](S, P p) { return p.dac_pj; }},
      {"datapath_energy", "pJ", [](S, P p) { return p.datapath_pj; }},
      {"array_energy_per_column", "pJ", [](S s, P p) { return p.array_pj / s.columns; }},
      {"energy_per_conversion", "pJ", [](S, P p) { return p.converter_pj / p.conversions; }},
      {"datapath_energy_per_output", "pJ", [](S, P p) { return p.datapath_pj / p.conversions; }},
      {"array_energy_per_operation", "fJ", [](S, P p) { return 1e3 * p.array_pj / p.operations; }},
      {"word_line_energy_per_operation", "fJ",
       [](S, P p) { return 1e3 * p.word_line_pj / p.operations; }},
      {"converter_energy_per_operation", "fJ",
       [](S, P p) { return 1e3 * p.converter_pj / p.operations; }},
      {"efficiency", "TOPS/W", [](S, P p) { return p.operations / p.energy_pj(); }},
      {"efficiency_pops", "POPS/W", [](S, P p) { return 1e-3 * p.operations / p.energy_pj(); }},
      {"array_efficiency", "TOPS/W",
       [](S, P p) { return p.operations / (p.array_pj + p.converter_pj); }},
      {"power", "mW", [](S s, P p) { return s.macros * p.energy_pj() / p.time_ns; }},
      // time
      {"product_time", "ns", [](S, P p) { return p.time_ns; }},
      {"throughput", "TOPS", [](S s, P p) { return 1e-3 * s.macros * p.operations / p.time_ns; }},
      {"throughput_gops", "GOPS", [](S s, P p) { return s.macros * p.operations / p.time_ns; }},
      {"throughput_density", "TOPS/mm2",
       [](S, P p) { return 1e3 * p.operations / p.time_ns / p.area_um2(); }},
      // area, mm2
      {"macro_area", "mm2", [](S, P p) { return 1e-6 * p.area_um2(); }},
      {"cell_area", "mm2", [](S, P p) { return 1e-6 * p.cells_um2; }},
      {"array_area", "mm2", [](S, P p) { return 1e-6 * (p.cells_um2 + p.circuits_um2); }},
      {"cell_and_line_area", "mm2", [](S, P p) { return 1e-6 * (p.cells_um2 + p.lines_um2); }},
      {"line_area", "mm2", [](S, P p) { return 1e-6 * p.lines_um2; }},
      {"converter_area", "mm2", [](S, P p) { return 1e-6 * p.converters_um2; }},
      {"dac_area", "mm2", [](S, P p) { return 1e-6 * p.dacs_um2; }},
      {"datapath_area", "mm2", [](S, P p) { return 1e-6 * p.datapath_um2; }},
      {"line_and_datapath_area", "mm2",
       [](S, P p) { return 1e-6 * (p.lines_um2 + p.datapath_um2); }},
      {"area_per_converter", "um2", [](S, P p) { return p.converters_um2 / p.converters; }},
      {"storage_density", "kB/mm2", [](S, P p) { return 1e3 * p.stored_bits / 8 / p.area_um2(); }}};
  return kList;
}

const Quantity* find_quantity(const std::string& name) {
  for (const Quantity& quantity : quantities()) {
    if (quantity.name == name) return &quantity;
  }
  return nullptr;
}

std::string to_string(Use use) {
  switch (use) {
    case Use::kPredict:
      return "predicted";
    case Use::kInconsistent:
      return "inconsistent";
    default:
      return "fitted";
  }
}

double modelled(const Chip& chip, const Figure& figure, const Coefficients& with) {
  if (figure.quantity == nullptr) return std::numeric_limits<double>::quiet_NaN();
  return figure.quantity->of(chip.macro, predict(chip.macro, figure.point, with));
}

}  // namespace leyden::validate
