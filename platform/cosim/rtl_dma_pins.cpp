#include "platform/cosim/dma_pins.h"
#include "platform/cosim/pin_views.h"
#include "platform/cosim/rtl_dma.h"
#include "platform/cosim/rtl_dma_channel.h"

namespace leyden::cosim {
namespace {

struct ChannelPins {
  const Axi4Pins<128>& axi;
  const PinSignal<13>& aruser;
};

/// Clock and reset first, then the interfaces in the order of docs/cosim.md.
void show(const sc_core::sc_signal<bool>& clk, const sc_core::sc_signal<bool>& rst_n,
          const ApbPins& apb, const PinSignal<2>& irq, const std::vector<ChannelPins>& channels,
          const base::PinVisitor& visit) {
  show_pin("clk", 1, clk, visit);
  show_pin("rst_n", 1, rst_n, visit);
  show_pins(apb, visit);
  for (std::size_t n = 0; n < channels.size(); ++n) {
    show_pins(channels[n].axi, visit);
    show_pin("m_axi" + std::to_string(n) + "_aruser", 13, channels[n].aruser, visit);
  }
  show_pin("irq", 2, irq, visit);
}

}  // namespace

void RtlDma::visit_pins(const base::PinVisitor& visit) const {
  std::vector<ChannelPins> channels;
  for (const auto& channel : channels_) channels.push_back({channel->axi, channel->aruser});
  show(clock_.clk, clock_.rst_n, apb_, irq_pins_, channels, visit);
}

const sc_core::sc_event* RtlDma::status_changed(std::size_t channel) const {
  return &channels_.at(channel)->status.value_changed_event();
}

std::vector<base::PinView> dma_pin_list() {
  const sc_core::sc_signal<bool> clk;
  const sc_core::sc_signal<bool> rst_n;
  const ApbPins apb;
  const PinSignal<2> irq;
  const Axi4Pins<128> axi0("m_axi0_");
  const Axi4Pins<128> axi1("m_axi1_");
  const PinSignal<13> aruser;
  std::vector<base::PinView> list;
  show(clk, rst_n, apb, irq, {{axi0, aruser}, {axi1, aruser}}, [&list](const base::PinView& pin) {
    list.push_back({pin.name, pin.bits, {}, nullptr});
  });
  return list;
}

}  // namespace leyden::cosim
