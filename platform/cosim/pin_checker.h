#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <systemc>

#include "platform/cosim/gated_clock.h"
#include "platform/cosim/pin_types.h"

namespace leyden::cosim {

/// A rule of a pin protocol that was broken.
struct PinViolation {
  std::string block;  ///< whose pins
  std::string what;   ///< "m_axi_awaddr changed from 0x100 to 0x140 before m_axi_awready"
  std::string rule;   ///< what the protocol wants, a sentence without its full stop
  sc_core::sc_time time;

  /// "dma: <what> at 120 ns; <rule>"
  std::string sentence() const;
};

/// What becomes of violations.
using ViolationHandler = std::function<void(const PinViolation&)>;

/// Looks at pins at each rising edge, as they were before it, and tells of broken rules.
class PinChecker : public sc_core::sc_module {
 public:
  /// Rising edges looked at outside reset: a check that saw none has checked nothing.
  std::uint64_t edges() const { return edges_; }

 protected:
  /// @param handler  none: a violation is a base::ModelError, thrown in the kernel
  PinChecker(const sc_core::sc_module_name& name, GatedClock& clock, std::string block,
             ViolationHandler handler);

  virtual void check() = 0;
  /// An edge in reset. The first two are not told: a synchronous block needs one to begin.
  virtual void check_reset() = 0;
  void broken(const std::string& what, const std::string& rule) const;

 private:
  void step();

  GatedClock& clock_;
  const std::string block_;
  const ViolationHandler handler_;
  std::uint64_t edges_ = 0;
  unsigned reset_edges_ = 0;
};

/// The handshake of one AXI channel: what is valid stays until it is taken.
class ChannelWatch {
 public:
  using Tell = std::function<void(const std::string& what, const std::string& rule)>;

  /// @param pins  of the channel, the last two being valid and ready
  ChannelWatch(std::vector<Pin> pins, Tell tell);

  bool valid() const { return valid_; }  ///< at the present edge
  bool taken() const { return valid_ && ready_; }
  void edge();
  void reset_edge();
  void clear() { valid_ = ready_ = false; }

 private:
  std::vector<Pin> pins_;
  Tell tell_;
  std::vector<PinValue> values_;  ///< of all but valid and ready, while valid
  bool valid_ = false;
  bool ready_ = false;
};

}  // namespace leyden::cosim
