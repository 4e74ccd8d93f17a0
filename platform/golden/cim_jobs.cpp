#include "platform/golden/cim_jobs.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "models/cim/keep_threads.h"
#include "platform/golden/failure.h"

namespace leyden::golden {
namespace {

/// Host memory of `count` pixels of `length` bytes, `stride` apart, or nullptr.
std::uint8_t* pixels(GoldenChip& chip, std::uint64_t address, std::uint64_t count, unsigned length,
                     unsigned stride) {
  return chip.lmem(address, address + (count - 1) * stride + length);
}

std::uint8_t* input_of(GoldenChip& chip, const cim::DecodedJob& decoded) {
  const cim::Job& job = decoded.job;
  return pixels(chip, decoded.in_address, std::uint64_t{job.in_width} * job.in_height,
                job.in_channels, job.in_pixel_stride);
}

std::uint8_t* output_of(GoldenChip& chip, const cim::DecodedJob& decoded) {
  const cim::Job& job = decoded.job;
  return pixels(chip, decoded.out_address, job.positions(), job.position_bytes(),
                job.out_pixel_stride);
}

}  // namespace

cim::DecodedJob cim_job(const std::uint32_t* words) {
  static_assert(registers::cim::kJobWords == LEYDEN_CIM_JOB_WORDS);
  cim::JobWords copy;
  std::copy_n(words, copy.size(), copy.begin());
  return cim::decode_job(copy);
}

cim::JobError check_cim(GoldenChip& chip, cim::Macro& macro, const cim::DecodedJob& decoded) {
  const cim::JobError error = cim::validate(decoded.job, macro.parameters());
  if (error != cim::JobError::kNone) return error;
  if (input_of(chip, decoded) == nullptr || output_of(chip, decoded) == nullptr) {
    return cim::JobError::kOutsideLmem;
  }
  if (!macro.array().written(decoded.job, macro.parameters())) return cim::JobError::kNotWritten;
  if (!macro.array().gains_positive(decoded.job, macro.parameters())) return cim::JobError::kAbn;
  return cim::JobError::kNone;
}

void require_valid(const cim::Macro& macro, const cim::Job& job) {
  const cim::JobError error = cim::validate(job, macro.parameters());
  require_accepted("CIM unit", static_cast<std::uint32_t>(error), meaning_of(error));
}

void require_accepted(const char* unit, std::uint32_t error, const char* meaning) {
  if (error == 0) return;
  throw Failure(LEYDEN_REFUSED, "The " + std::string(unit) + " refuses the job with ERROR_CODE " +
                                    std::to_string(error) + ": " + meaning + ".");
}

const char* meaning_of(cim::JobError error) {
  switch (error) {
    case cim::JobError::kNone:
      return "none";
    case cim::JobError::kBusy:
      return "started while busy";
    case cim::JobError::kOutsideArray:
      return "rows or columns outside the array";
    case cim::JobError::kOutsideLmem:
      return "a region outside LMEM";
    case cim::JobError::kPrecision:
      return "a precision or a converter range the macro does not have";
    case cim::JobError::kShapes:
      return "shapes that do not fit together";
    case cim::JobError::kAbn:
      return "ABN entries outside the table or a gain of 0";
    case cim::JobError::kNotWritten:
      return "weights or ABN entries that were never written";
  }
  return "unknown";
}

std::uint64_t run_cim(GoldenChip& chip, cim::Macro& macro, const cim::DecodedJob& decoded) {
  const cim::Job& job = decoded.job;
  const cim::KeepThreads keep;
  std::vector<std::uint8_t> results(job.positions() * job.position_bytes());
  macro.run(job, input_of(chip, decoded), chip.fidelity(), chip.draws(), results.data());
  // The input is read before anything is written: they may lie over each other.
  std::uint8_t* to = output_of(chip, decoded);
  const std::uint8_t* from = results.data();
  for (std::uint64_t m = 0; m < job.positions(); ++m) {
    std::memcpy(to + m * job.out_pixel_stride, from, job.position_bytes());
    from += job.position_bytes();
  }
  return cim::job_timing(job, macro.parameters(), chip.clock_hz(), macro.steps_taken()).cycles;
}

std::uint64_t start_cim(GoldenChip& chip, cim::Macro& macro, const cim::DecodedJob& decoded,
                        std::uint32_t* error_code) {
  const cim::JobError error = check_cim(chip, macro, decoded);
  if (error_code != nullptr) *error_code = static_cast<std::uint32_t>(error);
  require_accepted("CIM unit", static_cast<std::uint32_t>(error), meaning_of(error));
  return run_cim(chip, macro, decoded);
}

}  // namespace leyden::golden
