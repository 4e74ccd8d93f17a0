#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <systemc>

#include "platform/cosim/gated_clock.h"
#include "platform/cosim/pin_checker.h"

namespace leyden::cosim {

/// The channels of AXI, for ready patterns.
enum class AxiChannel { kAw, kW, kB, kAr, kR };

/// Whether a channel's source may become valid, or its sink is ready, at a clock edge (numbered as
/// GatedClock::edges()): for tests of back-pressure. A valid that stands stays.
using FlowPattern = std::function<bool(AxiChannel channel, std::uint64_t edge)>;

/// What all adapters have in common.
struct AdapterOptions {
  std::string block;  ///< what messages call the block of pins: "dma"
  /// Clock cycles in which an answer on pins must have come.
  std::uint64_t timeout_cycles = 100'000;
  bool check = true;  ///< the protocol of the pins is checked
  /// What becomes of violations; none: base::ModelError.
  ViolationHandler on_violation;
  FlowPattern flow;  ///< none: always
};

/// An adapter's process. It looks at the pins at each rising edge, as they were before it, and
/// drives them right after; what comes later at an edge's time still counts for that edge.
class PinAdapter : public sc_core::sc_module {
 public:
  const std::string& block() const { return options_.block; }

 protected:
  PinAdapter(const sc_core::sc_module_name& name, GatedClock& clock, const AdapterOptions& options);

  /// A rising edge: look at what was transferred, then drive.
  virtual void on_edge() = 0;
  /// After kick(), at an edge's time but after on_edge(): drive only.
  virtual void on_kick() = 0;
  /// Edges while rst_n is low: drive no valid.
  virtual void on_reset() = 0;

  /// Has on_kick() called if the clock rose at this time. Otherwise the next edge will do.
  void kick() { kick_event_.notify(sc_core::SC_ZERO_TIME); }
  bool flows(AxiChannel channel) const {
    return !options_.flow || options_.flow(channel, clock_.edges());
  }
  void hold_clock(bool hold);
  /// Throws "the RTL <what> within N cycles (<why>)" when more edges came than may.
  /// @param what  "did not answer a write of ..."
  /// @throws base::ModelError
  void limit_wait(std::uint64_t waited, const std::function<std::string()>& what,
                  const std::function<std::string()>& why) const;

  GatedClock& gate() const { return clock_; }

 private:
  void step();
  GatedClock& clock_;
  const AdapterOptions options_;
  sc_core::sc_event kick_event_;
  bool holds_clock_ = false;
};

}  // namespace leyden::cosim
