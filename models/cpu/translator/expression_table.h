#pragma once

#include <cstdint>

#include "models/cpu/expression.h"
#include "models/cpu/instruction.h"

namespace leyden::cpu {

/// The expression of a Compute, Branch or Jump; opaque for other kinds.
const Expression& expression_of(Id id);
/// What a node of this kind is of two numbers.
std::uint32_t fold(Expression::Kind kind, std::uint32_t a, std::uint32_t b);

}  // namespace leyden::cpu
