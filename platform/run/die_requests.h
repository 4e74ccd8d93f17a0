#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "platform/run/worker_protocol.h"

namespace leyden::run {

/// The requests of one die: contiguous ranges of its images.
struct DieRequests {
  std::uint32_t die = 0;
  std::size_t first = 0;  ///< place of its first one among the requests of all dies
  std::vector<WorkerRequest> requests;
};

/// Contiguous ranges of images, one a worker, as equal as can be. Traces are of the first.
std::vector<WorkerRequest> split(const WorkerRequest& whole, unsigned jobs);

/// What each die is asked for: `whole` from its die on, so many dies, each in as few pieces as keep
/// `jobs` workers busy. The first piece measures the linearity.
std::vector<DieRequests> split_dies(const WorkerRequest& whole, std::uint32_t dies, unsigned jobs);

}  // namespace leyden::run
