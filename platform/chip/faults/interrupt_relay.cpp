#include "platform/chip/faults/interrupt_relay.h"

#include <utility>

namespace leyden::chip {

InterruptRelay::InterruptRelay(sc_core::sc_module_name name, base::Context& context,
                               std::function<RiseFault()> on_rise)
    : sc_module(name), context_(context), on_rise_(std::move(on_rise)) {
  SC_METHOD(follow);
  sensitive << in << late_;
}

void InterruptRelay::follow() {
  const bool high = in.read();
  if (late_.triggered() && high) {
    out.write(true);
  } else if (high && !was_high_) {
    const RiseFault fault = on_rise_();
    if (fault.dropped) {
      // Stays low until it rises again.
    } else if (fault.delay_cycles > 0) {
      late_.notify(context_.clock.cycles(fault.delay_cycles));
    } else {
      out.write(true);
    }
  } else if (!high) {
    late_.cancel();
    out.write(false);
  }
  was_high_ = high;
}

}  // namespace leyden::chip
