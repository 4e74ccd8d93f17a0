#include "models/cim/cim_unit.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>

#include "models/base/activity_observer.h"
#include "models/base/error.h"
#include "models/base/timing_mode.h"
#include "models/cim/unit_common.h"
#include "registers/memory_map.h"

namespace leyden::cim {
namespace {

namespace reg = registers::cim;

}  // namespace

std::vector<base::ParameterSpec> CimUnit::parameters() {
  std::vector<base::ParameterSpec> specs = macro_parameter_specs();
  specs.push_back({"impl",
                   "",
                   0,
                   0,
                   false,
                   {"tlm", "rtl", "lockstep"},
                   "The TLM model, RTL around the macro in this place, or that RTL compared with "
                   "the model as it runs",
                   "tlm"});
  return specs;
}

CimUnit::CimUnit(sc_core::sc_module_name name, base::Context& context, unsigned instance,
                 JobEnd job_end)
    : sc_module(name),
      context_(context),
      job_end_(job_end),
      macro_(read_macro_parameters(context.parameters), instance),
      events_(context.ledger, macro_.parameters(), &context.parameters, this->name()),
      block_(this->name(), reg::table(), reg::kBase + instance * reg::kSize, context.diagnostics),
      window_(context, macro_, events_, this->name(),
              registers::kCimWeightsBase + instance * registers::kCimWeightsSize) {
  const MacroParameters& macro = macro_.parameters();
  registers.register_b_transport(this, &CimUnit::registers_transport);
  registers.register_transport_dbg(this, &CimUnit::registers_debug);
  weights.register_b_transport(this, &CimUnit::weights_transport);
  weights.register_transport_dbg(this, &CimUnit::weights_debug);
  block_.poke(reg::kGeometry, macro.columns << 16 | macro.rows);
  block_.poke(reg::kUnits, macro.abn_entries << 16 | macro.rows_per_unit);
  block_.poke(reg::kMacro, macro_register(macro));
  block_.poke(reg::kConverter, converter_register(macro));
  block_.on_write(reg::kCtrl, [this](std::uint32_t value, unsigned) {
    irq_changed_.notify(sc_core::SC_ZERO_TIME);
    if (reg::ctrl::kStart.get(value)) start();
  });
  block_.on_write(reg::kStatus, [this](std::uint32_t, unsigned) {
    if (!block_.field(reg::kStatus, reg::status::kError)) block_.poke(reg::kErrorCode, 0);
    irq_changed_.notify(sc_core::SC_ZERO_TIME);
  });
  if (base::approximately_timed(context.parameters)) {
    stepped_ = std::make_unique<SteppedJob>(
        "steps", context, instance, macro.feeder(), [this] { end_feed(); },
        [this](const base::JobSpan& span) { end_steps(span); });
  }
  SC_METHOD(end_feed);
  sensitive << feed_ended_;
  dont_initialize();
  SC_METHOD(finish);
  sensitive << done_;
  dont_initialize();
  SC_METHOD(drive_irq);
  sensitive << irq_changed_;
}

void CimUnit::registers_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay_ = delay;
  block_.transport(payload);
}

void CimUnit::weights_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  window_.transport(payload, delay, busy_ ? &job_ : nullptr);
}

unsigned CimUnit::weights_debug(tlm::tlm_generic_payload& payload) {
  return window_.transport_debug(payload);
}

unsigned CimUnit::registers_debug(tlm::tlm_generic_payload& payload) {
  return block_.transport_debug(payload);
}

void CimUnit::power_off() {
  if (busy_) {
    throw base::ModelError(std::string(name()) +
                           " lost its power while a job runs: firmware must wait for DONE first");
  }
  macro_.array().power_off();
}

void CimUnit::archive(base::Archive& a) {
  a(block_, macro_.array(), jobs_, totals_);
  if (a.restoring()) irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

JobError CimUnit::check(const DecodedJob& decoded) {
  const JobError error = validate(decoded.job, macro_.parameters());
  if (error != JobError::kNone) return error;
  const std::uint64_t pixels = std::uint64_t{decoded.job.in_width} * decoded.job.in_height;
  if (pixels > UINT32_MAX || decoded.job.positions() > UINT32_MAX ||
      lmem->data(input_region(decoded)) == nullptr ||
      lmem->data(output_region(decoded)) == nullptr) {
    return JobError::kOutsideLmem;
  }
  if (!macro_.array().written(decoded.job, macro_.parameters())) {
    context_.diagnostics.report(base::Severity::kWarning, name(),
                                not_written_sentence(decoded.job, macro_.parameters()),
                                window_.base());
    return JobError::kNotWritten;
  }
  if (!macro_.array().gains_positive(decoded.job, macro_.parameters())) return JobError::kAbn;
  return JobError::kNone;
}

void CimUnit::start() {
  if (busy_) return refuse(JobError::kBusy);
  JobWords words;
  for (unsigned i = 0; i < reg::kJobWords; ++i) words[i] = block_.peek(reg::kJobFirst + 4 * i);
  const DecodedJob decoded = decode_job(words);
  const JobError error = check(decoded);
  if (error != JobError::kNone) return job_end_ == JobEnd::kByCall ? hold(error) : refuse(error);

  job_ = decoded.job;
  input_ = input_region(decoded);
  output_ = output_region(decoded);
  if (job_end_ == JobEnd::kByCall) return hold(JobError::kNone);
  JobCounts counts = compute();

  // Time and energy.
  base::ActivityObserver* observer = context_.activity.observer();
  if (observer != nullptr && stepped_ == nullptr) observer->charging();
  const JobTiming timing =
      job_timing(job_, macro_.parameters(), context_.clock.frequency_hz(), macro_.steps_taken());
  counts.feed_bytes = timing.feed_bytes;
  totals_ += counts;
  if (stepped_ != nullptr) return start_steps(decoded, timing, counts);
  events_.count_macro(job_, counts);
  events_.count_transport(counts);
  schedule(timing);
}

JobCounts CimUnit::compute() {
  // 1. The regions are the job's: nobody else touches them until its feed ends, until it is done.
  input_claim_ = lmem->claim(name(), memory::ClaimMode::kRead, input_);
  output_claim_ = lmem->claim(name(), memory::ClaimMode::kWrite, output_);

  // 2. All values at once.
  const std::size_t bytes = job_.positions() * job_.position_bytes();
  if (results_.size() < bytes) results_.resize(bytes);
  const JobDraws draws{context_.draws, layer_ ? layer_() : 0};
  return macro_.run(job_, lmem->data(input_), context_.fidelity, draws, results_.data());
}

void CimUnit::schedule(const JobTiming& timing) {
  // Feeder and writer work side by side: the job is as late as the more delayed of them.
  const std::uint64_t extra = std::max(lmem->occupy(input_, timing.read_beats, 0, timing.feed_end),
                                       lmem->occupy(output_, 0, timing.write_beats, timing.cycles));
  job_cycles_ = timing.cycles + extra;
  busy_ = true;
  block_.set_field(reg::kStatus, reg::status::kBusy, 1);

  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time begin = context_.clock.next_edge(now + delay_);
  base::CauseCycles split = timing.split;
  split[static_cast<std::size_t>(base::Cause::kStall)] += extra;
  const std::uint64_t first = context_.clock.cycles_at(begin);
  context_.activity.record_job(first, split);
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    tell(*observer, timing, first, split);
  }
  feed_ended_.notify(begin + context_.clock.cycles(timing.feed_end + extra) - now);
  done_.notify(begin + context_.clock.cycles(job_cycles_) - now);
}

void CimUnit::tell(base::ActivityObserver& observer, const JobTiming& timing, std::uint64_t start,
                   const base::CauseCycles& split) const {
  base::JobSpan span;
  span.macro = macro_.instance();
  span.tile = job_.tile;
  span.positions = job_.positions();
  span.start = start;
  span.split = split;
  // With zero skipping a position has as many phases as it has steps.
  std::uint64_t phases = span.positions * timing.phases;
  if (const std::uint32_t* steps = macro_.steps_taken()) {
    phases = std::accumulate(steps, steps + span.positions, std::uint64_t{0});
  }
  span.feed_busy = timing.read_beats;
  span.array_busy = phases * timing.phase_mvm_cycles;
  span.adc_busy = phases * timing.phase_convert_cycles;
  span.write_busy = timing.write_beats;
  span.feed_end = timing.feed_end;
  span.write_end = timing.cycles;
  span.adc_end = timing.cycles - timing.drain_cycles;
  span.array_start = timing.fill_cycles;
  span.array_end = std::max(span.array_start,
                            span.adc_end - std::min(span.adc_end, timing.phase_convert_cycles));
  span.adc_start = std::min(span.adc_end, span.array_start + timing.phase_mvm_cycles);
  // The first result is written when the second position has been started.
  const std::uint64_t first_slot =
      timing.phases * (timing.phase_mvm_cycles + timing.phase_convert_cycles);
  span.write_start = std::min(span.adc_end, span.array_start + first_slot);
  observer.job(span);
}

void CimUnit::refuse(JobError error) {
  block_.poke(reg::kErrorCode, static_cast<std::uint32_t>(error));
  block_.set_field(reg::kStatus, reg::status::kError, 1);
  irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

void CimUnit::end_feed() { lmem->release(input_claim_); }

/// Takes the end of a job, or its refusal, to end_job().
void CimUnit::hold(JobError error) {
  held_ = error;
  run_ = false;
  busy_ = true;
  block_.set_field(reg::kStatus, reg::status::kBusy, 1);
}

void CimUnit::run_job() {
  if (!busy_ || job_end_ != JobEnd::kByCall || held_ != JobError::kNone || run_) return;
  totals_ += compute();
  store_results();
  run_ = true;
}

void CimUnit::end_job() {
  if (!busy_ || job_end_ != JobEnd::kByCall) return;
  if (held_ == JobError::kNone) {
    run_job();
    end_feed();
    finish();
    return;
  }
  busy_ = false;
  block_.set_field(reg::kStatus, reg::status::kBusy, 0);
  refuse(held_);
}

void CimUnit::store_results() {
  std::uint8_t* to = lmem->data(output_);
  const std::uint8_t* from = results_.data();
  if (output_.length == output_.stride) {  // dense, as results_ is
    std::memcpy(to, from, std::size_t{output_.count} * output_.length);
  } else {
    for (std::uint32_t m = 0; m < output_.count; ++m) {
      std::memcpy(to + std::size_t{m} * output_.stride, from, output_.length);
      from += output_.length;
    }
  }
}

void CimUnit::finish() {
  if (job_end_ == JobEnd::kByTime) store_results();
  lmem->mark_written(output_);
  lmem->release(output_claim_);
  busy_ = false;
  ++jobs_;
  block_.poke(reg::kJobCycles, static_cast<std::uint32_t>(job_cycles_));
  block_.set_field(reg::kStatus, reg::status::kBusy, 0);
  block_.set_field(reg::kStatus, reg::status::kDone, 1);
  irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

void CimUnit::drive_irq() {
  const bool enabled = block_.field(reg::kCtrl, reg::ctrl::kIrqEnable) != 0;
  const bool raised = block_.field(reg::kStatus, reg::status::kDone) != 0 ||
                      block_.field(reg::kStatus, reg::status::kError) != 0;
  irq.write(enabled && raised);
}

}  // namespace leyden::cim
