#include "models/cim/drive.h"

namespace leyden::cim {

std::vector<base::ParameterSpec> DriveParameters::specs() {
  return {
      {"drive.kind",
       "",
       0,
       0,
       false,
       {"bit_serial", "dac"},
       "How input codes are driven onto the rows"},
      {"drive.bits",
       "1",
       1,
       8,
       true,
       {},
       "Bits of a code that a step drives; 1 for bit_serial",
       "1"},
      {"drive.order",
       "",
       0,
       0,
       false,
       {"lsb_first", "msb_first"},
       "Which digit comes first",
       "lsb_first"},
      {"drive.zero_skipping",
       "",
       0,
       0,
       false,
       {"no", "yes"},
       "Whether a digit that is 0 in every row takes no step",
       "no"},
      {"drive.inl_lsb",
       "1",
       0,
       16,
       false,
       {},
       "Error of a DAC's level, sigma in LSB of a digit, frozen per die and row",
       "0"},
      {"drive.dac_capacitance_ff",
       "fF",
       0,
       1e5,
       false,
       {},
       "DAC of a row, switched per bit of a digit and step",
       "0"},
      {"drive.word_line_capacitance_ff", "fF", 0, 10, false, {}, "Word line, per row and column"},
      {"drive.area_um2", "um2", 0, 1000, false, {}, "Area of one row's driver and input latch"},
  };
}

DriveParameters DriveParameters::read(const base::ParameterSet& set, const std::string& scope) {
  DriveParameters drive;
  drive.kind = set.choice_as<DriveKind>(scope + ".drive.kind");
  drive.bits = static_cast<unsigned>(set.integer(scope + ".drive.bits"));
  drive.order = set.choice_as<DriveOrder>(scope + ".drive.order");
  drive.zero_skipping = set.choice(scope + ".drive.zero_skipping") == "yes";
  drive.inl_lsb = set.real(scope + ".drive.inl_lsb");
  drive.dac_capacitance_ff = set.real(scope + ".drive.dac_capacitance_ff");
  drive.word_line_capacitance_ff = set.real(scope + ".drive.word_line_capacitance_ff");
  drive.area_um2 = set.real(scope + ".drive.area_um2");
  return drive;
}

}  // namespace leyden::cim
