#pragma once

#include <string>

#include "models/base/pin_view.h"
#include "platform/cosim/pin_types.h"

namespace leyden::cosim {

/// Shows a signal as a pin. @param bits up to 128
template <typename Signal>
void show_pin(const std::string& name, unsigned bits, const Signal& signal,
              const base::PinVisitor& visit) {
  visit(
      {name, bits, [&signal] { return pin_value(signal.read()); }, &signal.value_changed_event()});
}

/// Shows the pins of a bundle (pins.h).
template <typename Bundle>
void show_pins(const Bundle& bundle, const base::PinVisitor& visit) {
  bundle.visit([&visit](const std::string& name, unsigned bits, const auto& signal) {
    show_pin(name, bits, signal, visit);
  });
}

}  // namespace leyden::cosim
