#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include "models/base/activity_observer.h"
#include "models/base/context.h"
#include "models/cim/feed_beats.h"
#include "models/cim/job.h"
#include "models/cim/timing.h"
#include "models/memory/beat_port.h"

namespace leyden::cim {

/// What a stepped job needs to know of a job.
struct StepPlan {
  Job job;
  JobTiming timing;
  std::vector<std::uint32_t> steps;   ///< phases of every position; empty: timing.phases
  std::uint64_t overhead_cycles = 0;  ///< before the first access
  bool pipelined = false;             ///< a position accumulates while the one before is converted
  std::uint64_t in_address = 0;       ///< bus address of the input's first pixel
  std::uint64_t out_address = 0;
};

/// The time of a CIM job of an approximately timed chip, step by step: beats of the feeder and of
/// the writer, each an access to its LMEM bank, and the dot products and conversions of every
/// position. The stages work side by side on consecutive positions, in slots that end when all of
/// them have, as job_timing() has it; without contention the cycles are the same. Values are not
/// its matter.
class SteppedJob : public sc_core::sc_module {
 public:
  /// @param feed_ended  called when the input has been read
  /// @param done        called when the last result is written, with what the job did when
  SteppedJob(const sc_core::sc_module_name& name, base::Context& context, unsigned instance,
             const FeederShape& feeder, std::function<void()> feed_ended,
             std::function<void(const base::JobSpan&)> done);

  /// @param begin  edge at which the job starts, now or later
  void start(StepPlan plan, const sc_core::sc_time& begin, memory::BeatPortIf& port);

 private:
  using Kind = base::StepSpan::Kind;
  /// Feeder or writer: the beats of one position, one access after the other.
  struct Stream : memory::BeatClient {
    Stream(SteppedJob& job, Kind of) : owner(job), kind(of) {}
    void beat_served() override;
    bool done() const { return next == beats; }

    SteppedJob& owner;
    const Kind kind;
    std::uint64_t position = 0;
    std::uint64_t beats = 0;  ///< of the position
    std::uint64_t next = 0;   ///< beat
    bool asked = false;
    bool served = false;
  };
  /// Dot products and conversions of one position in turn, or one kind of them.
  struct Phases {
    std::uint64_t position = 0;
    std::uint64_t phase = 0;  ///< of `count`
    std::uint64_t count = 0;
    bool dot_products = false;
    bool conversions = false;
    bool converting = false;  ///< the next step is a conversion
    std::uint64_t end = 0;    ///< cycle at which the step under way ends
    bool done = true;
  };

  void advance();  // SC_METHOD, at edges
  void begin_slot(std::uint64_t cycle);
  void end_slot(std::uint64_t cycle);
  void begin_stream(Stream& stream, std::uint64_t position, std::uint64_t beats);
  void begin_phases(Phases& phases, std::uint64_t position, std::uint64_t cycle, bool dot_products,
                    bool conversions);
  void pass(Phases& phases, std::uint64_t cycle);
  void begin_step(Phases& phases, std::uint64_t cycle, std::uint64_t cycles);
  void pass(Stream& stream, std::uint64_t cycle);
  void ask(Stream& stream);
  void finish();
  void wake_at_next_edge();
  std::uint64_t positions() const { return plan_.job.positions(); }
  bool whole_window(std::uint64_t position) const {
    return position % plan_.job.out_width < plan_.timing.row_first;
  }
  std::uint64_t phases_of(std::uint64_t position) const {
    return plan_.steps.empty() ? plan_.timing.phases : plan_.steps[position];
  }
  /// Position of a stage in the present slot, which comes `behind` slots after the feed.
  std::optional<std::uint64_t> position_of(std::uint64_t behind) const;

  base::Context& context_;
  const unsigned instance_;
  const FeederShape shape_;
  const std::function<void()> feed_ended_;
  const std::function<void(const base::JobSpan&)> done_;
  StepPlan plan_;
  std::optional<FeedBeats> feed_;
  memory::BeatPortIf* port_ = nullptr;
  Stream feeder_{*this, Kind::kFeed};
  Stream writer_{*this, Kind::kWriteBack};
  Phases array_;       ///< and the converters, unless pipelined
  Phases converters_;  ///< when pipelined
  bool running_ = false;
  bool begun_ = false;
  std::uint64_t slot_ = 0;
  std::uint64_t slots_ = 0;
  std::uint64_t slot_start_ = 0;  ///< cycle
  base::JobSpan span_;
  sc_core::sc_event wake_;
};

}  // namespace leyden::cim
