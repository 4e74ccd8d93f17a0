#include "models/cim/timing.h"

#include <algorithm>
#include <cmath>

#include "models/cim/conversions.h"
#include "models/cim/converter_cost.h"

namespace leyden::cim {
namespace {

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// Elements of the tile's part of the window that the step to the next output brings in: those of
/// the last stride_x pixels of every kernel row.
unsigned new_elements(const Job& job) {
  if (job.stride_x >= job.kernel_width) return job.window_count;
  const unsigned run = job.kernel_width * job.in_channels;  // elements of a kernel row
  const unsigned fresh = job.stride_x * job.in_channels;    // of them new
  const unsigned kept = run - fresh;
  const auto new_before = [&](unsigned element) {
    const unsigned rest = element % run;
    return element / run * fresh + (rest > kept ? rest - kept : 0);
  };
  return new_before(job.window_first + job.window_count) - new_before(job.window_first);
}

/// A position's dot products, each with its conversions, in cycles.
struct Phases {
  std::uint64_t times = 1;  ///< how often they alternate: segments, and digits if each is converted
  std::uint64_t mvm = 0;
  std::uint64_t convert = 0;
};

Phases phases_of(const Job& job, const MacroParameters& macro, double clock_hz) {
  Phases phases;
  const unsigned digits = macro.drive.digits(job.in_bits);
  const bool each = macro.combine.inputs == CombineKind::kDigital;
  phases.times = std::uint64_t{segments_of(job, macro)} * (each ? digits : 1);
  phases.mvm = cycles_for_ns(
      (each ? 1 : digits) * macro.dot_product.step_time_ns * macro.delay_factor(), clock_hz);
  // A converter takes the column groups of its columns in turn; the dummy column has its own.
  const WeightLayout& layout = macro.layout(job.weight_bits);
  const std::uint64_t groups = converts_columns_apart(macro) ? layout.groups.size() : 1;
  const std::uint64_t in_turn =
      std::min(divide_up(macro.convert.sharing, layout.width() / groups), job.outputs * groups);
  const unsigned bits = macro.post.digital() ? macro.convert.bits : job.out_bits;
  phases.convert = cycles_for_ns(conversion_time_ns(macro, bits), clock_hz) * in_turn;
  return phases;
}

/// Adds slots of the three-stage pipeline to a job's cycles, each to what bounds it.
struct Slots {
  JobTiming& timing;
  std::uint64_t macro;      ///< cycles the macro takes for a position
  std::uint64_t macro_mvm;  ///< part of them that is accumulation
  std::uint64_t macro_adc;  ///< part of them that is conversion

  void add(base::Cause cause, std::uint64_t cycles) {
    timing.cycles += cycles;
    timing.split[static_cast<std::size_t>(cause)] += cycles;
  }
  void slot(std::uint64_t feed, std::uint64_t write, std::uint64_t times) {
    if (times == 0) return;
    if (macro >= feed && macro >= write) {
      add(base::Cause::kMvm, macro_mvm * times);
      add(base::Cause::kAdc, macro_adc * times);
    } else if (feed >= write) {
      add(base::Cause::kFeed, feed * times);
    } else {
      add(base::Cause::kWriteBack, write * times);
    }
  }
};

}  // namespace

namespace {

/// The same pipeline position by position, each with the steps it takes.
JobTiming skipping_timing(const Job& job, const MacroParameters& macro, const Phases& phases,
                          const std::uint32_t* steps, JobTiming timing) {
  const std::uint64_t feed_first = divide_up(job.window_count, macro.port_bytes);
  const std::uint64_t feed_next = divide_up(new_elements(job), macro.port_bytes);
  const std::uint64_t write = divide_up(job.position_bytes(), macro.port_bytes);
  const std::uint64_t positions = job.positions();
  timing.macro_cycles = 0;
  Slots slots{timing, 0, 0, 0};
  slots.add(base::Cause::kFeed, feed_first);
  timing.feed_end = timing.cycles;
  for (std::uint64_t p = 0; p < positions; ++p) {
    slots.macro_mvm = steps[p] * phases.mvm;
    slots.macro_adc = steps[p] * phases.convert;
    slots.macro = slots.macro_mvm + slots.macro_adc;
    timing.macro_cycles += slots.macro;
    const bool last = p + 1 == positions;
    const std::uint64_t feed = last ? 0 : (p + 1) % job.out_width == 0 ? feed_first : feed_next;
    slots.slot(feed, p == 0 ? 0 : write, 1);
    if (!last) timing.feed_end = timing.cycles;
  }
  slots.add(base::Cause::kWriteBack, write);
  return timing;
}

}  // namespace

std::uint64_t cycles_for_ns(double ns, double clock_hz) {
  // A duration of exactly n cycles is n cycles, whatever the last bit of the product says.
  const double cycles = ns * clock_hz * 1e-9;
  return static_cast<std::uint64_t>(std::ceil(cycles - 1e-9 * std::max(1.0, cycles)));
}

JobTiming job_timing(const Job& job, const MacroParameters& macro, double clock_hz,
                     const std::uint32_t* steps) {
  JobTiming timing;
  const Phases phases = phases_of(job, macro, clock_hz);
  timing.mvm_cycles = phases.times * phases.mvm;
  timing.convert_cycles = phases.times * phases.convert;
  const std::uint64_t positions = job.positions();
  const std::uint64_t rows = job.out_height;
  const std::uint64_t fresh = new_elements(job);
  const std::uint64_t feed_first = divide_up(job.window_count, macro.port_bytes);
  const std::uint64_t feed_next = divide_up(fresh, macro.port_bytes);
  const std::uint64_t write = divide_up(job.position_bytes(), macro.port_bytes);
  timing.feed_bytes = rows * job.window_count + (positions - rows) * fresh;
  timing.read_beats = rows * feed_first + (positions - rows) * feed_next;
  timing.write_beats = positions * write;

  // 1. What a position costs the macro: both phases, or the longer one when they overlap.
  const std::uint64_t mvm = timing.mvm_cycles;
  const std::uint64_t adc = timing.convert_cycles;
  Slots slots{timing, mvm + adc, mvm, adc};
  if (macro.pipelined) {
    slots.macro = std::max(mvm, adc);
    slots.macro_mvm = mvm >= adc ? mvm : 0;
    slots.macro_adc = mvm >= adc ? 0 : adc;
  }
  timing.macro_cycles = slots.macro * positions + (macro.pipelined ? std::min(mvm, adc) : 0);

  if (steps != nullptr) return skipping_timing(job, macro, phases, steps, timing);

  // 2. Fill, one slot a position, drain. The first slot writes nothing, the last feeds nothing.
  slots.add(base::Cause::kFeed, feed_first);
  if (positions == 1) {
    slots.slot(0, 0, 1);
    timing.feed_end = feed_first;
  } else {
    // Feeds that go on beside slots 0 .. positions - 2: the first of every further row, and the
    // others. Slot 0 stands apart because nothing is written beside it.
    const std::uint64_t second = job.out_width > 1 ? feed_next : feed_first;
    std::uint64_t row_feeds = rows - 1;
    std::uint64_t step_feeds = positions - rows;
    (job.out_width > 1 ? step_feeds : row_feeds) -= 1;
    slots.slot(second, 0, 1);
    slots.slot(feed_first, write, row_feeds);
    slots.slot(feed_next, write, step_feeds);
    timing.feed_end = timing.cycles;
    slots.slot(0, write, 1);
  }
  if (macro.pipelined) {
    slots.add(mvm >= adc ? base::Cause::kAdc : base::Cause::kMvm, std::min(mvm, adc));
  }
  slots.add(base::Cause::kWriteBack, write);
  return timing;
}

}  // namespace leyden::cim
