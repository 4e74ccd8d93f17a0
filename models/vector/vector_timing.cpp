#include "models/vector/vector_timing.h"

#include <algorithm>

namespace leyden::vector {
namespace {

std::uint64_t element_operations(const VectorJob& job) {
  if (job.pools()) {
    return job.outputs() * job.shape.kernel_width * job.shape.kernel_height;
  }
  return job.outputs() * (job.operation() == Operation::kAccumulate ? job.parts : 1);
}

std::uint64_t read_beats(const VectorJob& job, std::uint32_t port_bytes) {
  const std::uint64_t bytes = job.source_bytes();
  std::uint64_t count = beats(job.source0, bytes, port_bytes);
  if (job.operation() == Operation::kAdd) count += beats(job.source1, bytes, port_bytes);
  if (job.operation() == Operation::kAccumulate) {
    for (std::uint32_t part = 1; part < job.parts; ++part) {
      count += beats(job.source0 + std::uint64_t{part} * job.part_stride, bytes, port_bytes);
    }
  }
  return count + beats(job.table, job.table_bytes(), port_bytes);
}

}  // namespace

std::uint64_t beats(std::uint64_t address, std::uint64_t bytes, std::uint32_t port_bytes) {
  if (bytes == 0) return 0;
  return (address % port_bytes + bytes + port_bytes - 1) / port_bytes;
}

VectorWork vector_work(const VectorJob& job, const TimingParameters& parameters) {
  VectorWork work;
  work.element_operations = element_operations(job);
  work.read_beats = read_beats(job, parameters.port_bytes);
  work.write_beats = beats(job.destination, job.outputs(), parameters.port_bytes);
  return work;
}

VectorTiming vector_timing(const VectorWork& work, const TimingParameters& parameters) {
  VectorTiming timing;
  timing.compute_cycles = (work.element_operations + parameters.lanes - 1) / parameters.lanes;
  timing.port_cycles = work.read_beats + work.write_beats;
  timing.total_cycles =
      parameters.start_up_cycles + std::max(timing.compute_cycles, timing.port_cycles);
  return timing;
}

}  // namespace leyden::vector
