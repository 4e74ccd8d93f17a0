#include "platform/cosim/axi_lite_checker.h"

#include <algorithm>

#include "platform/cosim/axi_burst.h"

namespace leyden::cosim {

template <unsigned kBits>
AxiLiteChecker<kBits>::AxiLiteChecker(const sc_core::sc_module_name& name,
                                      const AxiLitePins<kBits>& pins, GatedClock& clock,
                                      const std::string& block, const ViolationHandler& handler)
    : PinChecker(name, clock, block, handler),
      pins_(pins),
      aw_(list_pins(pins.aw), [this](const auto& what, const auto& rule) { broken(what, rule); }),
      w_(list_pins(pins.w), [this](const auto& what, const auto& rule) { broken(what, rule); }),
      b_(list_pins(pins.b), [this](const auto& what, const auto& rule) { broken(what, rule); }),
      ar_(list_pins(pins.ar), [this](const auto& what, const auto& rule) { broken(what, rule); }),
      r_(list_pins(pins.r), [this](const auto& what, const auto& rule) { broken(what, rule); }) {}

template <unsigned kBits>
void AxiLiteChecker<kBits>::check_reset() {
  for (ChannelWatch* channel : {&aw_, &w_, &b_, &ar_, &r_}) channel->reset_edge();
  addresses_ = data_ = reads_ = 0;
}

template <unsigned kBits>
void AxiLiteChecker<kBits>::check_response(const std::string& names, std::uint32_t response) const {
  if (static_cast<AxiResponse>(response) == AxiResponse::kExokay) {
    broken(names + "resp is EXOKAY", "AXI4-Lite has no exclusive accesses");
  }
}

template <unsigned kBits>
void AxiLiteChecker<kBits>::check() {
  for (ChannelWatch* channel : {&aw_, &w_, &b_, &ar_, &r_}) channel->edge();
  // Before the requests of this edge: an answer comes after its request was taken.
  if (b_.valid()) {
    if (std::min(addresses_, data_) == 0) {
      broken(pins_.b.names + "valid rose without a write to answer",
             "AXI answers a write after its address and its data were taken");
    }
    check_response(pins_.b.names, pins_.b.resp.read());
  }
  if (r_.valid()) {
    if (reads_ == 0) {
      broken(pins_.r.names + "valid rose without a read to answer",
             "AXI answers a read after its address was taken");
    }
    check_response(pins_.r.names, pins_.r.resp.read());
  }
  if (b_.taken() && std::min(addresses_, data_) > 0) {
    --addresses_;
    --data_;
  }
  if (r_.taken() && reads_ > 0) --reads_;
  addresses_ += aw_.taken() ? 1 : 0;
  data_ += w_.taken() ? 1 : 0;
  reads_ += ar_.taken() ? 1 : 0;
}

template class AxiLiteChecker<32>;
template class AxiLiteChecker<64>;

}  // namespace leyden::cosim
