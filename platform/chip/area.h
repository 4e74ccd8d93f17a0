#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "models/cim/parameters.h"

namespace leyden::chip {

/// A part of the chip and the silicon it takes.
struct AreaPart {
  std::string name;                              ///< "macros", "lmem", ...
  double area_um2 = 0;                           ///< of all of its kind
  bool is_known = true;                          ///< false: the chip file does not tell it
  base::Source source = base::Source::kAssumed;  ///< weakest provenance of what it rests on
};

/// The chip's silicon, as far as it is told. docs/area.md.
struct ChipArea {
  std::vector<AreaPart> parts;

  double total_um2() const;  ///< of the parts that are known
  bool is_complete() const;  ///< all parts are known
};

/// Keys of areas below the scopes of the parts ("lmem", ...); a file may leave each out.
/// @param scope of a chip file; none below others
std::vector<base::ParameterSpec> area_specs(const std::string& scope);

/// @param macro of the same parameters
ChipArea chip_area(const base::ParameterSet& parameters, const cim::MacroParameters& macro);

}  // namespace leyden::chip
