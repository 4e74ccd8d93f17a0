#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/base/archive.h"

namespace leyden::base {

class ActivityObserver;

/// Why a cycle of a layer passed; every cycle is given to exactly one cause.
enum class Cause { kDma, kWeightLoad, kFeed, kMvm, kAdc, kWriteBack, kVector, kCore, kStall };
inline constexpr std::size_t kCauseCount = 9;
std::string_view to_string(Cause cause);

using CauseCycles = std::array<std::uint64_t, kCauseCount>;

/// What the units did when, and which cause each cycle of a window is given to.
/// Rule, first that applies: a CIM job runs (its own split by bottleneck stage: feed, MVM, ADC,
/// write-back), the vector unit runs, weights are loaded, another DMA transfer runs, the core is
/// awake, else stall. Overlapped work is thus hidden behind what bounds it. Of several CIM jobs in
/// one cycle the one recorded first is given it.
class ActivityLog {
 public:
  /// A CIM job over [start, start + sum(split)) cycles; split over feed, MVM, ADC, write-back and
  /// stall, laid out in that order (cycles of other causes must be 0).
  void record_job(std::uint64_t start, const CauseCycles& split);
  /// Any other busy interval [start, end) cycles of cause DMA, weight load, vector or core.
  void record(Cause cause, std::uint64_t start, std::uint64_t end);

  /// Gives every cycle of [start, end) to a cause; the sum is end - start. Forgets what lies
  /// wholly before `end`, so memory does not grow with images.
  CauseCycles close(std::uint64_t start, std::uint64_t end);
  /// Busy cycles per cause in the last closed window, overlaps included: two units busy at once
  /// count twice.
  const CauseCycles& busy() const { return busy_; }

  /// Who is told of all that the chip's parts do, besides; nullptr (the default): nobody. No part
  /// of the state.
  void set_observer(ActivityObserver* observer) { observer_ = observer; }
  ActivityObserver* observer() const { return observer_; }

  void archive(Archive& a);

 private:
  struct Interval {
    std::uint64_t start;
    std::uint64_t end;
    Cause cause;
    std::uint64_t order;  ///< number of the job a part belongs to, 0 for other causes

    void archive(Archive& a) {
      a(start, end, order);
      a.below(cause, kCauseCount);
    }
  };
  std::vector<Interval> intervals_;
  std::uint64_t next_job_ = 0;
  std::array<std::size_t, kCauseCount> last_of_{};  ///< index of the last interval of a cause
  CauseCycles busy_{};
  ActivityObserver* observer_ = nullptr;
};

}  // namespace leyden::base
