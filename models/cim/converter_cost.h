#pragma once

#include "models/cim/parameters.h"

namespace leyden::cim {

// What a conversion costs: the file's own coefficients, or a component model of the literature
// (component_models.h), chosen by converter.energy_model, .time_model and .area_model.

/// Energy of one conversion of `bits`, in fJ, at the macro's operating point. The regression of
/// Accelergy begins at 4 b: shorter conversions cost as much.
double conversion_energy_fj(const MacroParameters& macro, unsigned bits);
/// Time of one conversion of `bits`, in ns, at the macro's operating point.
double conversion_time_ns(const MacroParameters& macro, unsigned bits);
/// Area of one converter, in um2.
double converter_area_um2(const MacroParameters& macro);

}  // namespace leyden::cim
