#include "platform/trace/waveform.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "platform/trace/chip_interrupts.h"
#include "platform/trace/layer_name.h"
#include "platform/trace/wave_signals.h"

namespace leyden::trace {
namespace {

constexpr std::int64_t kNoLayer = 0xffffffff;

/// The vector unit's operations as its signal numbers them, from 1.
constexpr std::array<std::string_view, 6> kOperations = {"max_pool",   "average_pool", "add",
                                                         "accumulate", "scale",        "lookup"};

}  // namespace

Waveform::Waveform(const std::string& path, const std::string& list, const TraceWindow& window,
                   chip::Chip& chip, std::size_t most)
    : wanted_(window), window_(window), most_(most), chip_(chip) {
  std::vector<WaveSignal> all =
      wave_signals(chip.macros(), chip.dma_channels(), interrupt_names(chip));
  std::vector<WavePin> pins = wave_pins(chip);
  for (const WavePin& pin : pins) all.push_back(pin.signal);
  const std::vector<bool> chosen = choose_signals(all, list);
  needs_accesses_ = any_costly(all, chosen);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!chosen[i]) continue;
    by_path_[all[i].path()] = static_cast<Signal>(signals_.size());
    signals_.push_back(all[i]);
  }
  writer_ = make_wave_writer(path, signals_);
  values_.assign(signals_.size(), 0);
  highs_.assign(signals_.size(), 0);
  find_signals(chip.macros(), chip.dma_channels());
  const std::vector<std::string> lines = interrupt_names(chip);
  for (std::size_t n = 0; n < lines_.size(); ++n) {
    lines_[n] = lines[n].empty() ? kNone : signal("irq." + lines[n]);
  }
  if (awake_ != kNone) values_[static_cast<std::size_t>(awake_)] = 1;
  if (layer_ != kNone) values_[static_cast<std::size_t>(layer_)] = kNoLayer;
  watch_pins(std::move(pins));
}

void Waveform::watch_pins(std::vector<WavePin> pins) {
  std::vector<base::PinView> views;
  std::vector<Signal> signals;
  for (WavePin& pin : pins) {
    const Signal chosen = signal(pin.signal.path());
    if (chosen == kNone) continue;
    const base::PinWords value = pin.view.read();
    values_[static_cast<std::size_t>(chosen)] = static_cast<std::int64_t>(value[0]);
    highs_[static_cast<std::size_t>(chosen)] = value[1];
    signals.push_back(chosen);
    views.push_back(std::move(pin.view));
  }
  if (views.empty()) return;
  pins_ = std::make_unique<PinWatch>(
      "wave_pins", std::move(views),
      [this, signals](std::size_t i, const base::PinWords& value) { pin(signals[i], value); });
}

/// A pin has a new value at the kernel's time.
void Waveform::pin(Signal signal, const base::PinWords& value) {
  if (state_ == State::kClosed) return;
  const std::uint64_t cycle = chip_.trace_cycle();
  const std::uint64_t edge_ps = clock_.picoseconds(cycle);
  const std::uint64_t now_ps = sc_core::sc_time_stamp().value();
  pass(cycle);
  changes_.push_back({cycle, signal, false, static_cast<std::int64_t>(value[0]), value[1],
                      now_ps > edge_ps ? now_ps - edge_ps : 0});
}

Waveform::Signal Waveform::signal(const std::string& path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? kNone : found->second;
}

void Waveform::find_signals(unsigned macros, unsigned channels) {
  image_ = signal("program.image");
  image_active_ = signal("program.image_active");
  layer_ = signal("program.layer");
  awake_ = signal("core.awake");
  pc_ = signal("core.pc");
  core_lines_ = {signal("core.irq_external"), signal("core.irq_timer"),
                 signal("core.irq_software")};
  in_service_ = signal("irq.in_service");
  pending_ = signal("mailbox.pending");
  bus_busy_ = signal("bus.busy");
  bus_master_ = signal("bus.master");
  bus_write_ = signal("bus.write");
  bus_address_ = signal("bus.address");
  banks_ = {signal("lmem.bank0_load"), signal("lmem.bank1_load")};
  vector_busy_ = signal("vector.busy");
  vector_operation_ = signal("vector.operation");
  sram_access_ = signal("sram.access");
  sram_write_ = signal("sram.write");
  sram_address_ = signal("sram.address");
  for (unsigned n = 0; n < channels; ++n) {
    const std::string scope = "dma" + std::to_string(n) + ".";
    channels_.push_back({signal(scope + "busy"), signal(scope + "weights"),
                         signal(scope + "source"), signal(scope + "destination"),
                         signal(scope + "left")});
  }
  for (unsigned n = 0; n < macros; ++n) {
    const std::string scope = "cim" + std::to_string(n) + ".";
    macros_.push_back({signal(scope + "busy"), signal(scope + "bound"), signal(scope + "job"),
                       signal(scope + "tile"), signal(scope + "feeder"), signal(scope + "array"),
                       signal(scope + "adc"), signal(scope + "write_back")});
  }
}

void Waveform::clock(std::uint64_t cycle, std::uint64_t picoseconds, std::uint64_t period_ps) {
  clock_.change(cycle, picoseconds, period_ps);
}

// What the chip's parts tell.

void Waveform::job(const base::JobSpan& span_of_job) {
  Macro& macro = macros_.at(span_of_job.macro);
  const std::uint64_t start = span_of_job.start;
  if (span_of_job.stepped) {  // the rest was told as it happened
    set(macro.busy, span_of_job.end(), 0);
  } else {
    set(macro.job, start, ++macro.jobs);
    set(macro.tile, start, span_of_job.tile);
    span(macro.busy, start, span_of_job.end());
  }
  std::uint64_t at = start;
  std::uint64_t number = 0;
  for (const base::Cause cause : {base::Cause::kFeed, base::Cause::kMvm, base::Cause::kAdc,
                                  base::Cause::kWriteBack, base::Cause::kStall}) {
    const std::uint64_t cycles = span_of_job.split[static_cast<std::size_t>(cause)];
    span(macro.bound, at, at + cycles, ++number);
    at += cycles;
  }
  if (span_of_job.stepped) return;
  span(macro.feeder, start, start + span_of_job.feed_end);
  span(macro.array, start + span_of_job.array_start, start + span_of_job.array_end);
  span(macro.adc, start + span_of_job.adc_start, start + span_of_job.adc_end);
  span(macro.write_back, start + span_of_job.write_start, start + span_of_job.write_end);
}

void Waveform::job_begins(unsigned macro_number, std::uint32_t tile, std::uint64_t cycle) {
  pass(cycle);
  Macro& macro = macros_.at(macro_number);
  set(macro.job, cycle, ++macro.jobs);
  set(macro.tile, cycle, tile);
  set(macro.busy, cycle, 1);
}

void Waveform::step(const base::StepSpan& span_of_step) {
  const Macro& macro = macros_.at(span_of_step.macro);
  const auto signal_of = [&macro](base::StepSpan::Kind kind) {
    switch (kind) {
      case base::StepSpan::Kind::kFeed:
        return macro.feeder;
      case base::StepSpan::Kind::kDotProduct:
        return macro.array;
      case base::StepSpan::Kind::kConversion:
        return macro.adc;
      case base::StepSpan::Kind::kWriteBack:
        break;
    }
    return macro.write_back;
  };
  span(signal_of(span_of_step.kind), span_of_step.start, span_of_step.end);
}

void Waveform::vector_begins(const char* operation, std::uint64_t cycle) {
  pass(cycle);
  const auto found = std::find(kOperations.begin(), kOperations.end(), operation);
  set(vector_busy_, cycle, 1);
  set(vector_operation_, cycle, static_cast<std::uint64_t>(found - kOperations.begin()) + 1);
}

void Waveform::vector_job(const char* operation, std::uint64_t, std::uint64_t start,
                          std::uint64_t end) {
  span(vector_busy_, start, end);
  const auto found = std::find(kOperations.begin(), kOperations.end(), operation);
  span(vector_operation_, start, end, static_cast<std::uint64_t>(found - kOperations.begin()) + 1);
}

void Waveform::dma_busy(unsigned channel, bool busy, std::uint64_t cycle) {
  pass(cycle);
  const Channel& of = channels_.at(channel);
  set(of.busy, cycle, busy ? 1 : 0);
  if (!busy) set(of.weights, cycle, 0);
}

void Waveform::burst(unsigned channel, std::uint32_t source, std::uint32_t destination,
                     bool weights, std::uint64_t left, std::uint64_t cycle) {
  pass(cycle);
  const Channel& of = channels_.at(channel);
  set(of.weights, cycle, weights ? 1 : 0);
  set(of.source, cycle, source);
  set(of.destination, cycle, destination);
  set(of.left, cycle, left);
}

void Waveform::bus(const base::BusSpan& use) {
  const std::uint64_t end = use.start + use.beats;
  span(bus_busy_, use.start, end);
  span(bus_master_, use.start, end, use.master + 1);
  span(bus_write_, use.start, end, use.write ? 1 : 0);
  set(bus_address_, use.start, use.address);
}

void Waveform::core_state(bool awake, std::uint64_t cycle) {
  pass(cycle);
  set(awake_, cycle, awake ? 1 : 0);
}

void Waveform::core_pc(std::uint32_t pc, std::uint64_t cycle) {
  pass(cycle);
  set(pc_, cycle, pc);
}

void Waveform::core_interrupts(unsigned lines, std::uint64_t cycle) {
  for (unsigned n = 0; n < core_lines_.size(); ++n) {
    if ((lines ^ core_levels_) >> n & 1) set(core_lines_[n], cycle, lines >> n & 1);
  }
  core_levels_ = lines;
}

void Waveform::interrupt_lines(std::uint32_t levels, std::uint64_t cycle) {
  for (unsigned n = 0; n < lines_.size(); ++n) {
    if ((levels ^ levels_) >> n & 1) set(lines_[n], cycle, levels >> n & 1);
  }
  levels_ = levels;
}

void Waveform::interrupt_claimed(unsigned source, std::uint64_t cycle) {
  claimed_ |= 1u << source;
  set(in_service_, cycle, claimed_);
}

void Waveform::interrupt_completed(unsigned source, std::uint64_t cycle) {
  claimed_ &= ~(1u << source);
  set(in_service_, cycle, claimed_);
}

void Waveform::bank(unsigned bank, bool, std::uint64_t beats, std::uint64_t start,
                    std::uint64_t end) {
  if (end <= start) return;
  const auto percent = static_cast<std::int64_t>(100 * beats / (end - start));
  add(banks_.at(bank), start, percent);
  add(banks_.at(bank), end, -percent);
}

void Waveform::sram_access(std::uint64_t offset, unsigned, bool write, std::uint64_t cycle) {
  span(sram_access_, cycle, cycle + 1);
  span(sram_write_, cycle, cycle + 1, write ? 1 : 0);
  set(sram_address_, cycle, offset);
}

void Waveform::mailbox(bool pending, std::uint64_t cycle) { set(pending_, cycle, pending ? 1 : 0); }

void Waveform::window(std::uint32_t, std::uint64_t, std::uint64_t end, bool,
                      const base::EventCounts&) {
  set(layer_, end, kNoLayer);
}

void Waveform::layer_begins(std::uint32_t layer, std::uint64_t cycle) { set(layer_, cycle, layer); }

void Waveform::image_begins(std::uint32_t image, std::uint64_t cycle) {
  set(image_, cycle, image);
  set(image_active_, cycle, 1);
  window_.image_begins(image, cycle);
}

void Waveform::image_ends(std::uint32_t image, std::uint64_t cycle) {
  set(image_active_, cycle, 0);
  window_.image_ends(image, cycle);
  flush(cycle);
}

}  // namespace leyden::trace
