#include "platform/trace/wave_layout.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace leyden::trace {
namespace {

// Flags of a trace in GTKWave's save files, in hexadecimal (its manual, "save file").
constexpr const char* kBits = "@28";  // binary, right-justified: a line for a single bit
constexpr const char* kHex = "@22";
constexpr const char* kDecimal = "@24";
constexpr const char* kGroupOpens = "@800200";
constexpr const char* kGroupEnds = "@1000200";
constexpr const char* kClosedOpens = "@c00200";
constexpr const char* kClosedEnds = "@1401200";

struct Group {
  std::string title;
  std::vector<std::string> scopes;
};

bool is_pin_scope(const std::string& scope) { return matches("*_pins", scope); }

/// The groups of a chip's scopes, in the order in which they are shown.
std::vector<Group> groups_of(const std::vector<WaveSignal>& signals) {
  std::vector<Group> groups = {{"images and layers", {"program"}},
                               {"core", {"core", "mailbox"}},
                               {"bus and memories", {"bus", "lmem", "sram"}},
                               {"interrupts", {"irq"}}};
  for (const WaveSignal& signal : signals) {
    const auto has = [&signal](const Group& group) {
      return std::count(group.scopes.begin(), group.scopes.end(), signal.scope) != 0;
    };
    if (std::none_of(groups.begin(), groups.end(), has)) {
      groups.push_back({signal.scope, {signal.scope}});
    }
  }
  // Pins come last, as they are many.
  std::stable_partition(groups.begin(), groups.end(),
                        [](const Group& group) { return !is_pin_scope(group.scopes.front()); });
  return groups;
}

const char* format_of(const WaveSignal& signal) {
  static constexpr std::array<const char*, 7> kCounts = {"image", "job",        "tile",      "left",
                                                         "layer", "bank0_load", "bank1_load"};
  if (signal.bits == 1) return kBits;
  const bool counts = std::count(kCounts.begin(), kCounts.end(), signal.name) != 0;
  return counts || signal.bits <= 4 ? kDecimal : kHex;
}

}  // namespace

std::string wave_layout(const std::string& wave_path, const std::vector<WaveSignal>& signals) {
  std::string text = "[dumpfile] \"" + std::filesystem::absolute(wave_path).string() +
                     "\"\n[timestart] 0\n[size] 1600 1000\n[pos] -1 -1\n"
                     "[treeopen] leyden.\n[treeopen] leyden.chip.\n"
                     "[signals_width] 260\n[sst_expanded] 1\n";
  for (const Group& group : groups_of(signals)) {
    const bool closed = is_pin_scope(group.scopes.front());
    std::string lines;
    for (const WaveSignal& signal : signals) {
      if (std::count(group.scopes.begin(), group.scopes.end(), signal.scope) == 0) continue;
      lines += std::string(format_of(signal)) + "\nleyden.chip." + signal.path();
      if (signal.bits > 1) lines += "[" + std::to_string(signal.bits - 1) + ":0]";
      lines += '\n';
    }
    if (lines.empty()) continue;
    text += std::string(closed ? kClosedOpens : kGroupOpens) + "\n-" + group.title + "\n" + lines +
            (closed ? kClosedEnds : kGroupEnds) + "\n-" + group.title + "\n";
  }
  return text;
}

}  // namespace leyden::trace
