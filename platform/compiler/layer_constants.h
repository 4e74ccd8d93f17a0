#pragma once

#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// Sets LayerPlan::constants of lookup layers and layers on the core, as docs/abi.md lays them out.
void set_constants(Plan& plan);

}  // namespace leyden::compiler
