#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <systemc>

#include "models/base/pin_view.h"
#include "platform/trace/wave_signals.h"

namespace leyden::chip {
class Chip;
}

namespace leyden::trace {

/// A pin of the chip and the waveform's signal for it.
struct WavePin {
  WaveSignal signal;
  base::PinView view;
};

/// The pins of a chip; none where all its blocks are models.
std::vector<WavePin> wave_pins(const chip::Chip& chip);

/// Tells the values of pins as they change, at the kernel's time. Made before the simulation.
class PinWatch : public sc_core::sc_module {
 public:
  using Changed = std::function<void(std::size_t pin, const base::PinWords& value)>;

  PinWatch(const sc_core::sc_module_name& name, std::vector<base::PinView> pins, Changed changed);

  /// As last told, or at the start.
  const base::PinWords& value(std::size_t pin) const { return values_[pin]; }

 private:
  void look();

  const std::vector<base::PinView> pins_;
  const Changed changed_;
  std::vector<base::PinWords> values_;
};

}  // namespace leyden::trace
