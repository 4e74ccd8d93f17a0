#include "platform/trace/pin_watch.h"

#include <utility>

#include "platform/chip/chip.h"

namespace leyden::trace {

std::vector<WavePin> wave_pins(const chip::Chip& chip) {
  std::vector<WavePin> all;
  chip.visit_pins([&all](const std::string& scope, const base::PinView& pin) {
    all.push_back({{scope, pin.name, pin.bits, "pin"}, pin});
  });
  return all;
}

PinWatch::PinWatch(const sc_core::sc_module_name& name, std::vector<base::PinView> pins,
                   Changed changed)
    : sc_module(name), pins_(std::move(pins)), changed_(std::move(changed)) {
  for (const base::PinView& pin : pins_) values_.push_back(pin.read());
  SC_HAS_PROCESS(PinWatch);
  SC_METHOD(look);
  for (const base::PinView& pin : pins_) sensitive << *pin.changed;
  dont_initialize();
}

void PinWatch::look() {
  for (std::size_t i = 0; i < pins_.size(); ++i) {
    const base::PinWords now = pins_[i].read();
    if (now == values_[i]) continue;
    values_[i] = now;
    changed_(i, now);
  }
}

}  // namespace leyden::trace
