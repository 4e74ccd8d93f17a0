#include "platform/golden/vector_jobs.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "models/vector/vector_operation.h"
#include "platform/golden/failure.h"

namespace leyden::golden {

vector::VectorJob vector_job(const GoldenChip& chip, const std::uint32_t* words) {
  static_assert(vector::kJobWords == LEYDEN_VECTOR_JOB_WORDS);
  std::array<std::uint32_t, vector::kJobWords> copy;
  std::copy_n(words, copy.size(), copy.begin());
  vector::VectorJob job = vector::decode_job(copy);
  job.format.rows_per_unit = chip.macro_parameters().rows_per_unit;
  job.format.range_shift = chip.macro_parameters().output_range_shift();
  return job;
}

vector::JobError check_vector(GoldenChip& chip, const vector::VectorJob& job) {
  const vector::JobError error = vector::check_job(job, chip.fidelity() == base::Fidelity::kIdeal);
  if (error != vector::JobError::kNone) return error;
  const auto outside = [&](const vector::Span& span) {
    return chip.lmem(span.address, span.end()) == nullptr;
  };
  const auto sources = vector::sources_of(job);
  if (std::any_of(sources.begin(), sources.end(), outside) ||
      outside(vector::destination_of(job))) {
    return vector::JobError::kRegion;
  }
  return vector::overwrites_sources(job) ? vector::JobError::kShape : vector::JobError::kNone;
}

const char* meaning_of(vector::JobError error) {
  switch (error) {
    case vector::JobError::kNone:
      return "none";
    case vector::JobError::kBusy:
      return "started while busy";
    case vector::JobError::kOperation:
      return "an unknown operation";
    case vector::JobError::kRegion:
      return "a region outside LMEM";
    case vector::JobError::kShape:
      return "shapes that do not fit together, or a result over an operand";
  }
  return "unknown";
}

std::uint64_t run_vector(GoldenChip& chip, const vector::VectorJob& job) {
  const auto at = [&](std::uint64_t address) { return chip.lmem(address, address); };
  std::vector<std::uint8_t> output(job.outputs());
  vector::run_operation(job, chip.fidelity() == base::Fidelity::kIdeal,
                        {at(job.source0), at(job.source1), at(job.table)}, output.data());
  std::memcpy(at(job.destination), output.data(), output.size());
  return vector::vector_timing(vector::vector_work(job, chip.vector_timing()), chip.vector_timing())
      .total_cycles;
}

std::uint8_t requantise(std::int32_t value, std::int32_t multiplier, std::int32_t offset,
                        const vector::Result& result) {
  check_range("shift", result.shift, 0, 31);
  check_range("high", result.high, 0, 255);
  check_range("low", result.low, 0, result.high);
  const vector::TableEntry entry{multiplier, offset, 0, 0};
  std::array<std::uint8_t, vector::kTableEntryBytes> table;
  std::memcpy(table.data(), &entry, table.size());
  std::array<std::uint8_t, 4> word;
  std::memcpy(word.data(), &value, word.size());
  std::uint8_t code = 0;
  vector::accumulate(1, 1, 1, 0, result, table.data(), word.data(), &code);
  return code;
}

}  // namespace leyden::golden
