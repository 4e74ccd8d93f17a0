#include "models/cim/cells.h"

namespace leyden::cim {

std::vector<base::ParameterSpec> CellParameters::specs() {
  return {
      {"cell.kind", "", 0, 0, false, {"charge", "rram"}, "What a cell is", "charge"},
      {"cell.bits", "1", 1, 4, true, {}, "Bits of a cell's level", "1"},
      {"cell.pages", "1", 1, 64, true, {}, "Cells that share one MAC circuit, one page each", "1"},
      {"cell.representation",
       "",
       0,
       0,
       false,
       {"twos_complement", "differential", "shifted_unsigned", "ternary_pair"},
       "How a signed weight lies in cells",
       "twos_complement"},
      {"cell.on_conductance_us", "uS", 0, 1e5, false, {}, "Conductance of the highest level", "0"},
      {"cell.on_off_ratio",
       "1",
       0,
       1e9,
       false,
       {},
       "Highest over lowest conductance; 0: the lowest level does not conduct",
       "0"},
      {"cell.variation_percent",
       "%",
       0,
       100,
       false,
       {},
       "Conductance from device to device, sigma(dG/G), frozen per die",
       "0"},
      {"cell.read_noise_percent",
       "%",
       0,
       100,
       false,
       {},
       "Conductance from read to read, sigma(dG/G)",
       "0"},
      {"cell.stuck_on_ppm",
       "ppm",
       0,
       1e6,
       false,
       {},
       "Cells stuck at the highest level, frozen per die",
       "0"},
      {"cell.stuck_off_ppm",
       "ppm",
       0,
       1e6,
       false,
       {},
       "Cells stuck at the lowest level, frozen per die",
       "0"},
  };
}

CellParameters CellParameters::read(const base::ParameterSet& set, const std::string& scope) {
  const auto key = [&](const char* name) { return scope + ".cell." + name; };
  const auto whole = [&](const char* name) {
    return static_cast<unsigned>(set.integer(key(name)));
  };
  CellParameters cells;
  cells.kind = set.choice_as<CellKind>(key("kind"));
  cells.bits = whole("bits");
  cells.pages = whole("pages");
  cells.representation = set.choice_as<Representation>(key("representation"));
  cells.on_conductance_us = set.real(key("on_conductance_us"));
  cells.on_off_ratio = set.real(key("on_off_ratio"));
  cells.variation_percent = set.real(key("variation_percent"));
  cells.read_noise_percent = set.real(key("read_noise_percent"));
  cells.stuck_on_ppm = set.real(key("stuck_on_ppm"));
  cells.stuck_off_ppm = set.real(key("stuck_off_ppm"));
  return cells;
}

}  // namespace leyden::cim
