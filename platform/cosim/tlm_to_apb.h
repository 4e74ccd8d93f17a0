#pragma once

#include <memory>

#include "platform/cosim/apb_checker.h"
#include "platform/cosim/pins.h"
#include "platform/cosim/tlm_target_adapter.h"

namespace leyden::cosim {

/// Register accesses over APB: 1, 2 or 4 bytes with their strobes, longer ones as words one after
/// another (the first error ends them). PSLVERR is TLM_GENERIC_ERROR_RESPONSE. A word takes two
/// cycles and the block's wait states.
class TlmToApb : public TlmTargetAdapter {
 public:
  TlmToApb(const sc_core::sc_module_name& name, ApbPins& pins, GatedClock& clock,
           const AdapterOptions& options = {});

 private:
  enum class State { kIdle, kSetup, kAccess };

  tlm::tlm_response_status refusal(const tlm::tlm_generic_payload& payload) const override {
    return refuse_register_access(payload);
  }
  unsigned lead_cycles(const tlm::tlm_generic_payload&) const override { return 2; }
  void on_edge() override;
  void on_kick() override;
  void on_reset() override;
  void begin_word();
  void end_word();

  ApbPins& pins_;
  std::unique_ptr<ApbChecker> checker_;
  State state_ = State::kIdle;
  unsigned done_bytes_ = 0;
  std::uint64_t access_edge_ = 0;  ///< when penable rose
  sc_core::sc_time access_time_;
};

}  // namespace leyden::cosim
