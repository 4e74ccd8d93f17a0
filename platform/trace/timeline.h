#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "platform/trace/call_tracker.h"
#include "platform/trace/pc_map.h"
#include "platform/trace/tool.h"

namespace leyden::trace {

/// Functions of the core and layers of the network over time, in the trace event format that
/// Perfetto (ui.perfetto.dev) and chrome://tracing open. One microsecond of theirs is one cycle.
class Timeline : public Tool, private CallStack::Listener {
 public:
  /// Events after which the file ends, so that a long run does not fill the disk.
  static constexpr std::size_t kMostEvents = 4'000'000;

  /// @throws base::UsageError when the file cannot be written
  Timeline(const std::string& path, const chip::ElfProgram& program);

  void retired(const cpu::Retired& event) override;
  void trapped(const cpu::Trapped& event) override;
  void slept(std::uint64_t from, std::uint64_t to) override;
  std::string finish() override;

 private:
  enum Track { kCore = 1, kLayers = 2 };

  void entered(const Activation& activation) override;
  void left(const Activation& activation) override;
  void mark_layer(std::uint32_t layer, bool begins, std::uint64_t cycle);
  void put(Track track, char phase, std::uint64_t cycle, const std::string& name,
           const std::string& more = "");
  void close_all();
  void check() const;

  std::string path_;
  std::ofstream file_;
  CodeMap code_;
  CallTracker calls_;
  PcMap<CodePlace> places_;
  std::vector<std::string> names_;  ///< of functions, as JSON strings
  std::uint64_t now_ = 0;
  std::size_t events_ = 0;
  std::size_t open_functions_ = 0;
  bool layer_open_ = false;
  bool full_ = false;
};

}  // namespace leyden::trace
