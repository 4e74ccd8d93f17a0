#include "models/base/clock.h"

#include <cmath>
#include <string>

#include "models/base/error.h"

namespace leyden::base {
namespace {

sc_core::sc_time period_of(double frequency_hz) {
  if (!std::isfinite(frequency_hz) || frequency_hz <= 0) {
    throw UsageError("the clock frequency must be a number of Hz above 0");
  }
  const sc_core::sc_time period(1.0 / frequency_hz, sc_core::SC_SEC);
  if (period == sc_core::SC_ZERO_TIME) {
    throw UsageError("the clock frequency of " + std::to_string(frequency_hz) +
                     " Hz has a period below the time resolution of " +
                     sc_core::sc_get_time_resolution().to_string());
  }
  return period;
}

}  // namespace

Clock::Clock(double frequency_hz)
    : period_(period_of(frequency_hz)), changed_at_(sc_core::SC_ZERO_TIME) {}

std::uint64_t Clock::cycles_at(const sc_core::sc_time& when) const {
  // A change takes effect at an edge; until then the last cycle of the old frequency runs.
  if (when < changed_at_) return cycles_before_ == 0 ? 0 : cycles_before_ - 1;
  return cycles_before_ + (when - changed_at_).value() / period_.value();
}

sc_core::sc_time Clock::cycles(std::uint64_t count) const {
  return sc_core::sc_time::from_value(period_.value() * count);
}

std::uint64_t Clock::cycles_for_ns(double ns) const {
  if (!(ns >= 0)) throw ModelError("an analog duration must be a number of ns from 0 up");
  // A duration that is a whole number of cycles but for the rounding of its decimal fraction must
  // not cost one more.
  constexpr double kSlack = 1e-9;
  const double cycles = ns * 1e-9 / period_.to_seconds();
  return static_cast<std::uint64_t>(std::ceil(cycles * (1.0 - kSlack)));
}

sc_core::sc_time Clock::next_edge(const sc_core::sc_time& when) const {
  if (when <= changed_at_) return changed_at_;
  const std::uint64_t period = period_.value();
  const std::uint64_t since = (when - changed_at_).value();
  return changed_at_ + sc_core::sc_time::from_value((since + period - 1) / period * period);
}

void Clock::archive(Archive& a) {
  a(period_, changed_at_, cycles_before_);
  if (period_ == sc_core::SC_ZERO_TIME) a.refuse("the clock has no period");
}

void Clock::set_frequency(double frequency_hz, const sc_core::sc_time& now) {
  const sc_core::sc_time period = period_of(frequency_hz);
  const sc_core::sc_time edge = next_edge(now);  // of a change not yet in effect: that one's
  cycles_before_ = cycles_at(edge);
  changed_at_ = edge;
  period_ = period;
  for (const auto& callback : on_change_) callback();
}

}  // namespace leyden::base
