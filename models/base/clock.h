#pragma once

#include <cstdint>
#include <functional>
#include <systemc>
#include <vector>

#include "models/base/archive_time.h"

namespace leyden::base {

/// The chip's one digital clock. Counts cycles across changes of frequency (DVFS).
class Clock {
 public:
  explicit Clock(double frequency_hz);

  const sc_core::sc_time& period() const { return period_; }
  double frequency_hz() const { return 1.0 / period_.to_seconds(); }
  /// Whole cycles since time 0, at absolute time `when` (not before the last change).
  std::uint64_t cycles_at(const sc_core::sc_time& when) const;
  sc_core::sc_time cycles(std::uint64_t count) const;  ///< duration of `count` cycles
  /// An analog duration in ns, rounded up to whole cycles (design section 4).
  std::uint64_t cycles_for_ns(double ns) const;
  /// The first cycle edge at or after `when`.
  sc_core::sc_time next_edge(const sc_core::sc_time& when) const;
  /// Takes effect at the first edge at or after `now`, the kernel's present time.
  /// @throws UsageError: not above 0, or faster than the kernel's time resolution
  void set_frequency(double frequency_hz, const sc_core::sc_time& now);
  /// Calls back after each set_frequency(): for who has an edge planned. Not archived.
  void on_change(const std::function<void()>& callback) { on_change_.push_back(callback); }
  void archive(Archive& a);

 private:
  sc_core::sc_time period_;
  sc_core::sc_time changed_at_;
  std::uint64_t cycles_before_ = 0;
  std::vector<std::function<void()>> on_change_;
};

}  // namespace leyden::base
