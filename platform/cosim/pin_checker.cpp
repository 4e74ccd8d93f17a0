#include "platform/cosim/pin_checker.h"

#include <utility>

#include "models/base/error.h"

namespace leyden::cosim {

std::string PinViolation::sentence() const {
  return block + ": " + what + " at " + time.to_string() + "; " + rule;
}

PinChecker::PinChecker(const sc_core::sc_module_name& name, GatedClock& clock, std::string block,
                       ViolationHandler handler)
    : sc_module(name), clock_(clock), block_(std::move(block)), handler_(std::move(handler)) {
  SC_HAS_PROCESS(PinChecker);
  SC_METHOD(step);
  sensitive << clock.clk.posedge_event();
  dont_initialize();
}

void PinChecker::step() {
  if (!clock_.in_reset()) {
    reset_edges_ = 0;
    ++edges_;
    check();
  } else if (reset_edges_ < 2) {
    ++reset_edges_;
  } else {
    check_reset();
  }
}

void PinChecker::broken(const std::string& what, const std::string& rule) const {
  const PinViolation violation{block_, what, rule, sc_core::sc_time_stamp()};
  if (!handler_) throw base::ModelError(violation.sentence());
  handler_(violation);
}

ChannelWatch::ChannelWatch(std::vector<Pin> pins, Tell tell)
    : pins_(std::move(pins)), tell_(std::move(tell)), values_(pins_.size() - 2) {}

void ChannelWatch::edge() {
  const bool waited = valid_ && !ready_;
  const Pin& valid = pins_[pins_.size() - 2];
  const Pin& ready = pins_.back();
  valid_ = valid.read()[0] != 0;
  ready_ = ready.read()[0] != 0;
  if (waited && !valid_) {
    tell_(valid.name + " fell before " + ready.name + " came",
          "AXI keeps what is valid until it is taken");
  }
  if (!valid_) return;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const PinValue value = pins_[i].read();
    if (waited && value != values_[i]) {
      tell_(pins_[i].name + " changed from " + hex(values_[i]) + " to " + hex(value) + " before " +
                ready.name + " came",
            "AXI keeps what is valid until it is taken");
    }
    values_[i] = value;
  }
}

void ChannelWatch::reset_edge() {
  clear();
  const Pin& valid = pins_[pins_.size() - 2];
  if (valid.read()[0] == 0) return;
  tell_(valid.name + " is high in reset", "AXI has nothing valid in reset");
}

}  // namespace leyden::cosim
