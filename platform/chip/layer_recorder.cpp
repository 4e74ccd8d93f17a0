#include "platform/chip/layer_recorder.h"

#include "models/base/activity_observer.h"

namespace leyden::chip {
namespace {

std::uint64_t period_ps(const base::Clock& clock) {
  return clock.period().value();  // the kernel's resolution is 1 ps
}

}  // namespace

LayerRecorder::LayerRecorder(base::Context& context, Leakage& leakage, ClockTree& clock_tree)
    : context_(context),
      leakage_(leakage),
      clock_tree_(clock_tree),
      period_ps_(period_ps(context.clock)) {}

std::uint64_t LayerRecorder::picoseconds_at(std::uint64_t cycle) const {
  return changed_ps_ + (cycle - changed_cycle_) * period_ps_;
}

void LayerRecorder::note_change(std::uint64_t cycle) {
  const std::uint64_t now_ps = picoseconds_at(cycle);
  leakage_.advance_to(now_ps);
  clock_tree_.advance_to(cycle);
  changed_cycle_ = cycle;
  changed_ps_ = now_ps;
  period_ps_ = period_ps(context_.clock);
  tell_clock();
}

void LayerRecorder::tell_clock() const {
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->clock(changed_cycle_, changed_ps_, period_ps_);
  }
}

void LayerRecorder::archive(base::Archive& a) {
  a(usage_);
  a.below(phase_, 3);
  a(last_cycle_, last_ps_, last_counts_, changed_cycle_, changed_ps_, period_ps_);
  const std::size_t counts = context_.ledger.snapshot().size();
  if (last_counts_.size() > counts) a.refuse("there are more counters than this chip has");
  for (const auto& [layer, usage] : usage_) {
    if (usage.counts.size() > counts) a.refuse("there are more counters than this chip has");
  }
}

void LayerRecorder::close(std::uint64_t cycle, std::uint32_t layer, std::uint32_t marked) {
  if (flush_) flush_();
  const std::uint64_t now_ps = picoseconds_at(cycle);
  leakage_.advance_to(now_ps);
  clock_tree_.advance_to(cycle);
  Usage window;
  window.windows = 1;
  window.cycles = cycle - last_cycle_;
  window.picoseconds = now_ps - last_ps_;
  window.causes = context_.activity.close(last_cycle_, cycle);
  window.busy = context_.activity.busy();
  base::EventCounts counts = context_.ledger.snapshot();
  window.counts = counts;
  for (std::size_t i = 0; i < last_counts_.size(); ++i) window.counts[i] -= last_counts_[i];
  if (phase_ != Phase::kWaiting) usage_[layer].add(window);
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->window(marked, last_cycle_, cycle, phase_ != Phase::kWaiting, window.counts);
  }
  last_cycle_ = cycle;
  last_ps_ = now_ps;
  last_counts_ = std::move(counts);
}

void LayerRecorder::mark_core(std::uint64_t cycle) {
  // The core's write of the mark is under way until `cycle`: it is awake.
  const std::uint64_t now = context_.clock.cycles_at(sc_core::sc_time_stamp());
  if (cycle <= now) return;
  if (flush_) flush_();  // what came before, first
  context_.activity.record(base::Cause::kCore, now, cycle);
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->core_awake(now, cycle);
  }
}

void LayerRecorder::on_begin(std::uint32_t layer, std::uint64_t cycle) {
  mark_core(cycle);
  close(cycle, outside());
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->layer_begins(layer, cycle);
  }
  if (mark_hook_) mark_hook_(layer, false);
  if (start_hook_) start_hook_(layer);
}

void LayerRecorder::on_end(std::uint32_t layer, std::uint64_t cycle) {
  mark_core(cycle);
  const bool boot = phase_ == Phase::kBoot && layer != kCalibrationLayer;
  close(cycle, boot ? kBootLayer : layer, layer);
  if (hook_ && phase_ == Phase::kImage) hook_(layer);
  if (mark_hook_) mark_hook_(layer, true);
}

void LayerRecorder::close_trace(std::uint64_t cycle) {
  if (cycle <= last_cycle_) return;
  if (flush_) flush_();
  leakage_.advance_to(picoseconds_at(cycle));
  clock_tree_.advance_to(cycle);
  base::EventCounts counts = context_.ledger.snapshot();
  for (std::size_t i = 0; i < last_counts_.size(); ++i) counts[i] -= last_counts_[i];
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->window(outside(), last_cycle_, cycle, phase_ != Phase::kWaiting, counts);
  }
}

void LayerRecorder::begin_image(std::uint64_t cycle) {
  close(cycle, kBootLayer);
  phase_ = Phase::kImage;
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->image_begins(context_.draws.image, cycle);
  }
  if (start_hook_) start_hook_(std::nullopt);
}

void LayerRecorder::end_image(std::uint64_t cycle) {
  close(cycle, kControlLayer);
  phase_ = Phase::kWaiting;
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->image_ends(context_.draws.image, cycle);
  }
}

}  // namespace leyden::chip
