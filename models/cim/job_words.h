#pragma once

#include <array>
#include <cstdint>

#include "models/cim/job.h"
#include "registers/cim.h"

namespace leyden::cim {

using JobWords = std::array<std::uint32_t, registers::cim::kJobWords>;

/// A job as the consecutive job registers hold it, IN_ADDR first.
struct DecodedJob {
  Job job;
  std::uint32_t in_address = 0;   ///< bus address of input pixel (0, 0), channel 0
  std::uint32_t out_address = 0;  ///< bus address of output pixel (0, 0), first output of the tile
};
DecodedJob decode_job(const JobWords& words);
JobWords encode_job(const DecodedJob& decoded);

}  // namespace leyden::cim
