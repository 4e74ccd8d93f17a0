#pragma once

#include <memory>

#include "platform/cosim/axi_burst.h"
#include "platform/cosim/axi_lite_checker.h"
#include "platform/cosim/pins.h"
#include "platform/cosim/tlm_target_adapter.h"

namespace leyden::cosim {

/// Register accesses over AXI4-Lite: 1, 2 or 4 bytes with their strobes, longer ones as words one
/// after another (the first error ends them). SLVERR is TLM_GENERIC_ERROR_RESPONSE, DECERR is
/// TLM_ADDRESS_ERROR_RESPONSE. Address and data of a write are shown together. A word takes two
/// cycles where the block does not wait.
template <unsigned kBits = 32>
class TlmToAxiLite : public TlmTargetAdapter {
 public:
  TlmToAxiLite(const sc_core::sc_module_name& name, AxiLitePins<kBits>& pins, GatedClock& clock,
               const AdapterOptions& options = {});

 private:
  static constexpr unsigned kBytes = kBits / 8;

  tlm::tlm_response_status refusal(const tlm::tlm_generic_payload& payload) const override {
    return refuse_register_access(payload);
  }
  unsigned lead_cycles(const tlm::tlm_generic_payload&) const override { return 2; }
  void on_edge() override;
  void on_kick() override;
  void on_reset() override;
  void take();
  void begin_word();
  void end_word(AxiResponse response);
  void drive();
  void limit() const;

  AxiLitePins<kBits>& pins_;
  std::unique_ptr<AxiLiteChecker<kBits>> checker_;
  bool busy_ = false;           ///< a word is under way
  bool address_left_ = false;   ///< its address has not been taken
  bool data_left_ = false;      ///< its data has not been taken
  bool address_valid_ = false;  ///< as driven
  bool data_valid_ = false;     ///< as driven
  unsigned done_bytes_ = 0;
  std::uint64_t begin_edge_ = 0;
};

extern template class TlmToAxiLite<32>;
extern template class TlmToAxiLite<64>;

}  // namespace leyden::cosim
