#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "platform/cosim/axi4_checker.h"
#include "platform/cosim/axi_burst.h"
#include "platform/cosim/pins.h"
#include "platform/cosim/tlm_target_adapter.h"

namespace leyden::cosim {

/// Transactions over AXI4: INCR bursts as wide as the pins, unaligned ends and byte enables as
/// strobes, cut at 4 KiB boundaries and after 256 beats, one burst at a time. What is one aligned
/// piece of 1, 2, 4, ... bytes is one beat of that size, so registers can be read without their
/// neighbours; other reads ask for whole beats. SLVERR is TLM_GENERIC_ERROR_RESPONSE, DECERR is
/// TLM_ADDRESS_ERROR_RESPONSE; the first burst with an error is the last one. Streaming is refused.
///
/// Time: what the bus annotated holds the data beats already, so the burst begins that much before.
template <unsigned kBits>
class TlmToAxi4 : public TlmTargetAdapter {
 public:
  TlmToAxi4(const sc_core::sc_module_name& name, Axi4Pins<kBits>& pins, GatedClock& clock,
            const AdapterOptions& options = {});

 private:
  static constexpr unsigned kBytes = kBits / 8;

  tlm::tlm_response_status refusal(const tlm::tlm_generic_payload& payload) const override;
  unsigned lead_cycles(const tlm::tlm_generic_payload& payload) const override;
  void on_edge() override;
  void on_kick() override;
  void on_reset() override;
  void take();
  void take_read_beat();
  void begin_burst();
  void show_address(typename Axi4Pins<kBits>::Address& pins) const;
  void show_write_beat();
  void end_burst();
  void drive();
  void limit() const;
  bool enabled(unsigned byte) const;
  /// Bytes of the payload in the burst under way.
  unsigned burst_bytes() const;

  Axi4Pins<kBits>& pins_;
  std::unique_ptr<Axi4Checker<kBits>> checker_;
  bool busy_ = false;  ///< a burst is under way
  AxiBurst burst_;
  AxiResponse response_ = AxiResponse::kOkay;  ///< the first error of the burst
  unsigned done_bytes_ = 0;                    ///< by bursts before
  unsigned beat_ = 0;                          ///< next one to be taken
  bool address_left_ = false;
  bool address_valid_ = false;  ///< as driven
  bool data_valid_ = false;     ///< as driven
  std::uint64_t moved_edge_ = 0;
};

extern template class TlmToAxi4<32>;
extern template class TlmToAxi4<64>;
extern template class TlmToAxi4<128>;

}  // namespace leyden::cosim
