#include "models/cim/stepped_job.h"

#include <algorithm>
#include <utility>

namespace leyden::cim {
namespace {

/// Slots from the feed of a position to its write-back.
constexpr std::uint64_t kArrayBehind = 1;

void add(base::CauseCycles& split, base::Cause cause, std::uint64_t cycles) {
  split[static_cast<std::size_t>(cause)] += cycles;
}

}  // namespace

SteppedJob::SteppedJob(const sc_core::sc_module_name& name, base::Context& context,
                       unsigned instance, const FeederShape& feeder,
                       std::function<void()> feed_ended,
                       std::function<void(const base::JobSpan&)> done)
    : sc_module(name),
      context_(context),
      instance_(instance),
      shape_(feeder),
      feed_ended_(std::move(feed_ended)),
      done_(std::move(done)) {
  SC_HAS_PROCESS(SteppedJob);
  SC_METHOD(advance);
  sensitive << wake_;
  dont_initialize();
}

void SteppedJob::start(StepPlan plan, const sc_core::sc_time& begin, memory::BeatPortIf& port) {
  plan_ = std::move(plan);
  feed_.emplace(plan_.job, shape_);
  port_ = &port;
  running_ = true;
  begun_ = false;
  slot_ = 0;
  slots_ = positions() + (plan_.pipelined ? 3 : 2);
  span_ = {};
  span_.macro = instance_;
  span_.tile = plan_.job.tile;
  span_.positions = positions();
  span_.stepped = true;
  wake_.notify(begin + context_.clock.cycles(plan_.overhead_cycles) - sc_core::sc_time_stamp());
}

void SteppedJob::Stream::beat_served() {
  served = true;
  if (base::ActivityObserver* observer = owner.context_.activity.observer()) {
    const std::uint64_t cycle = owner.context_.clock.cycles_at(sc_core::sc_time_stamp());
    observer->step({owner.instance_, kind, position, next, cycle, cycle + 1});
  }
  owner.wake_at_next_edge();
}

void SteppedJob::wake_at_next_edge() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  wake_.notify(context_.clock.next_edge(now) - now);
}

std::optional<std::uint64_t> SteppedJob::position_of(std::uint64_t behind) const {
  if (slot_ < behind || slot_ - behind >= positions()) return std::nullopt;
  return slot_ - behind;
}

void SteppedJob::begin_stream(Stream& stream, std::uint64_t position, std::uint64_t beats) {
  stream.position = position;
  stream.beats = beats;
  stream.next = 0;
}

void SteppedJob::begin_slot(std::uint64_t cycle) {
  slot_start_ = cycle;
  begin_stream(feeder_, 0, 0);
  begin_stream(writer_, 0, 0);
  if (const auto position = position_of(0)) {
    begin_stream(feeder_, *position, feed_->count(whole_window(*position)));
  }
  if (const auto position = position_of(kArrayBehind)) {
    begin_phases(array_, *position, cycle, true, !plan_.pipelined);
  }
  const std::uint64_t converters_behind = kArrayBehind + (plan_.pipelined ? 1 : 0);
  if (plan_.pipelined) {
    if (const auto position = position_of(converters_behind)) {
      begin_phases(converters_, *position, cycle, false, true);
    }
  }
  if (const auto position = position_of(converters_behind + 1)) {
    begin_stream(writer_, *position, plan_.timing.drain_cycles);
  }
}

void SteppedJob::begin_phases(Phases& phases, std::uint64_t position, std::uint64_t cycle,
                              bool dot_products, bool conversions) {
  phases = {};
  phases.position = position;
  phases.count = phases_of(position);
  phases.dot_products = dot_products;
  phases.conversions = conversions;
  phases.converting = !dot_products;
  phases.end = cycle;
  phases.done = false;
}

/// Begins the steps that are due: of each phase a dot product, then its conversions.
void SteppedJob::pass(Phases& phases, std::uint64_t cycle) {
  while (!phases.done && phases.end <= cycle) {
    if (phases.phase == phases.count) {
      phases.done = true;
      return;
    }
    begin_step(
        phases, phases.end,
        phases.converting ? plan_.timing.phase_convert_cycles : plan_.timing.phase_mvm_cycles);
    const bool both = phases.dot_products && phases.conversions;
    if (phases.converting || !both) ++phases.phase;
    if (both) phases.converting = !phases.converting;
  }
}

void SteppedJob::begin_step(Phases& phases, std::uint64_t cycle, std::uint64_t cycles) {
  phases.end = cycle + cycles;
  const std::uint64_t from = cycle - span_.start;
  const std::uint64_t to = from + cycles;
  if (phases.converting) {
    if (span_.adc_busy == 0) span_.adc_start = from;
    span_.adc_end = to;
    span_.adc_busy += cycles;
  } else {
    if (span_.array_busy == 0) span_.array_start = from;
    span_.array_end = to;
    span_.array_busy += cycles;
  }
  base::ActivityObserver* observer = context_.activity.observer();
  if (observer != nullptr && cycles != 0) {
    observer->step({instance_, phases.converting ? Kind::kConversion : Kind::kDotProduct,
                    phases.position, phases.phase, cycle, cycle + cycles});
  }
}

void SteppedJob::pass(Stream& stream, std::uint64_t cycle) {
  if (stream.served) {
    stream.served = stream.asked = false;
    ++stream.next;
    if (stream.kind == Kind::kFeed) {
      ++span_.feed_busy;
      span_.feed_end = cycle - span_.start;
      if (stream.done() && stream.position + 1 == positions()) feed_ended_();
    } else {
      if (span_.write_busy++ == 0) span_.write_start = cycle - 1 - span_.start;
      span_.write_end = cycle - span_.start;
    }
  }
  if (!stream.asked && !stream.done()) ask(stream);
}

void SteppedJob::ask(Stream& stream) {
  const bool writes = stream.kind == Kind::kWriteBack;
  const std::uint64_t address =
      writes ? plan_.out_address + stream.position * plan_.job.out_pixel_stride +
                   stream.next * shape_.port_bytes
             : plan_.in_address +
                   feed_->offset(stream.position, whole_window(stream.position), stream.next);
  stream.asked = true;
  port_->request_beat(stream, address, writes, memory::kRanksOfUnit * instance_ + (writes ? 1 : 0));
}

/// What the slot took, each cycle given to what bounds it and the rest to waits for the banks.
void SteppedJob::end_slot(std::uint64_t cycle) {
  const auto active = [](const Phases& phases, std::uint64_t cycles) {
    return phases.count * cycles;
  };
  const std::uint64_t mvm = active(array_, plan_.timing.phase_mvm_cycles);
  const std::uint64_t adc =
      active(plan_.pipelined ? converters_ : array_, plan_.timing.phase_convert_cycles);
  const std::uint64_t macro = plan_.pipelined ? std::max(mvm, adc) : mvm + adc;
  const std::uint64_t feed = feeder_.beats;
  const std::uint64_t write = writer_.beats;
  std::uint64_t bound = macro;
  if (macro >= feed && macro >= write) {
    if (!plan_.pipelined || mvm >= adc) add(span_.split, base::Cause::kMvm, mvm);
    if (!plan_.pipelined || mvm < adc) add(span_.split, base::Cause::kAdc, adc);
  } else {
    bound = std::max(feed, write);
    add(span_.split, feed >= write ? base::Cause::kFeed : base::Cause::kWriteBack, bound);
  }
  const std::uint64_t taken = cycle - slot_start_;
  add(span_.split, base::Cause::kStall, taken - std::min(taken, bound));
  array_ = {};
  converters_ = {};
}

void SteppedJob::advance() {
  if (!running_) return;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (context_.clock.next_edge(now) > now) return wake_at_next_edge();
  const std::uint64_t cycle = context_.clock.cycles_at(now);
  if (!begun_) {
    begun_ = true;
    span_.start = cycle - plan_.overhead_cycles;
    add(span_.split, base::Cause::kFeed, plan_.overhead_cycles);
    if (base::ActivityObserver* observer = context_.activity.observer()) {
      observer->job_begins(instance_, plan_.job.tile, span_.start);
    }
    begin_slot(cycle);
  }
  for (;;) {
    pass(feeder_, cycle);
    pass(writer_, cycle);
    pass(array_, cycle);
    pass(converters_, cycle);
    if (!feeder_.done() || !writer_.done() || !array_.done || !converters_.done) break;
    end_slot(cycle);
    if (++slot_ == slots_) return finish();
    begin_slot(cycle);
  }
  std::uint64_t next = ~std::uint64_t{0};
  for (const Phases* phases : {&array_, &converters_}) {
    if (!phases->done) next = std::min(next, phases->end);
  }
  if (next != ~std::uint64_t{0}) wake_.notify(context_.clock.cycles(next - cycle));
}

void SteppedJob::finish() {
  running_ = false;
  done_(span_);
}

}  // namespace leyden::cim
