#pragma once

#include <string>
#include <vector>

#include "platform/validate/figures.h"

namespace leyden::validate {

/// Fits every knob of the library anew: least squares of ln(modelled / published) over the figures
/// to be fitted, and of a weak pull (0.03 of a spread) of every knob to its start, so that a knob
/// that no figure informs stays where the literature has it.
/// @param without  a chip left out with its own knobs; "" for none
/// @return the knobs with new values; a left-out chip's are gone
std::vector<Knob> fit(const Library& library, const std::string& without = "");

/// Which chips' figures a knob is fitted to: those whose modelled values it moves.
std::vector<std::string> informants(const Library& library, const Knob& knob);

}  // namespace leyden::validate
