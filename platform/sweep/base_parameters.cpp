#include "platform/sweep/base_parameters.h"

#include "platform/chip/chip_parameters.h"
#include "platform/sweep/plan.h"

namespace leyden::sweep {

base::ParameterSet base_chip(const Base& base, const std::string& chip) {
  return chip::load_chip_file(chip, chip::chip_scopes(), base.set).parameters;
}

std::vector<BaseParameter> base_parameters(const Base& base, const std::string& name,
                                           const base::ParameterSet& chip) {
  BaseValues values = base_values(base, chip);
  values["chip"] = name;
  values["calibration_images"] = std::to_string(base.calibration_images);
  std::vector<BaseParameter> list;
  for (const auto& [key, value] : values) {
    if (!chip.has(key)) {
      list.push_back({key, value, "", "sweep", "the base of the sweep"});
      continue;
    }
    const base::Parameter& parameter = chip.at(key);
    list.push_back({key, value, parameter.spec.unit, std::string(base::to_string(parameter.source)),
                    parameter.note});
  }
  return list;
}

}  // namespace leyden::sweep
