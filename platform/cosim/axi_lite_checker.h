#pragma once

#include <cstdint>
#include <string>

#include "platform/cosim/pin_checker.h"
#include "platform/cosim/pins.h"

namespace leyden::cosim {

/// AXI4-Lite: what is valid stays until it is taken; no response without a request; no EXOKAY;
/// nothing valid in reset.
template <unsigned kBits = 32>
class AxiLiteChecker : public PinChecker {
 public:
  AxiLiteChecker(const sc_core::sc_module_name& name, const AxiLitePins<kBits>& pins,
                 GatedClock& clock, const std::string& block,
                 const ViolationHandler& handler = nullptr);

 private:
  void check() override;
  void check_reset() override;
  void check_response(const std::string& names, std::uint32_t response) const;

  const AxiLitePins<kBits>& pins_;
  ChannelWatch aw_, w_, b_, ar_, r_;
  // Taken and not answered.
  std::uint64_t addresses_ = 0;
  std::uint64_t data_ = 0;
  std::uint64_t reads_ = 0;
};

extern template class AxiLiteChecker<32>;
extern template class AxiLiteChecker<64>;

}  // namespace leyden::cosim
