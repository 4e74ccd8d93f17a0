#include "models/dma/dma.h"

#include "registers/dma.h"

namespace leyden::dma {

std::vector<base::ParameterSpec> Dma::parameters() {
  return {
      {"burst_bytes", "B", 16, 4096, true, {}, "Longest burst, a multiple of 16"},
      {"impl",
       "",
       0,
       0,
       false,
       {"tlm", "rtl", "lockstep"},
       "The TLM model, its RTL in this place, or the RTL compared with the model as it runs",
       "tlm"},
      {"prepare_cycles", "cycles", 0, 64, true, {}, "From a job's words to its first burst", "0"},
      {"access_cycles",
       "cycles",
       0,
       64,
       true,
       {},
       "From a burst's turn to its address on the bus",
       "0"},
      {"boundary_bytes",
       "B",
       0,
       4096,
       true,
       {},
       "No access goes over a multiple of it, a power of two from 16 on; 0: none is split",
       "0"},
      {"byte_energy_pj", "pJ", 0, 100, false, {}, "Moving one byte, the memories' part excluded"},
  };
}

Dma::Dma(sc_core::sc_module_name name, base::Context& context) : sc_module(name) {
  namespace reg = registers::dma;
  channels.init(reg::kBlocks, [&context](const char* channel, std::size_t n) {
    return new DmaChannel(channel, context, reg::kBase + n * reg::kBlockStride,
                          static_cast<unsigned>(n));
  });
  socket.register_b_transport(this, &Dma::transport);
  socket.register_transport_dbg(this, &Dma::transport_debug);
}

bool Dma::busy() const {
  for (const DmaChannel& channel : channels) {
    if (channel.busy()) return true;
  }
  return false;
}

void Dma::archive(base::Archive& a) {
  for (DmaChannel& channel : channels) a(channel);
}

DmaChannel* Dma::select(tlm::tlm_generic_payload& payload) {
  namespace reg = registers::dma;
  const std::uint64_t channel = payload.get_address() / reg::kBlockStride;
  const std::uint64_t offset = payload.get_address() % reg::kBlockStride;
  if (channel >= channels.size() || payload.get_data_length() > reg::kBlockStride - offset) {
    return nullptr;
  }
  payload.set_address(offset);
  return &channels[channel];
}

void Dma::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  if (DmaChannel* channel = select(payload)) {
    channel->transport(payload, delay);
    payload.set_address(address);
  } else {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
}

unsigned Dma::transport_debug(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  DmaChannel* channel = select(payload);
  const unsigned moved = channel == nullptr ? 0 : channel->transport_debug(payload);
  payload.set_address(address);
  return moved;
}

}  // namespace leyden::dma
