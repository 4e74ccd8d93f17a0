#include "platform/cosim/apb_checker.h"

namespace leyden::cosim {
namespace {

std::vector<Pin> request_pins(const ApbPins& pins) {
  std::vector<Pin> chosen;
  for (const Pin& pin : list_pins(pins)) {
    const std::string name = pin.name.substr(pins.names.size());
    if (name == "paddr" || name == "pwrite" || name == "pwdata" || name == "pstrb") {
      chosen.push_back(pin);
    }
  }
  return chosen;
}

}  // namespace

ApbChecker::ApbChecker(const sc_core::sc_module_name& name, const ApbPins& pins, GatedClock& clock,
                       const std::string& block, const ViolationHandler& handler)
    : PinChecker(name, clock, block, handler),
      pins_(pins),
      request_(request_pins(pins)),
      values_(request_.size()) {}

void ApbChecker::check_reset() {
  phase_ = Phase::kIdle;
  if (pins_.psel.read()) broken(pins_.names + "psel is high in reset", "APB is idle in reset");
}

void ApbChecker::check() {
  const Phase phase = !pins_.psel.read()     ? Phase::kIdle
                      : pins_.penable.read() ? Phase::kAccess
                                             : Phase::kSetup;
  check_order(phase);
  if (phase != Phase::kIdle) check_stable();
  phase_ = phase;
  ready_ = phase == Phase::kAccess && pins_.pready.read();
}

void ApbChecker::check_order(Phase phase) {
  const bool waits = phase_ == Phase::kAccess && !ready_;
  const std::string psel = pins_.names + "psel";
  const std::string penable = pins_.names + "penable";
  if (phase_ == Phase::kSetup && phase == Phase::kSetup) {
    broken(penable + " stayed low in the second cycle of " + psel,
           "APB has penable high one cycle after psel");
  } else if (phase_ == Phase::kSetup && phase == Phase::kIdle) {
    broken(psel + " fell before " + penable + " rose", "APB ends an access with pready");
  } else if (waits && phase == Phase::kIdle) {
    broken(psel + " fell before " + pins_.names + "pready came", "APB ends an access with pready");
  } else if (waits && phase == Phase::kSetup) {
    broken(penable + " fell before " + pins_.names + "pready came",
           "APB ends an access with pready");
  } else if (phase == Phase::kAccess && !waits && phase_ != Phase::kSetup) {
    broken(penable + " is high in the first cycle of an access",
           "APB has penable high one cycle after psel");
  }
}

void ApbChecker::check_stable() {
  const bool same_access = phase_ == Phase::kSetup || (phase_ == Phase::kAccess && !ready_);
  for (std::size_t i = 0; i < request_.size(); ++i) {
    const PinValue value = request_[i].read();
    if (same_access && value != values_[i]) {
      broken(request_[i].name + " changed from " + hex(values_[i]) + " to " + hex(value) +
                 " before " + pins_.names + "pready came",
             "APB keeps an access as it is until its end");
    }
    values_[i] = value;
  }
  if (!same_access && !pins_.pwrite.read() && pins_.pstrb.read() != 0) {
    broken(pins_.names + "pstrb is " + hex(pins_.pstrb.read()) + " in a read of " +
               hex(pins_.paddr.read()),
           "APB has no strobes in a read");
  }
}

}  // namespace leyden::cosim
