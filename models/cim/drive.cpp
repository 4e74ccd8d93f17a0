#include "models/cim/drive.h"

namespace leyden::cim {

std::vector<base::ParameterSpec> DriveParameters::specs() {
  return {
      {"drive.kind", "", 0, 0, false, {"bit_serial"}, "How input codes are driven onto the rows"},
      {"drive.word_line_capacitance_ff", "fF", 0, 10, false, {}, "Word line, per row and column"},
      {"drive.area_um2", "um2", 0, 1000, false, {}, "Area of one row's driver and input latch"},
  };
}

DriveParameters DriveParameters::read(const base::ParameterSet& set, const std::string& scope) {
  DriveParameters drive;
  drive.word_line_capacitance_ff = set.real(scope + ".drive.word_line_capacitance_ff");
  drive.area_um2 = set.real(scope + ".drive.area_um2");
  return drive;
}

}  // namespace leyden::cim
