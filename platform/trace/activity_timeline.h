#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/base/activity_observer.h"
#include "platform/chip/chip.h"
#include "platform/trace/clock_map.h"
#include "platform/trace/power_track.h"
#include "platform/trace/trace_events.h"
#include "platform/trace/trace_window.h"

namespace leyden::trace {

/// What every unit of the chip does over time (--trace), as trace events for Perfetto: tracks and
/// counters of docs/tracing.md. What it shows of the report's windows adds up to the report.
class ActivityTimeline : public base::ActivityObserver {
 public:
  /// @param most events; TraceEvents::kMostEvents but for tests
  /// @throws base::UsageError when the file cannot be written
  ActivityTimeline(const std::string& path, const TraceWindow& window, chip::Chip& chip,
                   std::size_t most = TraceEvents::kMostEvents);

  /// Writes the file. @param cycle  the chip's at the end. @return text for the terminal
  /// @throws base::UsageError when the file did not take all or the window lies after the end
  std::string finish(std::uint64_t cycle);

  void charging() override;
  void job(const base::JobSpan& span) override;
  void vector_job(const char* operation, std::uint64_t outputs, std::uint64_t start,
                  std::uint64_t end) override;
  void transfer(const base::TransferSpan& span) override;
  void bus(const base::BusSpan& span) override;
  void core_awake(std::uint64_t start, std::uint64_t end) override;
  void core_interrupts(unsigned lines, std::uint64_t cycle) override;
  void interrupt_lines(std::uint32_t levels, std::uint64_t cycle) override;
  void interrupt_claimed(unsigned source, std::uint64_t cycle) override;
  void interrupt_completed(unsigned source, std::uint64_t cycle) override;
  void window(std::uint32_t layer, std::uint64_t start, std::uint64_t end, bool counted,
              const base::EventCounts& counts) override;
  void image_begins(std::uint32_t image, std::uint64_t cycle) override;
  void image_ends(std::uint32_t image, std::uint64_t cycle) override;
  void clock(std::uint64_t cycle, std::uint64_t picoseconds, std::uint64_t period_ps) override;

 private:
  void name_tracks(chip::Chip& chip);
  void slice(int track, std::string_view name, std::string_view category, std::uint64_t start,
             std::uint64_t end, std::string_view args = "");
  void instant(const std::string& name, std::uint64_t cycle);
  void close_core(std::uint64_t cycle);
  void power(const std::vector<PowerTrack::Step>& steps, std::uint64_t end);
  void put_power(std::uint64_t cycle, const std::vector<double>& milliwatt);
  void fill_bus_bins(std::uint64_t cycle);
  void put_bus_bin();

  TraceEvents events_;
  OpenWindow window_;
  const TraceWindow wanted_;
  chip::Chip& chip_;
  const std::vector<std::string> interrupts_;
  std::vector<std::string> masters_;  ///< JSON strings, as all names here
  std::vector<std::string> layers_;
  ClockMap clock_;
  PowerTrack power_;
  std::uint64_t core_start_ = 0;  ///< the core is awake from here ...
  std::uint64_t core_end_ = 0;    ///< ... to here at least
  std::uint64_t core_shown_ = 0;  ///< up to which its track is written
  std::uint32_t levels_ = 0;      ///< of interrupt lines
  unsigned core_lines_ = 0;
  std::optional<std::uint64_t> image_start_;
  std::uint64_t bin_ = 0;  ///< number of the interval of bus utilisation under way
  std::uint64_t bin_beats_ = 0;
  bool bus_was_idle_ = false;  ///< the counter shows 0
};

}  // namespace leyden::trace
