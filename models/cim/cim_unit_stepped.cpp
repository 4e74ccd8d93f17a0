#include <string>
#include <utility>

#include "models/base/activity_observer.h"
#include "models/base/error.h"
#include "models/cim/cim_unit.h"
#include "registers/cim.h"

// The time of a job when the chip is approximately timed.
namespace leyden::cim {

namespace reg = registers::cim;

void CimUnit::start_steps(const DecodedJob& decoded, const JobTiming& timing,
                          const JobCounts& counts) {
  memory::BeatPortIf* port = lmem->beat_port();
  if (port == nullptr) {
    throw base::ModelError(std::string(name()) +
                           ": the unit is approximately timed, but its LMEM is not");
  }
  StepPlan plan;
  plan.job = job_;
  plan.timing = timing;
  plan.overhead_cycles = macro_.parameters().job_overhead_cycles;
  // With zero skipping positions do not overlap in the macro (job_timing()).
  if (const std::uint32_t* steps = macro_.steps_taken()) {
    plan.steps.assign(steps, steps + job_.positions());
  } else {
    plan.pipelined = macro_.parameters().pipelined;
  }
  plan.in_address = decoded.in_address;
  plan.out_address = decoded.out_address;
  counts_ = counts;
  busy_ = true;
  block_.set_field(reg::kStatus, reg::status::kBusy, 1);
  stepped_->start(std::move(plan), context_.clock.next_edge(sc_core::sc_time_stamp() + delay_),
                  *port);
}

void CimUnit::end_steps(const base::JobSpan& span) {
  job_cycles_ = span.end() - span.start;
  base::ActivityObserver* observer = context_.activity.observer();
  if (observer != nullptr) observer->charging();
  events_.count_macro(job_, counts_);
  events_.count_transport(counts_);
  context_.activity.record_job(span.start, span.split);
  if (observer != nullptr) observer->job(span);
  finish();
}

}  // namespace leyden::cim
