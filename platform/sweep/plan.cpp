#include "platform/sweep/plan.h"

#include "platform/sweep/grid.h"
#include "platform/sweep/optimise.h"
#include "platform/sweep/plan_sampled.h"
#include "platform/sweep/sensitivity.h"

namespace leyden::sweep {

BaseValues base_values(const Base& base, const base::ParameterSet& chip) {
  BaseValues values;
  for (const auto& [key, parameter] : chip.all()) {
    values[key] =
        parameter.spec.choices.empty() ? number_value(parameter.value).text : chip.choice(key);
  }
  for (const std::string& assignment : base.quantise) {
    const std::size_t equals = assignment.rfind('=');
    if (equals == std::string::npos) continue;
    values["quantise." + assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
  values["chip"] = base.chip;
  values["network"] = base.network;
  values["objective"] = base.objective;
  values["fidelity"] = base.fidelity;
  values["die"] = std::to_string(base.die);
  values["calibrate"] = base.calibrate ? "on" : "off";
  values["guarded"] = base.guarded ? "on" : "off";
  values["images"] = std::to_string(base.images);
  return values;
}

std::unique_ptr<Planner> make_planner(const SweepSpec& spec, const BaseValues& values) {
  switch (spec.plan.kind) {
    case PlanKind::kGrid:
      return make_grid(spec);
    case PlanKind::kRandom:
    case PlanKind::kSobol:
      return make_sampled(spec);
    case PlanKind::kSensitivity:
      return make_sensitivity(spec, values);
    case PlanKind::kOptimise:
      return make_optimiser(spec);
  }
  return nullptr;
}

std::uint64_t planned_points(const SweepSpec& spec, const BaseValues& values) {
  return make_planner(spec, values)->planned();
}

}  // namespace leyden::sweep
