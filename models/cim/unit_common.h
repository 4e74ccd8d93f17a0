#pragma once

#include <cstdint>
#include <string>

#include "models/cim/job_words.h"
#include "models/cim/parameters.h"
#include "models/memory/lmem_port.h"

// What units of any make have in common.
namespace leyden::cim {

/// What of LMEM a job reads and writes.
memory::Region input_region(const DecodedJob& decoded);
memory::Region output_region(const DecodedJob& decoded);

/// Register MACRO of a unit.
std::uint32_t macro_register(const MacroParameters& macro);

/// Register CONVERTER of a unit.
std::uint32_t converter_register(const MacroParameters& macro);

/// Why a job is refused whose weights were never written.
std::string not_written_sentence(const Job& job, const MacroParameters& macro);

}  // namespace leyden::cim
