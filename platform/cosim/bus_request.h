#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <systemc>
#include <tlm>

#include "models/base/tlm_helpers.h"
#include "platform/cosim/axi_burst.h"
#include "platform/cosim/gated_clock.h"

// What adapters of AXI and APB share: responses, strobes as a TLM write, time as a clock edge.
namespace leyden::cosim {

/// TLM_ADDRESS_ERROR is DECERR, any other error SLVERR.
AxiResponse axi_response(tlm::tlm_response_status status);
/// DECERR is TLM_ADDRESS_ERROR, SLVERR is TLM_GENERIC_ERROR; so is EXOKAY, which answers nothing
/// that is ever asked here.
tlm::tlm_response_status tlm_response(AxiResponse response);

/// Bytes of a write that strobes enable: the first one, one after the last, and whether some
/// between are not.
struct EnabledRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool holes = false;

  bool empty() const { return begin == end; }
};
/// @param enables  TLM_BYTE_ENABLED or TLM_BYTE_DISABLED, a byte a byte
EnabledRange enabled_range(const std::vector<std::uint8_t>& enables);

/// A write of what is enabled of `data`, which stands for the bytes from `address` on. Byte enables
/// only where there are holes. The range must not be empty; all buffers must outlive the payload.
tlm::tlm_generic_payload& enabled_write(base::Payload& payload, std::uint64_t address,
                                        const EnabledRange& range,
                                        const std::vector<std::uint8_t>& data,
                                        std::vector<std::uint8_t>& enables);

/// The time a bus took, as the edge at which its answer is taken on pins.
class AnswerTime {
 public:
  explicit AnswerTime(const GatedClock& clock)
      : clock_(clock), edge_(clock.edges()), asked_at_(sc_core::sc_time_stamp()) {}
  /// @param delay    annotated beyond the kernel's present time
  /// @param charged  cycles that the bus charged and the pins have taken already
  std::uint64_t due(const sc_core::sc_time& delay, unsigned charged) const;

 private:
  const GatedClock& clock_;
  std::uint64_t edge_;
  sc_core::sc_time asked_at_;
};

}  // namespace leyden::cosim
