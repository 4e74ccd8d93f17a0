#pragma once

#include "models/cpu/block_cache.h"
#include "models/cpu/timing.h"
#include "models/cpu/translator/unit.h"

namespace leyden::cpu {

/// What is to be paid at the entry of a block. @param carry HartState::carry
EntryCost entry_cost(const Block& block, std::uint32_t carry, const Timing& timing);
/// What a block leaves in HartState::carry. @param taken whether its branch is taken
std::uint32_t carry_of(const Block& block, bool taken);
/// The target of a direct branch or jump at the end of a block.
std::uint32_t direct_target(const Block& block);
/// The address after a block.
std::uint32_t fall_through(const Block& block);
/// Kind of the instruction that ends a block; kCompute when it was cut in straight-line code.
Kind end_kind(const Block& block);

/// The path that is likely to be run from `first`: along the majority of the ends seen, back into
/// the caller, round a short loop several times.
Path choose_path(Block& first, BlockCache& cache, const Timing& timing);

}  // namespace leyden::cpu
