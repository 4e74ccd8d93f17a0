#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/cosim/difference.h"

namespace leyden::vectors {

/// What a person asks `leyden replay` for; see docs/vectors.md.
struct ReplayOptions {
  std::string folder;
  std::string on = "tlm";  ///< or "rtl"
  bool fast = false;
  bool ignore_checksums = false;
  std::uint64_t timeout_cycles = 100'000;
  bool quiet = false;
};

struct ReplayedJob {
  std::string unit;
  std::uint64_t job = 0;
  std::optional<std::uint32_t> layer;
  std::string layer_name;
  std::uint64_t recorded_cycles = 0;
  std::uint64_t found_cycles = 0;
};

struct ReplayOutcome {
  std::optional<cosim::Difference> difference;  ///< the first one
  std::vector<ReplayedJob> jobs;                ///< none where there is a difference
  std::uint64_t accesses = 0;                   ///< that the blocks were given
  std::uint64_t responses = 0;                  ///< as recorded
};

/// Plays a recording to the blocks it is of, each alone. One a process: SystemC elaborates once.
/// @throws base::Error with the exit status of what went wrong
ReplayOutcome replay(const ReplayOptions& options);

}  // namespace leyden::vectors
