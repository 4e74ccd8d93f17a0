#include "models/cim/timing.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/cim/conversions.h"
#include "models/cim/converter_cost.h"

namespace leyden::cim {
namespace {

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// What the shift registers of the feeder take in at every position of an output row. A kernel row
/// of `channels` bytes a tap has dilation / gcd(stride, dilation) registers, which serve positions
/// in turn: between two positions of a register lie whole taps.
struct Feed {
  std::uint64_t first = 0;        ///< elements of a position whose register is empty: all
  std::uint64_t next = 0;         ///< elements of the others: the taps that have come in since
  std::uint64_t first_beats = 0;  ///< accesses that bring them
  std::uint64_t next_beats = 0;
  std::uint64_t row_first = 1;  ///< positions of an output row that find an empty register
  std::uint64_t rows = 1;       ///< output rows
  std::uint64_t positions = 1;

  std::uint64_t all_first() const { return rows * row_first; }
  std::uint64_t all_next() const { return positions - all_first(); }
};

/// Adds the tap whose elements [at, end) a tile holds. What the tile holds `step` elements further
/// on, before `row_end`, was in the register before; new is what comes after.
void add_tap(std::uint64_t at, std::uint64_t end, std::uint64_t row_end, std::uint64_t step,
             unsigned port_bytes, Feed& feed) {
  const std::uint64_t kept_end = row_end - std::min(row_end, step);
  const std::uint64_t fresh = end - std::clamp(kept_end, at, end);
  feed.next += fresh;
  feed.first_beats += divide_up(end - at, port_bytes);
  feed.next_beats += divide_up(fresh, port_bytes);
}

/// Beats where each kernel row has its own.
struct RowBeats {
  std::uint64_t first = 0;
  std::uint64_t next = 0;
  void add(std::uint64_t elements, std::uint64_t step, unsigned port_bytes, bool row_begins) {
    if (!row_begins) return;
    first += divide_up(elements, port_bytes);
    next += divide_up(std::min(elements, step), port_bytes);
  }
};

Feed feed_of(const Job& job, const FeederShape& shape) {
  Feed feed;
  const unsigned common = std::gcd(job.stride_x, job.dilation_x);
  feed.first = job.window_count;
  const bool shifts = shape.shifts_dilated || job.dilation_x == 1;
  feed.row_first = shifts ? std::min(job.dilation_x / common, job.out_width) : job.out_width;
  feed.rows = job.out_height;
  feed.positions = job.positions();
  const std::uint64_t channels = job.in_channels;
  const std::uint64_t run = job.kernel_width * channels;
  const std::uint64_t step = job.stride_x / common * channels;
  const std::uint64_t end = std::uint64_t{job.window_first} + job.window_count;
  RowBeats rows;
  for (std::uint64_t at = job.window_first; at < end;) {
    const std::uint64_t row_end = std::min(end, (at / run + 1) * run);
    const std::uint64_t tap_end = std::min(end, (at / channels + 1) * channels);
    add_tap(at, tap_end, row_end, step, shape.port_bytes, feed);
    rows.add(row_end - at, step, shape.port_bytes, at == job.window_first || at % run == 0);
    at = tap_end;
  }
  // Pixels side by side share beats; of pixels that lie apart a beat brings one.
  if (job.in_pixel_stride == job.in_channels) {
    if (shape.line_buffer) {
      feed.first_beats = divide_up(feed.first, shape.port_bytes);
      feed.next_beats = divide_up(feed.next, shape.port_bytes);
    } else if (job.dilation_x == 1) {
      feed.first_beats = rows.first;
      feed.next_beats = rows.next;
    }
  }
  return feed;
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
  const Feed fed = feed_of(job, macro.feeder());
  const std::uint64_t feed_first = fed.first_beats;
  const std::uint64_t feed_next = fed.next_beats;
  const std::uint64_t write = divide_up(job.position_bytes(), macro.port_bytes);
  const std::uint64_t positions = job.positions();
  timing.macro_cycles = 0;
  Slots slots{timing, 0, 0, 0};
  slots.add(base::Cause::kFeed, macro.job_overhead_cycles + feed_first);
  timing.feed_end = timing.cycles;
  for (std::uint64_t p = 0; p < positions; ++p) {
    slots.macro_mvm = steps[p] * phases.mvm;
    slots.macro_adc = steps[p] * phases.convert;
    slots.macro = slots.macro_mvm + slots.macro_adc;
    timing.macro_cycles += slots.macro;
    const bool last = p + 1 == positions;
    const std::uint64_t feed = last                                      ? 0
                               : (p + 1) % job.out_width < fed.row_first ? feed_first
                                                                         : feed_next;
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

FeederBeats feeder_beats(const Job& job, const FeederShape& shape) {
  const Feed fed = feed_of(job, shape);
  return {fed.first_beats, fed.next_beats, fed.row_first};
}

JobTiming job_timing(const Job& job, const MacroParameters& macro, double clock_hz,
                     const std::uint32_t* steps) {
  JobTiming timing;
  const Phases phases = phases_of(job, macro, clock_hz);
  timing.mvm_cycles = phases.times * phases.mvm;
  timing.convert_cycles = phases.times * phases.convert;
  const std::uint64_t positions = job.positions();
  const Feed fed = feed_of(job, macro.feeder());
  const std::uint64_t feed_first = fed.first_beats;
  const std::uint64_t feed_next = fed.next_beats;
  const std::uint64_t write = divide_up(job.position_bytes(), macro.port_bytes);
  timing.feed_bytes = fed.all_first() * fed.first + fed.all_next() * fed.next;
  timing.read_beats = fed.all_first() * feed_first + fed.all_next() * feed_next;
  timing.write_beats = positions * write;
  timing.fill_cycles = macro.job_overhead_cycles + feed_first;
  timing.next_feed_cycles = feed_next;
  timing.row_first = fed.row_first;
  timing.drain_cycles = write;
  timing.phases = phases.times;
  timing.phase_mvm_cycles = phases.mvm;
  timing.phase_convert_cycles = phases.convert;

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
  slots.add(base::Cause::kFeed, timing.fill_cycles);
  if (positions == 1) {
    slots.slot(0, 0, 1);
    timing.feed_end = timing.fill_cycles;
  } else {
    // Feeds that go on beside slots 0 .. positions - 2: those of empty registers, and the others.
    // Slot 0 stands apart because nothing is written beside it.
    const bool second_first = fed.row_first > 1 || job.out_width == 1;
    const std::uint64_t second = second_first ? feed_first : feed_next;
    std::uint64_t row_feeds = fed.all_first() - 1;
    std::uint64_t step_feeds = fed.all_next();
    (second_first ? row_feeds : step_feeds) -= 1;
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
