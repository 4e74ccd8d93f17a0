#include "platform/sweep/point.h"

namespace leyden::sweep {

std::string to_string(Depth depth) { return depth == Depth::kCost ? "cost" : "full"; }

std::string to_string(Stage stage) { return stage == Stage::kPlan ? "plan" : "confirm"; }

}  // namespace leyden::sweep
