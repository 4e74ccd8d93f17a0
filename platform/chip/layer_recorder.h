#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "models/base/context.h"
#include "models/peripherals/perf.h"
#include "platform/chip/clock_tree.h"
#include "platform/chip/leakage.h"
#include "platform/chip/usage.h"

namespace leyden::chip {

/// Cuts time at the firmware's layer marks into windows and adds up what each cost. From reset to
/// the first image everything is boot; between images the chip waits for the host and nothing is
/// counted; within an image what is outside layers is control (usage.h).
class LayerRecorder : public peripherals::LayerObserver {
 public:
  /// @param leakage, clock_tree counted up to every mark before a snapshot
  LayerRecorder(base::Context& context, Leakage& leakage, ClockTree& clock_tree);

  /// Called before every snapshot: whoever counts in batches brings the ledger and the activity
  /// log up to date.
  void set_flush(std::function<void()> flush) { flush_ = std::move(flush); }
  /// Called after every mark that counts, for whoever waits for the end of a layer.
  using MarkHook = std::function<void(std::uint32_t layer, bool end)>;
  void set_mark_hook(MarkHook hook) { mark_hook_ = std::move(hook); }
  /// Called at the beginning of an image and of each layer, for faults. @param layer  none: image
  using StartHook = std::function<void(std::optional<std::uint32_t> layer)>;
  void set_start_hook(StartHook hook) { start_hook_ = std::move(hook); }
  /// Called at the end of each layer of an image, when its output is in LMEM.
  void set_layer_hook(std::function<void(std::uint32_t layer)> hook) { hook_ = std::move(hook); }

  void on_begin(std::uint32_t layer, std::uint64_t cycle) override;
  void on_end(std::uint32_t layer, std::uint64_t cycle) override;

  /// An image's input is posted: what was before is boot or waiting.
  void begin_image(std::uint64_t cycle);
  /// The image is done and the core sleeps.
  void end_image(std::uint64_t cycle);
  /// The clock or the supply changes at `cycle`; energy and time so far belong to the old one.
  void note_change(std::uint64_t cycle);

  /// Counts leakage up to a cycle, before what leaks changes.
  void account_leakage(std::uint64_t cycle) { leakage_.advance_to(picoseconds_at(cycle)); }

  const LayerUsage& usage() const { return usage_; }
  /// Tells the observer of the clock as it is: cycle, time and period of the last change.
  void tell_clock() const;
  /// Closes what is left of a run without an image under way, for a trace; counted nowhere.
  void close_trace(std::uint64_t cycle);
  /// Time at a cycle since the last change of frequency, in ps.
  std::uint64_t picoseconds_at(std::uint64_t cycle) const;
  void archive(base::Archive& a);

 private:
  enum class Phase : std::uint8_t { kBoot, kImage, kWaiting };
  void mark_core(std::uint64_t cycle);
  /// Ends the window that began at the last mark and gives it to a layer.
  void close(std::uint64_t cycle, std::uint32_t layer) { close(cycle, layer, layer); }
  /// @param marked  the layer as firmware named it, for an observer
  void close(std::uint64_t cycle, std::uint32_t layer, std::uint32_t marked);
  std::uint32_t outside() const { return phase_ == Phase::kBoot ? kBootLayer : kControlLayer; }

  base::Context& context_;
  Leakage& leakage_;
  ClockTree& clock_tree_;
  std::function<void()> flush_;
  std::function<void(std::uint32_t)> hook_;
  MarkHook mark_hook_;
  StartHook start_hook_;
  LayerUsage usage_;
  Phase phase_ = Phase::kBoot;
  std::uint64_t last_cycle_ = 0;
  std::uint64_t last_ps_ = 0;
  base::EventCounts last_counts_;
  std::uint64_t changed_cycle_ = 0;  ///< of the last change of frequency
  std::uint64_t changed_ps_ = 0;
  std::uint64_t period_ps_ = 0;
};

}  // namespace leyden::chip
