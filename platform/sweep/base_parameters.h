#pragma once

#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "platform/sweep/evaluator.h"
#include "platform/sweep/store.h"

namespace leyden::sweep {

/// The effective parameters of a sweep's base: those of its chip file with base.set.
/// @param chip  the chip file, a path
/// @throws base::UsageError
base::ParameterSet base_chip(const Base& base, const std::string& chip);

/// All that a point is evaluated with where it sets nothing: the chip's keys and what the sweep's
/// base says beside them.
/// @param name  of the chip as points give it
std::vector<BaseParameter> base_parameters(const Base& base, const std::string& name,
                                           const base::ParameterSet& chip);

}  // namespace leyden::sweep
