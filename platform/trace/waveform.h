#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/base/activity_observer.h"
#include "platform/chip/chip.h"
#include "platform/trace/clock_map.h"
#include "platform/trace/pin_watch.h"
#include "platform/trace/trace_window.h"
#include "platform/trace/wave_writer.h"

namespace leyden::trace {

/// Chosen signals of the chip over time, as a waveform for GTKWave (--wave). The parts of the chip
/// announce what they do before and after its time; what is to come is kept until the kernel's time
/// has passed it.
class Waveform : public base::ActivityObserver {
 public:
  /// Changes after which the file ends, so that a long run does not fill the disk.
  static constexpr std::size_t kMostChanges = 20'000'000;

  /// @param list  as choose_signals() takes it
  /// @throws base::UsageError when the file cannot be written or a signal is not there
  Waveform(const std::string& path, const std::string& list, const TraceWindow& window,
           chip::Chip& chip, std::size_t most = kMostChanges);

  /// Whether a signal was chosen that needs each access of the core to its SRAM.
  bool needs_accesses() const { return needs_accesses_; }
  /// The signals of the file, in its order.
  const std::vector<WaveSignal>& signals() const { return signals_; }
  /// Writes the rest. @param cycle  the chip's at the end. @return text for the terminal
  /// @throws base::UsageError when the file did not take all
  std::string finish(std::uint64_t cycle);

  void job(const base::JobSpan& span) override;
  void job_begins(unsigned macro, std::uint32_t tile, std::uint64_t cycle) override;
  void step(const base::StepSpan& span) override;
  void vector_begins(const char* operation, std::uint64_t cycle) override;
  void vector_job(const char* operation, std::uint64_t outputs, std::uint64_t start,
                  std::uint64_t end) override;
  void dma_busy(unsigned channel, bool busy, std::uint64_t cycle) override;
  void burst(unsigned channel, std::uint32_t source, std::uint32_t destination, bool weights,
             std::uint64_t left, std::uint64_t cycle) override;
  void bus(const base::BusSpan& span) override;
  void core_state(bool awake, std::uint64_t cycle) override;
  void core_pc(std::uint32_t pc, std::uint64_t cycle) override;
  void core_interrupts(unsigned lines, std::uint64_t cycle) override;
  void interrupt_lines(std::uint32_t levels, std::uint64_t cycle) override;
  void interrupt_claimed(unsigned source, std::uint64_t cycle) override;
  void interrupt_completed(unsigned source, std::uint64_t cycle) override;
  void bank(unsigned bank, bool for_bus, std::uint64_t beats, std::uint64_t start,
            std::uint64_t end) override;
  void sram_access(std::uint64_t offset, unsigned bytes, bool write, std::uint64_t cycle) override;
  void mailbox(bool pending, std::uint64_t cycle) override;
  void window(std::uint32_t layer, std::uint64_t start, std::uint64_t end, bool counted,
              const base::EventCounts& counts) override;
  void layer_begins(std::uint32_t layer, std::uint64_t cycle) override;
  void image_begins(std::uint32_t image, std::uint64_t cycle) override;
  void image_ends(std::uint32_t image, std::uint64_t cycle) override;
  void clock(std::uint64_t cycle, std::uint64_t picoseconds, std::uint64_t period_ps) override;

 private:
  using Signal = std::int32_t;  ///< number in the file
  static constexpr Signal kNone = -1;
  struct Macro {
    Signal busy, bound, job, tile, feeder, array, adc, write_back;
    std::uint64_t jobs = 0;
  };
  struct Channel {
    Signal busy, weights, source, destination, left;
  };
  struct Change {
    std::uint64_t cycle;
    Signal signal;
    bool adds;  ///< to the value, instead of replacing it
    std::int64_t value;
    std::uint64_t high;       ///< bits 64 and up
    std::uint64_t offset_ps;  ///< after the cycle's edge: pins change between edges too
  };

  void watch_pins(std::vector<WavePin> pins);
  void pin(Signal signal, const base::PinWords& value);
  void find_signals(unsigned macros, unsigned channels);
  Signal signal(const std::string& path) const;
  void set(Signal signal, std::uint64_t cycle, std::uint64_t value);
  void add(Signal signal, std::uint64_t cycle, std::int64_t value);
  void span(Signal signal, std::uint64_t start, std::uint64_t end, std::uint64_t value = 1);
  /// The kernel has come to a cycle: nothing new is announced before it.
  void pass(std::uint64_t cycle);
  void flush(std::uint64_t before);
  void write_group(std::uint64_t cycle, std::uint64_t offset_ps);
  void write_value(std::size_t signal);
  void open(std::uint64_t cycle);
  void close(std::uint64_t cycle);

  std::vector<WaveSignal> signals_;
  std::unique_ptr<WaveWriter> writer_;
  const TraceWindow wanted_;
  OpenWindow window_;
  const std::size_t most_;
  const chip::Chip& chip_;
  ClockMap clock_;
  std::unordered_map<std::string, Signal> by_path_;
  bool needs_accesses_ = false;
  std::vector<Change> changes_;        ///< to come, unordered
  std::vector<std::int64_t> values_;   ///< of each signal, now
  std::vector<std::int64_t> written_;  ///< as the file has them
  std::vector<std::uint64_t> highs_;   ///< bits 64 and up of values_
  std::vector<std::uint64_t> written_highs_;
  std::vector<Signal> touched_;  ///< at the time under way
  std::uint64_t flushed_ = 0;    ///< cycle up to which all is written
  std::uint64_t last_ps_ = 0;    ///< the last time in the file
  enum class State { kBefore, kOpen, kClosed } state_ = State::kBefore;
  std::size_t written_changes_ = 0;
  bool full_ = false;

  std::vector<Macro> macros_;
  std::vector<Channel> channels_;
  std::array<Signal, 32> lines_{};  ///< interrupts
  std::array<Signal, 3> core_lines_{};
  std::array<Signal, 2> banks_{};
  Signal image_, image_active_, layer_, awake_, pc_, in_service_, pending_, bus_busy_, bus_master_,
      bus_write_, bus_address_, vector_busy_, vector_operation_, sram_access_, sram_write_,
      sram_address_;
  std::unique_ptr<PinWatch> pins_;
  std::uint32_t levels_ = 0;
  std::uint32_t claimed_ = 0;
  unsigned core_levels_ = 0;
};

}  // namespace leyden::trace
