#include "platform/cosim/gated_clock.h"

#include <algorithm>

#include "models/base/error.h"

namespace leyden::cosim {

GatedClock::GatedClock(const sc_core::sc_module_name& name, base::Clock& clock,
                       const Options& options)
    : sc_module(name),
      clock_(clock),
      options_(options),
      power_up_left_(options.reset == Reset::kAtStart ? 2 * options.reset_cycles : 0) {
  if (options.reset_cycles == 0) {
    throw base::ModelError(std::string(this->name()) + ": a reset takes one cycle at least");
  }
  clock_.on_change([this] { kick_event_.notify(sc_core::SC_ZERO_TIME); });
  SC_HAS_PROCESS(GatedClock);
  SC_METHOD(wake);
  sensitive << edge_event_ << kick_event_;
}

void GatedClock::run(const std::string& who) {
  if (std::find(holders_.begin(), holders_.end(), who) != holders_.end()) return;
  holders_.push_back(who);
  if (!running_) kick_event_.notify(sc_core::SC_ZERO_TIME);
}

void GatedClock::release(const std::string& who) {
  const auto found = std::find(holders_.begin(), holders_.end(), who);
  if (found == holders_.end()) return;
  holders_.erase(found);
  if (holders_.empty()) idle_left_ = options_.idle_cycles;
}

void GatedClock::reset() {
  reset_requested_ = true;
  kick_event_.notify(sc_core::SC_ZERO_TIME);
}

bool GatedClock::wanted() const {
  return options_.always || !holders_.empty() || idle_left_ > 0 || reset_left_ > 0;
}

void GatedClock::begin_reset() {
  reset_requested_ = false;
  reset_left_ = options_.reset_cycles;
  rst_n.write(false);
}

/// Edges in delta cycles at time 0. @return whether they are over
bool GatedClock::power_up() {
  if (power_up_left_ == 0) return true;
  const bool rising = power_up_left_-- % 2 == 0;
  clk.write(rising);
  if (power_up_left_ == 0) rst_n.write(true);
  kick_event_.notify(sc_core::SC_ZERO_TIME);
  return false;
}

void GatedClock::wake() {
  if (!power_up()) return;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (reset_requested_) begin_reset();
  // The first use of a block that was not reset at the start.
  if (!rst_n.read() && reset_left_ == 0 && options_.reset == Reset::kAtFirstUse && edges_ == 0 &&
      wanted()) {
    begin_reset();
  }
  if (high_) {
    // The frequency may have grown since the rising edge.
    fall_at_ = std::min(fall_at_, last_rise_ + clock_.period() / 2);
    if (fall_at_ <= now) fall();
  }
  if (high_) {
    edge_event_.cancel();
    edge_event_.notify(fall_at_ - now);
    return;
  }
  running_ = wanted();
  edge_event_.cancel();
  if (!running_) return;
  const sc_core::sc_time next = next_rise(now);
  if (next > now) {
    edge_event_.notify(next - now);
  } else {
    rise(now);
    edge_event_.notify(fall_at_ - now);
  }
}

sc_core::sc_time GatedClock::next_rise(const sc_core::sc_time& now) const {
  const sc_core::sc_time after =
      edges_ == 0 ? now : std::max(now, last_rise_ + sc_core::sc_get_time_resolution());
  return clock_.next_edge(after);
}

void GatedClock::rise(const sc_core::sc_time& now) {
  clk.write(true);
  high_ = true;
  last_rise_ = now;
  fall_at_ = now + clock_.period() / 2;
  ++edges_;
  if (reset_left_ > 0) {
    --reset_left_;
  } else if (holders_.empty() && idle_left_ > 0) {
    --idle_left_;
  }
}

void GatedClock::fall() {
  clk.write(false);
  high_ = false;
  if (reset_left_ == 0) rst_n.write(true);
}

}  // namespace leyden::cosim
