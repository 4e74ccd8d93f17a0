#include "platform/trace/activity_timeline.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "models/base/error.h"
#include "platform/trace/chip_interrupts.h"
#include "platform/trace/layer_name.h"

namespace leyden::trace {
namespace {

/// Numbers of the tracks, which is the order they are shown in.
enum Track {
  kImages = 1,
  kLayers = 2,
  kCore = 3,
  kInterrupts = 4,
  kBus = 5,
  kVector = 6,
  kDma = 10,   ///< and a number each channel
  kCim = 100,  ///< and 10 a macro
};
enum CimTrack { kJob, kFeeder, kArray, kAdc, kWriteBack };
constexpr int kTracksOfCim = 10;

/// Cycles of one value of the bus utilisation.
constexpr std::uint64_t kBusInterval = 256;

std::string quoted(std::string_view text) { return json_string(std::string(text)); }

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "\"0x%08llx\"", static_cast<unsigned long long>(value));
  return text;
}

/// One member of a JSON object, with a comma before it when it is not the first.
void member(std::string& object, std::string_view key, std::uint64_t value) {
  object += (object.empty() ? "\"" : ",\"");
  (object.append(key) += "\":") += std::to_string(value);
}

void member(std::string& object, std::string_view key, double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.12g", value);
  object += (object.empty() ? "\"" : ",\"");
  (object.append(key) += "\":") += text;
}

}  // namespace

ActivityTimeline::ActivityTimeline(const std::string& path, const TraceWindow& window,
                                   chip::Chip& chip, std::size_t most)
    : events_(path, most),
      window_(window),
      wanted_(window),
      chip_(chip),
      interrupts_(interrupt_names(chip)),
      power_(chip.ledger(), clock_) {
  for (const std::string& master : chip.bus_masters()) masters_.push_back(quoted(master));
  name_tracks(chip);
}

void ActivityTimeline::name_tracks(chip::Chip& chip) {
  events_.process(quoted("leyden"));
  events_.track(kImages, quoted("images"));
  events_.track(kLayers, quoted("layers"));
  events_.track(kCore, quoted("core"));
  events_.track(kInterrupts, quoted("interrupts"));
  events_.track(kBus, quoted("bus"));
  events_.track(kVector, quoted("vector"));
  for (unsigned n = 0; n < chip.dma_channels(); ++n) {
    events_.track(kDma + static_cast<int>(n), quoted("dma" + std::to_string(n)));
  }
  for (unsigned n = 0; n < chip.macros(); ++n) {
    const int base = kCim + kTracksOfCim * static_cast<int>(n);
    const std::string name = "cim" + std::to_string(n);
    events_.track(base + kJob, quoted(name));
    events_.track(base + kFeeder, quoted(name + " feeder"));
    events_.track(base + kArray, quoted(name + " array"));
    events_.track(base + kAdc, quoted(name + " adc"));
    events_.track(base + kWriteBack, quoted(name + " write_back"));
  }
}

void ActivityTimeline::clock(std::uint64_t cycle, std::uint64_t picoseconds,
                             std::uint64_t period_ps) {
  clock_.change(cycle, picoseconds, period_ps);
}

void ActivityTimeline::slice(int track, std::string_view name, std::string_view category,
                             std::uint64_t start, std::uint64_t end, std::string_view args) {
  if (!window_.cut(start, end)) return;
  events_.slice(track, name, category, clock_.picoseconds(start), clock_.picoseconds(end), args);
}

void ActivityTimeline::instant(const std::string& name, std::uint64_t cycle) {
  if (!window_.holds(cycle)) return;
  events_.instant(kInterrupts, quoted(name), clock_.picoseconds(cycle), "");
}

void ActivityTimeline::charging() { power_.charging(); }

void ActivityTimeline::job(const base::JobSpan& span) {
  power_.charged(span.start, span.end());
  const int base = kCim + kTracksOfCim * static_cast<int>(span.macro);
  const std::string name = quoted("tile " + std::to_string(span.tile));
  std::string args;
  member(args, "start_cycle", span.start);
  member(args, "cycles", span.end() - span.start);
  member(args, "positions", span.positions);
  slice(base + kJob, name, "job", span.start, span.end(), args);
  // What bounds it, in the order in which the report lays it out.
  std::uint64_t at = span.start;
  for (const base::Cause cause : {base::Cause::kFeed, base::Cause::kMvm, base::Cause::kAdc,
                                  base::Cause::kWriteBack, base::Cause::kStall}) {
    const std::uint64_t cycles = span.split[static_cast<std::size_t>(cause)];
    const std::string_view word = base::to_string(cause);
    slice(base + kJob, quoted(word), word, at, at + cycles);
    at += cycles;
  }
  // The stages beside each other.
  const auto stage = [&](CimTrack track, const char* category, std::uint64_t from, std::uint64_t to,
                         std::uint64_t busy) {
    std::string of_stage;
    member(of_stage, "busy_cycles", busy);
    slice(base + track, name, category, span.start + from, span.start + to, of_stage);
  };
  stage(kFeeder, "feeder", 0, span.feed_end, span.feed_busy);
  stage(kArray, "array", span.array_start, span.array_end, span.array_busy);
  stage(kAdc, "converters", span.adc_start, span.adc_end, span.adc_busy);
  stage(kWriteBack, "writer", span.write_start, span.write_end, span.write_busy);
}

void ActivityTimeline::vector_job(const char* operation, std::uint64_t outputs, std::uint64_t start,
                                  std::uint64_t end) {
  power_.charged(start, end);
  std::string args;
  member(args, "outputs", outputs);
  slice(kVector, quoted(operation), "vector", start, end, args);
}

void ActivityTimeline::transfer(const base::TransferSpan& span) {
  std::string args;
  member(args, "bytes", span.bytes);
  args += ",\"source\":" + hex(span.source) + ",\"destination\":" + hex(span.destination);
  slice(kDma + static_cast<int>(span.channel), span.weights ? "\"weights\"" : "\"transfer\"",
        span.weights ? "weight_load" : "dma", span.start, span.end, args);
}

void ActivityTimeline::bus(const base::BusSpan& span) {
  power_.pass(span.ready);
  std::uint64_t start = span.start;
  std::uint64_t end = span.start + span.beats;
  if (!window_.cut(start, end)) return;
  fill_bus_bins(start);
  for (std::uint64_t at = start; at < end;) {
    fill_bus_bins(at);
    const std::uint64_t until = std::min(end, (bin_ + 1) * kBusInterval);
    bin_beats_ += until - at;
    at = until;
  }
  std::string args;
  member(args, "bytes", span.bytes);
  if (span.start > span.ready) member(args, "waited_cycles", span.start - span.ready);
  args += ",\"address\":" + hex(span.address);
  slice(kBus, masters_.at(span.master), span.write ? "write" : "read", start, end, args);
}

/// Writes the values of the intervals before the one that a cycle lies in.
void ActivityTimeline::fill_bus_bins(std::uint64_t cycle) {
  const std::uint64_t bin = cycle / kBusInterval;
  if (bin <= bin_) return;
  put_bus_bin();
  ++bin_;
  if (bin_ < bin) put_bus_bin();  // one 0 stands for all that follow
  bin_ = bin;
}

void ActivityTimeline::put_bus_bin() {
  const bool idle = bin_beats_ == 0;
  std::uint64_t start = bin_ * kBusInterval;
  std::uint64_t end = start + kBusInterval;
  if ((!idle || !bus_was_idle_) && window_.cut(start, end)) {
    std::string args;
    member(args, "percent", 100.0 * static_cast<double>(bin_beats_) / kBusInterval);
    events_.counter("\"bus utilisation\"", clock_.picoseconds(start), args);
    bus_was_idle_ = idle;
  }
  bin_beats_ = 0;
}

void ActivityTimeline::core_awake(std::uint64_t start, std::uint64_t end) {
  if (start > core_end_) {
    close_core(core_end_);
    core_start_ = start;
  }
  core_end_ = std::max(core_end_, end);
}

/// Writes the core's track up to a cycle until which it was awake.
void ActivityTimeline::close_core(std::uint64_t cycle) {
  if (core_start_ > core_shown_) {
    slice(kCore, "\"asleep\"", "asleep", core_shown_, core_start_);
  }
  const std::uint64_t from = std::max(core_start_, core_shown_);
  if (cycle > from) slice(kCore, "\"awake\"", "core", from, cycle);
  core_shown_ = std::max(core_shown_, cycle);
}

void ActivityTimeline::core_interrupts(unsigned lines, std::uint64_t cycle) {
  static constexpr const char* kNames[] = {"external", "timer", "software"};
  // The external line is the PLIC's, whose sources are shown.
  for (unsigned n = 1; n < 3; ++n) {
    if ((lines & ~core_lines_) >> n & 1) instant(std::string(kNames[n]) + " raised", cycle);
  }
  core_lines_ = lines;
}

void ActivityTimeline::interrupt_lines(std::uint32_t levels, std::uint64_t cycle) {
  const std::uint32_t raised = levels & ~levels_;
  levels_ = levels;
  for (unsigned n = 0; n < interrupts_.size(); ++n) {
    if (raised >> n & 1) instant(interrupts_[n] + " raised", cycle);
  }
}

void ActivityTimeline::interrupt_claimed(unsigned source, std::uint64_t cycle) {
  instant(interrupts_.at(source) + " claimed", cycle);
}

void ActivityTimeline::interrupt_completed(unsigned source, std::uint64_t cycle) {
  instant(interrupts_.at(source) + " completed", cycle);
}

void ActivityTimeline::window(std::uint32_t layer, std::uint64_t start, std::uint64_t end,
                              bool counted, const base::EventCounts& counts) {
  std::vector<PowerTrack::Step> steps = power_.close(start, end, counts);
  if (!counted) {
    // Between images the chip waits for the host; the report has nothing of that time.
    steps.assign(1, {start, std::vector<double>(base::kComponentCount, 0.0)});
  }
  power(steps, end);
  if (!counted) return;
  if (layers_.empty()) layers_ = chip_.layer_names();
  std::string args;
  member(args, "start_cycle", start);
  member(args, "cycles", end - start);
  slice(kLayers, quoted(layer_name(layer, layers_)), "layer", start, end, args);
}

void ActivityTimeline::power(const std::vector<PowerTrack::Step>& steps, std::uint64_t end) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::uint64_t from = steps[i].cycle;
    std::uint64_t to = i + 1 < steps.size() ? steps[i + 1].cycle : end;
    if (window_.cut(from, to)) put_power(from, steps[i].milliwatt);
  }
}

void ActivityTimeline::put_power(std::uint64_t cycle, const std::vector<double>& milliwatt) {
  const std::uint64_t ps = clock_.picoseconds(cycle);
  std::string args;
  member(args, "mW", std::accumulate(milliwatt.begin(), milliwatt.end(), 0.0));
  events_.counter("\"power\"", ps, args);
  args.clear();
  for (std::size_t i = 0; i < milliwatt.size(); ++i) {
    member(args, base::to_string(static_cast<base::Component>(i)), milliwatt[i]);
  }
  events_.counter("\"power by component, mW\"", ps, args);
}

void ActivityTimeline::image_begins(std::uint32_t image, std::uint64_t cycle) {
  close_core(core_end_);
  core_shown_ = std::max(core_shown_, core_end_);
  window_.image_begins(image, cycle);
  image_start_ = cycle;
}

void ActivityTimeline::image_ends(std::uint32_t image, std::uint64_t cycle) {
  close_core(core_end_);
  const std::uint64_t start = image_start_.value_or(window_.from());
  std::string args;
  member(args, "start_cycle", start);
  member(args, "cycles", cycle - start);
  slice(kImages, quoted("image " + std::to_string(image)), "image", start, cycle, args);
  image_start_.reset();
  const bool ends = !window_.over(cycle);
  window_.image_ends(image, cycle);
  if (ends && window_.over(cycle)) {
    put_bus_bin();
    put_power(cycle, std::vector<double>(base::kComponentCount, 0.0));
  }
}

std::string ActivityTimeline::finish(std::uint64_t cycle) {
  close_core(core_end_);
  const bool over = window_.over(cycle);
  if (!over) {
    put_bus_bin();
    put_power(cycle, std::vector<double>(base::kComponentCount, 0.0));
  }
  std::string about = "\"time_unit\":\"us of the chip's time\"";
  about += ",\"end_cycle\":" + std::to_string(cycle);
  about += ",\"end_ps\":" + std::to_string(clock_.picoseconds(cycle));
  about += ",\"events\":" + std::to_string(events_.events());
  std::string told;
  if (events_.full()) {
    char time[32];
    std::snprintf(time, sizeof time, "%.3f", static_cast<double>(events_.full_from_ps()) * 1e-6);
    told = "The trace ends at " + std::string(time) + " us of the chip: it has " +
           std::to_string(events_.most()) +
           " events; --trace-window chooses other images or cycles.";
    about += ",\"note\":" + json_string(told);
    told += '\n';
  }
  events_.finish(about);
  if (wanted_.kind == TraceWindow::Kind::kCycles && wanted_.first >= cycle) {
    throw base::UsageError("--trace-window begins at cycle " + std::to_string(wanted_.first) +
                           ", but the run ended at cycle " + std::to_string(cycle) + ".");
  }
  return told;
}

}  // namespace leyden::trace
