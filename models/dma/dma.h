#pragma once

#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/dma/dma_block.h"
#include "models/dma/dma_channel.h"

namespace leyden::dma {

/// The DMA: channels that are alike and independent, each a bus master with its own interrupt.
/// Their register blocks follow each other behind one target socket.
class Dma : public sc_core::sc_module, public DmaBlock {
 public:
  /// Scope `dma`.
  static std::vector<base::ParameterSpec> parameters();

  tlm_utils::simple_target_socket<Dma, base::kBusBits> socket{"socket"};
  sc_core::sc_vector<DmaChannel> channels{"channel"};

  Dma(sc_core::sc_module_name name, base::Context& context);

  tlm::tlm_target_socket<base::kBusBits>& register_socket() override { return socket; }
  std::size_t channel_count() const override { return channels.size(); }
  tlm::tlm_initiator_socket<base::kBusBits>& bus_socket(std::size_t channel) override {
    return channels[channel].bus;
  }
  sc_core::sc_out<bool>& interrupt(std::size_t channel) override { return channels[channel].irq; }
  bool busy() const override;
  void archive(base::Archive& a) override;

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);
  /// The channel an offset belongs to, or nullptr; makes the payload's address its offset.
  DmaChannel* select(tlm::tlm_generic_payload& payload);
};

}  // namespace leyden::dma
