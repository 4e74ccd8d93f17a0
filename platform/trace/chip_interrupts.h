#pragma once

#include <string>
#include <vector>

#include "platform/chip/chip.h"

namespace leyden::trace {

/// Names of the sources of a chip's PLIC by number, those of its user's own blocks included.
std::vector<std::string> interrupt_names(const chip::Chip& chip);

}  // namespace leyden::trace
