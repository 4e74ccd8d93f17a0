// The vector unit, and layers of steps.
#include "platform/golden/calls.h"
#include "platform/golden/cim_jobs.h"
#include "platform/golden/vector_jobs.h"

using leyden::golden::call;
using leyden::golden::call_with;
using leyden::golden::check_pointer;
using leyden::golden::check_range;
using leyden::golden::clear;
using leyden::golden::Failure;
using leyden::golden::GoldenChip;

namespace golden = leyden::golden;

namespace {

constexpr std::uint32_t kCimStep = 0;
constexpr std::uint32_t kVectorStep = 1;

std::uint64_t run_vector(GoldenChip& chip, const std::uint32_t* words, std::uint32_t* error_code) {
  const leyden::vector::VectorJob job = golden::vector_job(chip, words);
  const leyden::vector::JobError error = golden::check_vector(chip, job);
  if (error_code != nullptr) *error_code = static_cast<std::uint32_t>(error);
  golden::require_accepted("vector unit", static_cast<std::uint32_t>(error),
                           golden::meaning_of(error));
  return golden::run_vector(chip, job);
}

void run_step(GoldenChip& chip, const leyden_golden_step& step, std::uint32_t* error_code) {
  const std::uint32_t unit = step.unit & 0xff;
  if (unit != kCimStep && unit != kVectorStep) {
    throw Failure(LEYDEN_UNSUPPORTED,
                  "unit is " + std::to_string(unit) +
                      ", but steps of CIM units (0) and of the vector unit (1) are run here; move "
                      "data with leyden_lmem_write() and leyden_weights_write().");
  }
  const std::uint32_t count = unit == kCimStep ? LEYDEN_CIM_JOB_WORDS : LEYDEN_VECTOR_JOB_WORDS;
  check_range("word_count", step.word_count, count, count);
  if (unit == kCimStep) {
    golden::start_cim(chip, chip.macro(step.unit >> 8 & 0xff), golden::cim_job(step.words),
                      error_code);
  } else {
    run_vector(chip, step.words, error_code);
  }
}

}  // namespace

extern "C" {

leyden_status leyden_vector_check(leyden_chip* chip, const uint32_t words[LEYDEN_VECTOR_JOB_WORDS],
                                  uint32_t* error_code) {
  clear(error_code);
  return call_with(chip, [&](GoldenChip& own) {
    check_pointer("words", words);
    check_pointer("error_code", error_code);
    *error_code =
        static_cast<std::uint32_t>(golden::check_vector(own, golden::vector_job(own, words)));
  });
}

leyden_status leyden_vector_run(leyden_chip* chip, const uint32_t words[LEYDEN_VECTOR_JOB_WORDS],
                                uint32_t* error_code, uint64_t* cycles) {
  clear(error_code, cycles);
  return call_with(chip, [&](GoldenChip& own) {
    check_pointer("words", words);
    const std::uint64_t taken = run_vector(own, words, error_code);
    if (cycles != nullptr) *cycles = taken;
  });
}

leyden_status leyden_layer_run(leyden_chip* chip, const leyden_golden_step* steps, size_t count,
                               size_t* done, uint32_t* error_code) {
  clear(done, error_code);
  return call_with(chip, [&](GoldenChip& own) {
    if (count > 0) check_pointer("steps", steps);
    for (std::size_t i = 0; i < count; ++i) {
      try {
        run_step(own, steps[i], error_code);
      } catch (const Failure& failure) {
        throw Failure(failure.status(), "Step " + std::to_string(i) + ": " + failure.what());
      }
      if (done != nullptr) ++*done;
    }
  });
}

leyden_status leyden_requantise(int32_t value, int32_t multiplier, int32_t offset, uint32_t shift,
                                uint32_t low, uint32_t high, uint8_t* code) {
  clear(code);
  return call([&] {
    check_pointer("code", code);
    *code = golden::requantise(value, multiplier, offset, {shift, low, high});
  });
}

}  // extern "C"
