#pragma once

#include <string>

#include "models/base/parameter.h"

namespace leyden::cim::test {

/// The `cim` section of a chip file, read without platform/chip.
base::ParameterSet chip_parameters(const std::string& file);
/// That of configs/chips/NAME.yaml.
base::ParameterSet preset_parameters(const std::string& name);
base::ParameterSet imagine_parameters();

}  // namespace leyden::cim::test
