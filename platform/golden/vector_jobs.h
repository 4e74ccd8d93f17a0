#pragma once

#include <cstdint>

#include "models/vector/vector_job.h"
#include "platform/golden/golden_chip.h"

namespace leyden::golden {

/// A job of the vector unit with the constants of the chip's macro in it.
vector::VectorJob vector_job(const GoldenChip& chip, const std::uint32_t* words);
/// What the unit's ERROR_CODE would tell.
vector::JobError check_vector(GoldenChip& chip, const vector::VectorJob& job);
const char* meaning_of(vector::JobError error);
/// Runs a job that check_vector() accepted. @return cycles from start to done
std::uint64_t run_vector(GoldenChip& chip, const vector::VectorJob& job);

/// clamp((value multiplier + offset + half) >> shift), by the unit's arithmetic.
std::uint8_t requantise(std::int32_t value, std::int32_t multiplier, std::int32_t offset,
                        const vector::Result& result);

}  // namespace leyden::golden
