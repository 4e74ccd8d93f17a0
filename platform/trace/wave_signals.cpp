#include "platform/trace/wave_signals.h"

#include <algorithm>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::trace {
namespace {

const std::string kRoot = "leyden.chip.";

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else if (c != ' ') {
      parts.back() += c;
    }
  }
  return parts;
}

void add_macro(std::vector<WaveSignal>& all, const std::string& scope) {
  all.push_back({scope, "busy", 1, "a job is under way"});
  all.push_back({scope, "bound", 3,
                 "what bounds the job: 0 none, 1 feed, 2 mvm, 3 adc, 4 write_back, 5 stall"});
  all.push_back({scope, "job", 32, "number of the job since time 0, from 1"});
  all.push_back({scope, "tile", 16, "tile of the job under way or last"});
  all.push_back({scope, "feeder", 1, "from a job's first to its last feed"});
  all.push_back({scope, "array", 1, "from its first to its last dot product"});
  all.push_back({scope, "adc", 1, "from its first to its last conversion"});
  all.push_back({scope, "write_back", 1, "from its first to its last result"});
}

void add_channel(std::vector<WaveSignal>& all, const std::string& scope) {
  all.push_back({scope, "busy", 1, "a transfer or a chain of them is under way"});
  all.push_back({scope, "weights", 1, "into a weight window"});
  all.push_back({scope, "source", 32, "bus address the burst under way or last reads from"});
  all.push_back({scope, "destination", 32, "and writes to"});
  all.push_back({scope, "left", 32, "bytes of the row that the burst under way begins with"});
}

}  // namespace

std::vector<WaveSignal> wave_signals(unsigned macros, unsigned dma_channels,
                                     const std::vector<std::string>& interrupts) {
  std::vector<WaveSignal> all;
  all.push_back({"program", "image", 32, "number of the image under way or last"});
  all.push_back({"program", "image_active", 1, "an image is under way"});
  all.push_back({"program", "layer", 32, "number that firmware gives the layer; ffffffff: none"});
  all.push_back({"core", "awake", 1, "not in wfi"});
  all.push_back({"core", "pc", 32, "at the last access that was not by direct pointer"});
  all.push_back({"core", "irq_external", 1, "line of the PLIC"});
  all.push_back({"core", "irq_timer", 1, "line of the CLINT"});
  all.push_back({"core", "irq_software", 1, "line of the CLINT"});
  for (std::size_t n = 0; n < interrupts.size(); ++n) {
    if (interrupts[n].empty()) continue;
    all.push_back({"irq", interrupts[n], 1, "level of PLIC source " + std::to_string(n)});
  }
  all.push_back({"irq", "in_service", 32, "claimed and not completed, a bit a source"});
  all.push_back({"mailbox", "pending", 1, "an input waits to be taken"});
  all.push_back({"bus", "busy", 1, "the data path is taken"});
  all.push_back({"bus", "master", 4, "who has it: 0 nobody, n + 1 master n (docs/tracing.md)"});
  all.push_back({"bus", "write", 1, "it writes"});
  all.push_back({"bus", "address", 32, "bus address of the transaction under way or last"});
  for (const char* bank : {"bank0", "bank1"}) {
    all.push_back({"lmem", std::string(bank) + "_load", 16,
                   "percent of its beats in use, jobs and bus; above 100: they wait"});
  }
  all.push_back({"vector", "busy", 1, "a job is under way"});
  all.push_back({"vector", "operation", 3,
                 "0 none, 1 max_pool, 2 average_pool, 3 add, 4 accumulate, 5 scale, 6 lookup"});
  for (unsigned n = 0; n < dma_channels; ++n) add_channel(all, "dma" + std::to_string(n));
  for (unsigned n = 0; n < macros; ++n) add_macro(all, "cim" + std::to_string(n));
  all.push_back({"sram", "access", 1, "the core reads or writes: one cycle each", true});
  all.push_back({"sram", "write", 1, "it writes", true});
  all.push_back({"sram", "address", 32, "offset of the access under way or last", true});
  return all;
}

bool any_costly(const std::vector<WaveSignal>& signals, const std::vector<bool>& chosen) {
  for (std::size_t i = 0; i < signals.size(); ++i) {
    if (chosen[i] && signals[i].costly) return true;
  }
  return false;
}

void check_wave_path(const std::string& path) {
  const std::string ending = path.size() > 4 ? path.substr(path.size() - 4) : "";
  if (ending == ".vcd" || ending == ".fst") return;
  throw base::UsageError("The waveform " + path +
                         " must end in .vcd or .fst, which tells its format.");
}

bool matches(const std::string& pattern, const std::string& text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string::npos;  // the last * and where what it stands for ends
  std::size_t star_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string::npos) {
      p = star + 1;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<bool> choose_signals(const std::vector<WaveSignal>& signals, const std::string& list) {
  std::vector<bool> chosen(signals.size(), list == "all");
  if (list == "all") return chosen;
  if (list.empty()) {
    for (std::size_t i = 0; i < signals.size(); ++i) chosen[i] = !signals[i].costly;
    return chosen;
  }
  for (const std::string& part : parts_of(list)) {
    if (part.empty()) {
      throw base::UsageError("--wave-signals '" + list +
                             "' has an empty name; give names with one comma between two.");
    }
    const std::string pattern = part.rfind(kRoot, 0) == 0 ? part.substr(kRoot.size()) : part;
    bool found = false;
    for (std::size_t i = 0; i < signals.size(); ++i) {
      if (!matches(pattern, signals[i].path())) continue;
      chosen[i] = found = true;
    }
    if (found) continue;
    if (const std::string::size_type end = pattern.find("_pins"); end != std::string::npos) {
      const std::string unit = pattern.substr(0, pattern.rfind("cim", 0) == 0 ? 3 : end);
      throw base::UsageError("The chip has no signal " + part + "; pins are there with --set " +
                             unit + ".impl=rtl, and leyden list signals shows them.");
    }
    std::vector<std::string> names;
    for (const WaveSignal& signal : signals) names.push_back(signal.path());
    const std::string nearest = base::nearest_word(pattern, names);
    throw base::UsageError("The chip has no signal " + part +
                           (nearest.empty() ? "; leyden list signals shows them."
                                            : "; did you mean '" + nearest + "'?"));
  }
  return chosen;
}

}  // namespace leyden::trace
