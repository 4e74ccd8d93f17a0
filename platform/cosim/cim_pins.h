#pragma once

#include <vector>

#include "models/base/pin_view.h"

namespace leyden::cosim {

/// Names and widths of the pins that the RTL of a CIM unit shows, in the order in which it does.
/// Their `read` and `changed` are of no block.
std::vector<base::PinView> cim_pin_list();

}  // namespace leyden::cosim
