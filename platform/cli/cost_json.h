#pragma once

#include <nlohmann/json.hpp>

#include "platform/compiler/cost.h"
#include "platform/compiler/plan.h"

namespace leyden::cli {

/// The cost of an image in the keys of the report: rows `input`, each layer, `output`, `control`
/// with cycles by cause and energy in pJ by component.
nlohmann::ordered_json cost_json(const compiler::ImageCost& cost, const compiler::Plan& plan);

}  // namespace leyden::cli
