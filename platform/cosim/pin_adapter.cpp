#include "platform/cosim/pin_adapter.h"

#include <array>
#include <cstdio>

#include "models/base/error.h"
#include "platform/cosim/pin_types.h"

namespace leyden::cosim {
namespace {

AdapterOptions named(AdapterOptions options, const char* name) {
  if (options.block.empty()) options.block = name;
  return options;
}

}  // namespace

std::string hex(const PinValue& value) {
  if (value[1] == 0) return hex(value[0]);
  std::array<char, 24> low{};
  std::snprintf(low.data(), low.size(), "%016llx", static_cast<unsigned long long>(value[0]));
  return hex(value[1]) + low.data();
}

PinAdapter::PinAdapter(const sc_core::sc_module_name& name, GatedClock& clock,
                       const AdapterOptions& options)
    : sc_module(name), clock_(clock), options_(named(options, this->name())) {
  SC_HAS_PROCESS(PinAdapter);
  SC_METHOD(step);
  sensitive << clock.clk.posedge_event() << kick_event_;
  dont_initialize();
}

void PinAdapter::step() {
  if (clock_.in_reset()) {
    on_reset();
  } else if (clock_.clk.posedge()) {
    on_edge();
  } else if (clock_.rose_now()) {
    on_kick();
  }
}

void PinAdapter::hold_clock(bool hold) {
  if (hold == holds_clock_) return;
  holds_clock_ = hold;
  if (hold) {
    clock_.run(name());
  } else {
    clock_.release(name());
  }
}

void PinAdapter::limit_wait(std::uint64_t waited, const std::function<std::string()>& what,
                            const std::function<std::string()>& why) const {
  if (waited < options_.timeout_cycles) return;
  throw base::ModelError(options_.block + ": the RTL " + what() + " within " +
                         std::to_string(options_.timeout_cycles) + " cycles (" + why() +
                         ", seen at " + sc_core::sc_time_stamp().to_string() + ")");
}

}  // namespace leyden::cosim
