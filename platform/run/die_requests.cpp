#include "platform/run/die_requests.h"

#include <algorithm>

namespace leyden::run {

std::vector<WorkerRequest> split(const WorkerRequest& whole, unsigned jobs) {
  const std::uint64_t workers = std::min<std::uint64_t>(jobs, whole.count);
  std::vector<WorkerRequest> parts;
  std::uint64_t given = 0;
  for (std::uint64_t i = 0; i < workers; ++i) {
    WorkerRequest part = whole;
    part.first = whole.first + given;
    part.count = whole.count * (i + 1) / workers - given;
    given += part.count;
    if (i != 0) part.trace = {};  // one process writes a file
    parts.push_back(part);
  }
  return parts;
}

std::vector<DieRequests> split_dies(const WorkerRequest& whole, std::uint32_t dies, unsigned jobs) {
  std::vector<DieRequests> all;
  std::size_t first = 0;
  for (std::uint32_t i = 0; i < dies; ++i) {
    WorkerRequest one = whole;
    one.die = whole.die + i;
    if (i != 0) one.trace = {};
    DieRequests die{one.die, first, split(one, jobs / dies + (jobs % dies != 0 ? 1 : 0))};
    die.requests.front().measure_linearity = true;
    first += die.requests.size();
    all.push_back(std::move(die));
  }
  return all;
}

}  // namespace leyden::run
