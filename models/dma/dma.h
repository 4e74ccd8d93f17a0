#pragma once

#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/dma/dma_channel.h"

namespace leyden::dma {

/// The DMA: channels that are alike and independent, each a bus master with its own interrupt.
/// Their register blocks follow each other behind one target socket.
class Dma : public sc_core::sc_module {
 public:
  /// Scope `dma`.
  static std::vector<base::ParameterSpec> parameters();

  tlm_utils::simple_target_socket<Dma, base::kBusBits> socket{"socket"};
  sc_core::sc_vector<DmaChannel> channels{"channel"};

  Dma(sc_core::sc_module_name name, base::Context& context);

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);
  /// The channel an offset belongs to, or nullptr; makes the payload's address its offset.
  DmaChannel* select(tlm::tlm_generic_payload& payload);
};

}  // namespace leyden::dma
