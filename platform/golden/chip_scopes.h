#pragma once

#include <vector>

#include "platform/chip/chip_file.h"

namespace leyden::golden {

/// chip::chip_scopes() as it was when the library was built: what every model of a chip declares,
/// without the models, which are SystemC (golden_scopes_tool.cpp writes its source).
std::vector<chip::Scope> chip_scopes();

}  // namespace leyden::golden
