#include "models/vector/vector_operation.h"

namespace leyden::vector {
namespace {

bool overlap(const Span& a, const Span& b) { return a.address < b.end() && b.address < a.end(); }

bool same(const Span& a, const Span& b) { return a.address == b.address && a.bytes == b.bytes; }

}  // namespace

std::vector<Span> sources_of(const VectorJob& job) {
  std::vector<Span> sources = {{job.source0, job.source_bytes()}};
  if (job.operation() == Operation::kAccumulate) {
    sources[0].bytes += std::uint64_t{job.parts - 1} * job.part_stride;
  }
  if (job.operation() == Operation::kAdd) sources.push_back({job.source1, job.source_bytes()});
  if (job.has_table()) sources.push_back({job.table, job.table_bytes()});
  return sources;
}

Span destination_of(const VectorJob& job) { return {job.destination, job.outputs()}; }

bool overwrites_sources(const VectorJob& job) {
  const bool element_wise = job.operation() == Operation::kAdd ||
                            job.operation() == Operation::kScale ||
                            job.operation() == Operation::kLookup;
  const Span target = destination_of(job);
  for (const Span& source : sources_of(job)) {
    if (!overlap(source, target)) continue;
    const bool replaces = element_wise && source.address != job.table && same(source, target);
    if (!replaces) return true;
  }
  return false;
}

void run_operation(const VectorJob& job, bool ideal, const OperationData& data,
                   std::uint8_t* output) {
  const std::size_t pixels = job.pixels();
  const std::size_t channels = job.shape.channels;
  switch (job.operation()) {
    case Operation::kMaxPool:
      max_pool(job.shape, data.source0, output);
      break;
    case Operation::kAveragePool:
      average_pool(job.shape, job.scales, job.result, data.source0, output);
      break;
    case Operation::kAdd:
      add(job.outputs(), job.scales, job.result, data.source0, data.source1, output);
      break;
    case Operation::kAccumulate:
      if (ideal) {
        accumulate_ideal(pixels, channels, job.parts, job.part_stride, job.format, job.result,
                         data.table, data.source0, output);
      } else {
        accumulate(pixels, channels, job.parts, job.part_stride, job.result, data.table,
                   data.source0, output);
      }
      break;
    case Operation::kScale:
      scale(pixels, channels, job.result, data.table, data.source0, output);
      break;
    case Operation::kLookup:
      lookup(job.outputs(), data.table, data.source0, output);
      break;
  }
}

}  // namespace leyden::vector
