// Jobs of the CIM unit and their stages.
#include <array>

#include "platform/golden/calls.h"
#include "platform/golden/cim_jobs.h"
#include "platform/golden/stages.h"

using leyden::golden::call;
using leyden::golden::call_with;
using leyden::golden::check_finite;
using leyden::golden::check_pointer;
using leyden::golden::check_range;
using leyden::golden::clear;
using leyden::golden::Failure;
using leyden::golden::GoldenChip;
using leyden::golden::OutputStage;

namespace cim = leyden::cim;
namespace golden = leyden::golden;

namespace {

/// A call about a job of one macro. @param body  (chip, macro, decoded job)
template <typename Body>
leyden_status call_with_job(leyden_chip* handle, std::uint32_t number, const std::uint32_t* words,
                            Body&& body) {
  return call_with(handle, [&](GoldenChip& chip) {
    check_pointer("words", words);
    body(chip, chip.macro(number), golden::cim_job(words));
  });
}

std::uint64_t timing_value(const cim::JobTiming& timing, std::int32_t what) {
  switch (what) {
    case LEYDEN_TIMING_CYCLES:
      return timing.cycles;
    case LEYDEN_TIMING_FEED_END:
      return timing.feed_end;
    case LEYDEN_TIMING_READ_BEATS:
      return timing.read_beats;
    case LEYDEN_TIMING_WRITE_BEATS:
      return timing.write_beats;
    case LEYDEN_TIMING_FEED_BYTES:
      return timing.feed_bytes;
    case LEYDEN_TIMING_MVM_CYCLES:
      return timing.mvm_cycles;
    case LEYDEN_TIMING_CONVERT_CYCLES:
      return timing.convert_cycles;
    default:
      throw Failure(LEYDEN_BAD_VALUE, "what is " + std::to_string(what) +
                                          ", but LEYDEN_TIMING_CYCLES (0) to "
                                          "LEYDEN_TIMING_CONVERT_CYCLES (6) would be right.");
  }
}

}  // namespace

extern "C" {

leyden_status leyden_cim_check(leyden_chip* chip, uint32_t macro,
                               const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t* error_code) {
  clear(error_code);
  return call_with_job(chip, macro, words, [&](auto& own, auto& unit, const auto& job) {
    check_pointer("error_code", error_code);
    *error_code = static_cast<std::uint32_t>(golden::check_cim(own, unit, job));
  });
}

leyden_status leyden_cim_run(leyden_chip* chip, uint32_t macro,
                             const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t* error_code,
                             uint64_t* cycles) {
  clear(error_code, cycles);
  return call_with_job(chip, macro, words, [&](auto& own, auto& unit, const auto& job) {
    const std::uint64_t taken = golden::start_cim(own, unit, job, error_code);
    if (cycles != nullptr) *cycles = taken;
  });
}

leyden_status leyden_cim_timing(leyden_chip* chip, uint32_t macro,
                                const uint32_t words[LEYDEN_CIM_JOB_WORDS], int32_t what,
                                uint64_t* value) {
  clear(value);
  return call_with_job(chip, macro, words, [&](auto& own, auto& unit, const auto& job) {
    check_pointer("value", value);
    golden::require_valid(unit, job.job);
    *value = timing_value(cim::job_timing(job.job, unit.parameters(), own.clock_hz()), what);
  });
}

leyden_status leyden_feeder_row(leyden_chip* chip, uint32_t macro,
                                const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t position,
                                uint8_t* row, size_t count) {
  return call_with_job(chip, macro, words, [&](auto& own, auto& unit, const auto& job) {
    check_pointer("row", row);
    golden::require_valid(unit, job.job);
    check_range("count", count, job.job.window_count, job.job.window_count);
    golden::feeder_row(own, unit, job, position, row);
  });
}

leyden_status leyden_feeder_element(leyden_chip* chip, uint32_t macro,
                                    const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t position,
                                    uint32_t element, uint8_t* value) {
  clear(value);
  return call_with_job(chip, macro, words, [&](auto& own, auto& unit, const auto& job) {
    check_pointer("value", value);
    golden::require_valid(unit, job.job);
    check_range("element", element, 0, job.job.window_count - 1);
    cim::DecodedJob one = job;  // a window of that element
    one.job.window_first += element;
    one.job.window_count = 1;
    golden::feeder_row(own, unit, one, position, value);
  });
}

leyden_status leyden_feeder_beats(leyden_chip* chip, uint32_t macro,
                                  const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t position,
                                  uint64_t* beats) {
  clear(beats);
  return call_with_job(chip, macro, words, [&](auto&, auto& unit, const auto& job) {
    check_pointer("beats", beats);
    *beats = golden::feeder_beats(unit, job.job, position);
  });
}

leyden_status leyden_cim_code(leyden_chip* chip, uint32_t macro,
                              const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t output,
                              double dot_product, int32_t* code) {
  clear(code);
  return call_with_job(chip, macro, words, [&](auto& own, auto& unit, const auto& job) {
    check_pointer("code", code);
    check_finite("dot_product", dot_product);
    const OutputStage stage(own, unit, job.job);
    check_range("output", output, 0, job.job.outputs - 1);
    *code = stage.code(output, dot_product);
  });
}

leyden_status leyden_cim_codes(leyden_chip* chip, uint32_t macro,
                               const uint32_t words[LEYDEN_CIM_JOB_WORDS],
                               const double* dot_products, size_t positions, int32_t* codes) {
  return call_with_job(chip, macro, words, [&](auto& own, auto& unit, const auto& job) {
    const OutputStage stage(own, unit, job.job);
    if (positions == 0) return;
    check_pointer("dot_products", dot_products);
    check_pointer("codes", codes);
    const std::size_t outputs = job.job.outputs;
    for (std::size_t i = 0; i < positions * outputs; ++i) {
      check_finite("dot_product", dot_products[i]);
    }
    for (std::size_t i = 0; i < positions * outputs; ++i) {
      codes[i] = stage.code(static_cast<unsigned>(i % outputs), dot_products[i]);
    }
  });
}

leyden_status leyden_converter_code(leyden_chip* chip, uint32_t macro, uint32_t column,
                                    uint32_t bits, double level, uint32_t* code) {
  clear(code);
  return call_with(chip, [&](GoldenChip& own) {
    check_pointer("code", code);
    check_finite("level", level);
    cim::Macro& unit = own.macro(macro);
    check_range("column", column, 0, unit.parameters().columns - 1);
    check_range("bits", bits, 1, unit.parameters().convert.bits);
    *code = golden::converter_code(own, unit, column, bits, level);
  });
}

leyden_status leyden_abn(uint32_t abn_word, int64_t dot_product, uint32_t line_rows,
                         uint32_t in_bits, uint32_t weight_bits, uint32_t out_bits,
                         uint32_t range_shift, uint32_t partial, int32_t* code) {
  clear(code);
  return call([&] {
    check_pointer("code", code);
    *code = golden::abn_code(
        {abn_word, line_rows, in_bits, weight_bits, out_bits, range_shift, partial != 0},
        dot_product);
  });
}

}  // extern "C"
