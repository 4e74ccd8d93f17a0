#pragma once

#include <string>

#include "models/base/parameter.h"

namespace leyden::cim::test {

/// The `cim` section of configs/chips/imagine.yaml, read without platform/chip.
base::ParameterSet imagine_parameters();

}  // namespace leyden::cim::test
