#include "platform/trace/tracer.h"

#include <fstream>

#include "models/base/error.h"
#include "models/cpu/core.h"
#include "platform/trace/activity_fan_out.h"
#include "platform/trace/activity_timeline.h"
#include "platform/trace/commit_log.h"
#include "platform/trace/coverage.h"
#include "platform/trace/debug_info.h"
#include "platform/trace/functional_coverage.h"
#include "platform/trace/layer_name.h"
#include "platform/trace/profile.h"
#include "platform/trace/stack_use.h"
#include "platform/trace/timeline.h"
#include "platform/trace/trap_report.h"
#include "platform/trace/wave_layout.h"
#include "platform/trace/waveform.h"

namespace leyden::trace {

void write_text(const std::string& what, const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw base::UsageError("The " + what + " " + path + " cannot be written.");
}

/// Hands every event to all tools.
class Tracer::FanOut : public cpu::Observer {
 public:
  explicit FanOut(const std::vector<std::unique_ptr<Tool>>& tools) : tools_(tools) {}
  void retired(const cpu::Retired& event) override {
    for (const auto& tool : tools_) tool->retired(event);
  }
  void trapped(const cpu::Trapped& event) override {
    for (const auto& tool : tools_) tool->trapped(event);
  }
  void slept(std::uint64_t from, std::uint64_t to) override {
    for (const auto& tool : tools_) tool->slept(from, to);
  }

 private:
  const std::vector<std::unique_ptr<Tool>>& tools_;
};

Tracer::Tracer(const Options& options, chip::Chip& chip, const std::string& program)
    : chip_(chip), program_(program) {
  if (!options.profile.empty() || !options.coverage.empty()) {
    debug_ = std::make_unique<DebugInfo>(program, chip.program());
  }
  if (!options.commits.empty()) {
    auto log = std::make_unique<CommitLog>(options.commits);
    if (options.symbols) log->show_symbols(chip.program());
    tools_.push_back(std::move(log));
  }
  if (!options.profile.empty()) {
    tools_.push_back(std::make_unique<Profile>(options.profile, chip, program, *debug_));
  }
  if (!options.coverage.empty()) {
    tools_.push_back(std::make_unique<Coverage>(options.coverage, program, *debug_));
  }
  if (!options.timeline.empty()) {
    tools_.push_back(std::make_unique<Timeline>(options.timeline, chip.program()));
  }
  if (options.stack) stack_ = std::make_unique<StackUse>(chip, program);
  watch_units(options);
  fan_out_ = std::make_unique<FanOut>(tools_);
  if (tools_.size() == 1) {
    chip.core().set_observer(tools_.front().get());
  } else if (!tools_.empty()) {
    chip.core().set_observer(fan_out_.get());
  }
}

void Tracer::watch_units(const Options& options) {
  const TraceWindow window = TraceWindow::parse(options.window);
  base::ActivityObserver* observer = nullptr;
  const auto watch = [&](base::ActivityObserver& another) {
    if (observer != nullptr) {
      activity_.push_back(std::make_unique<ActivityFanOut>(*observer, another));
    }
    observer = activity_.empty() ? &another : activity_.back().get();
  };
  if (!options.units.empty()) {
    units_ = std::make_unique<ActivityTimeline>(options.units, window, chip_);
    watch(*units_);
  }
  if (!options.wave.empty()) {
    wave_ = std::make_unique<Waveform>(options.wave, options.signals, window, chip_);
    if (!options.layout.empty()) {
      write_text("layout", options.layout, wave_layout(options.wave, wave_->signals()));
    }
    if (wave_->needs_accesses()) chip_.withdraw_direct_access();
    watch(*wave_);
  }
  if (!options.functional.empty()) {
    functional_path_ = options.functional;
    write_text("functional coverage", functional_path_, "");  // nobody wants to be told after it
    functional_ =
        std::make_unique<FunctionalCoverage>(chip_.macros(), chip_.dma_channels(),
                                             interrupt_names(chip_.macros(), chip_.dma_channels()));
    functional_->coverage().add_run(options.about);
    watch(*functional_);
    chip_.set_transaction_observer(functional_.get());
  }
  if (observer != nullptr) chip_.set_activity_observer(observer);
}

Tracer::~Tracer() {
  chip_.core().set_observer(nullptr);
  chip_.set_activity_observer(nullptr);
  if (functional_ != nullptr) chip_.set_transaction_observer(nullptr);
}

std::string Tracer::finish() {
  std::string told;
  for (const auto& tool : tools_) told += tool->finish();
  if (functional_ != nullptr) {
    write_text("functional coverage", functional_path_, functional_->coverage().json());
    told += "functional coverage: " + std::to_string(functional_->coverage().hit_bins()) + " of " +
            std::to_string(functional_->coverage().bins()) + " bins seen\n";
  }
  if (units_ != nullptr || wave_ != nullptr) chip_.finish_trace();
  if (units_ != nullptr) told += units_->finish(chip_.trace_cycle());
  if (wave_ != nullptr) {
    if (wave_->needs_accesses()) {
      told +=
          "Direct access of the core to its SRAM was withdrawn, so that the waveform shows each "
          "access.\n";
    }
    told += wave_->finish(chip_.trace_cycle());
  }
  if (stack_ != nullptr) told += stack_->told();
  return told;
}

std::string Tracer::trap(const chip::RunEnd& end) {
  return trap_report(chip_, program_, end.status == base::ExitStatus::kFirmware);
}

}  // namespace leyden::trace
