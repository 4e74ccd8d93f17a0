#pragma once

#include <cstdint>
#include <functional>

#include <systemc>

#include "models/base/context.h"

namespace leyden::chip {

/// What becomes of a rise of an interrupt line.
struct RiseFault {
  bool dropped = false;            ///< not seen until the line has fallen and rises again
  std::uint64_t delay_cycles = 0;  ///< seen so much later, if the line is still high then
};

/// An interrupt line with faults between a unit and who listens.
class InterruptRelay : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> in{"in"};
  sc_core::sc_signal<bool> out{"out"};

  SC_HAS_PROCESS(InterruptRelay);
  /// @param on_rise  asked at every rise
  InterruptRelay(sc_core::sc_module_name name, base::Context& context,
                 std::function<RiseFault()> on_rise);

 private:
  void follow();

  base::Context& context_;
  std::function<RiseFault()> on_rise_;
  bool was_high_ = false;
  sc_core::sc_event late_;
};

}  // namespace leyden::chip
