#pragma once

#include <cstdint>

#include "models/cim/job_words.h"
#include "models/cim/timing.h"
#include "platform/golden/golden_chip.h"

namespace leyden::golden {

/// A job from its words. @param words  registers::cim::kJobWords of them
cim::DecodedJob cim_job(const std::uint32_t* words);

/// What the unit's ERROR_CODE would tell, in the order in which the unit looks.
cim::JobError check_cim(GoldenChip& chip, cim::Macro& macro, const cim::DecodedJob& decoded);
/// The same for what does not depend on contents and LMEM.
/// @throws Failure LEYDEN_REFUSED
void require_valid(const cim::Macro& macro, const cim::Job& job);
/// @throws Failure LEYDEN_REFUSED when `error` is one
void require_accepted(const char* unit, std::uint32_t error, const char* meaning);
const char* meaning_of(cim::JobError error);

/// Runs a job that check_cim() accepted. @return cycles from start to done
std::uint64_t run_cim(GoldenChip& chip, cim::Macro& macro, const cim::DecodedJob& decoded);

/// The same with the check before. @param error_code  may be null @throws Failure LEYDEN_REFUSED
std::uint64_t start_cim(GoldenChip& chip, cim::Macro& macro, const cim::DecodedJob& decoded,
                        std::uint32_t* error_code);

}  // namespace leyden::golden
