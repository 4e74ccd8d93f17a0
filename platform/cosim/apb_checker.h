#pragma once

#include <string>
#include <vector>

#include "platform/cosim/pin_checker.h"
#include "platform/cosim/pins.h"

namespace leyden::cosim {

/// APB: psel, then penable a cycle later; address, direction, data and strobes stay until pready;
/// no strobes on a read; nothing selected in reset.
class ApbChecker : public PinChecker {
 public:
  ApbChecker(const sc_core::sc_module_name& name, const ApbPins& pins, GatedClock& clock,
             const std::string& block, const ViolationHandler& handler = nullptr);

 private:
  enum class Phase { kIdle, kSetup, kAccess };

  void check() override;
  void check_reset() override;
  void check_order(Phase phase);
  void check_stable();

  const ApbPins& pins_;
  const std::vector<Pin> request_;  ///< paddr, pwrite, pwdata, pstrb
  std::vector<PinValue> values_;    ///< of request_ while selected
  Phase phase_ = Phase::kIdle;      ///< at the edge before
  bool ready_ = false;              ///< at the edge before
};

}  // namespace leyden::cosim
