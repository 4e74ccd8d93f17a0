#include "platform/trace/timeline.h"

#include "models/base/error.h"
#include "platform/chip/usage.h"
#include "registers/memory_map.h"
#include "registers/perf.h"

namespace leyden::trace {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  return out + "\"";
}

std::string layer_name(std::uint32_t layer) {
  switch (layer) {
    case chip::kBootLayer:
      return "\"boot\"";
    case chip::kInputLayer:
      return "\"input\"";
    case chip::kOutputLayer:
      return "\"output\"";
    case chip::kCalibrationLayer:
      return "\"calibration\"";
    default:
      return "\"layer " + std::to_string(layer) + "\"";
  }
}

constexpr std::uint32_t kLayerBegin =
    static_cast<std::uint32_t>(registers::kPerfBase) + registers::perf::kLayerBegin;
constexpr std::uint32_t kLayerEnd =
    static_cast<std::uint32_t>(registers::kPerfBase) + registers::perf::kLayerEnd;

Cost spent(std::uint64_t cycle) { return {cycle, 0, 0, 0}; }

}  // namespace

Timeline::Timeline(const std::string& path, const chip::ElfProgram& program)
    : path_(path), file_(path, std::ios::binary), code_(program), calls_(code_, *this) {
  for (CodeMap::Index i = 0; i < code_.size(); ++i) {
    names_.push_back(quoted(code_.function(i).name));
  }
  const auto track = [this](Track number, const std::string& name) {
    file_ << R"({"ph":"M","pid":1,"tid":)" << number << R"(,"name":"thread_name","args":{"name":")"
          << name << "\"}}";
  };
  file_ << "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
  track(kCore, "core");
  file_ << ",\n";
  track(kLayers, "layers");
  file_.flush();
  check();
}

void Timeline::put(Track track, char phase, std::uint64_t cycle, const std::string& name,
                   const std::string& more) {
  file_ << ",\n{\"ph\":\"" << phase << "\",\"pid\":1,\"tid\":" << track << ",\"ts\":" << cycle;
  if (!name.empty()) file_ << ",\"name\":" << name;
  file_ << more << '}';
  if (++events_ == kMostEvents) close_all();
}

void Timeline::retired(const cpu::Retired& event) {
  if (full_) return;
  CodePlace& place = places_.at(event.pc);
  now_ = event.cycle;
  calls_.begin(place, event, spent(now_));
  now_ += event.cycles;
  if (event.over_bus && event.access == cpu::MemoryAccess::kStore) {
    if (event.address == kLayerBegin) mark_layer(event.stored, true, now_);
    if (event.address == kLayerEnd) mark_layer(event.stored, false, now_);
  }
  calls_.end(place, event, spent(now_));
}

void Timeline::trapped(const cpu::Trapped& event) {
  if (full_) return;
  now_ = event.cycle;
  CodePlace& handler = places_.at(event.handler);
  calls_.know(handler, event.handler);
  calls_.trap(handler, event, spent(now_));
  now_ += event.cycles;
}

void Timeline::slept(std::uint64_t from, std::uint64_t to) {
  if (full_) return;
  put(kCore, 'X', from, names_[CodeMap::kSleep], ",\"dur\":" + std::to_string(to - from));
}

void Timeline::mark_layer(std::uint32_t layer, bool begins, std::uint64_t cycle) {
  // As the counter itself: one at a time.
  if (full_ || begins == layer_open_) return;
  layer_open_ = begins;
  put(kLayers, begins ? 'B' : 'E', cycle, layer_name(layer));
}

void Timeline::entered(const Activation& activation) {
  if (full_) return;
  ++open_functions_;
  put(kCore, 'B', activation.at_entry.cycles, names_[activation.function],
      activation.trap ? ",\"cat\":\"trap\"" : "");
}

void Timeline::left(const Activation&) {
  if (full_) return;
  --open_functions_;
  put(kCore, 'E', now_, "");
}

/// Ends what is under way, so that the file is whole, and takes nothing more.
void Timeline::close_all() {
  full_ = true;
  for (; open_functions_ > 0; --open_functions_) put(kCore, 'E', now_, "");
  if (layer_open_) put(kLayers, 'E', now_, "");
}

void Timeline::check() const {
  if (!file_) throw base::UsageError("The timeline " + path_ + " cannot be written.");
}

std::string Timeline::finish() {
  const bool cut = full_;
  if (!cut) close_all();
  file_ << "\n]}\n";
  file_.close();
  check();
  return cut ? "The timeline ends at cycle " + std::to_string(now_) + ": it has " +
                   std::to_string(kMostEvents) + " events.\n"
             : "";
}

}  // namespace leyden::trace
