#pragma once

#include <cstdint>
#include <vector>

#include "models/base/parameter.h"
#include "models/peripherals/sysctl.h"
#include "platform/chip/chip_file.h"

namespace leyden::chip {

/// Most operating points beside the nominal one.
inline constexpr unsigned kExtraPoints = 3;

/// Every key a chip file has: the models' own and those of the system, by scope.
std::vector<Scope> chip_scopes();

/// Operating points: number 0 from system.clock_mhz and system.supply_v, the others from
/// system.point1 to system.point3, as far as they are given.
std::vector<peripherals::OperatingPoint> operating_points(const base::ParameterSet& parameters);

/// What the models do not check because it concerns several of them: the alignment of images
/// against timer and clock. @throws base::UsageError
void check_system(const base::ParameterSet& parameters);

}  // namespace leyden::chip
