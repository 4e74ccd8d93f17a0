#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <systemc>

#include "models/base/context.h"
#include "models/base/register_block.h"
#include "models/dma/dma_block.h"
#include "platform/cosim/axi4_to_tlm.h"
#include "platform/cosim/gated_clock.h"
#include "platform/cosim/pins.h"
#include "platform/cosim/tlm_to_apb.h"

class Vleyden_dma;

namespace leyden::cosim {

/// The DMA of tests/rtl/dma in the chip: adapters around the module that Verilator makes of it. Its
/// clock runs while a register is accessed or a channel is busy. It counts energy and tells its
/// activity as dma::Dma does. Debug reads of registers are answered from pins and from what was
/// written; debug writes are refused, and so is saving.
class RtlDma : public sc_core::sc_module, public dma::DmaBlock {
 public:
  static constexpr std::size_t kChannels = 2;

  /// @throws base::UsageError when dma.burst_bytes is none that the RTL has
  RtlDma(const sc_core::sc_module_name& name, base::Context& context);
  ~RtlDma() override;

  tlm::tlm_target_socket<base::kBusBits>& register_socket() override { return registers_.socket; }
  std::size_t channel_count() const override { return kChannels; }
  tlm::tlm_initiator_socket<base::kBusBits>& bus_socket(std::size_t channel) override;
  void set_data_path(base::DataPath* path) override;
  sc_core::sc_out<bool>& interrupt(std::size_t channel) override;
  bool busy() const override;
  const sc_core::sc_event* status_changed(std::size_t channel) const override;
  void visit_pins(const base::PinVisitor& visit) const override;
  void archive(base::Archive& a) override;

  const GatedClock& clock() const { return clock_; }

 private:
  class Channel;

  void bind_channel0(Channel& channel);
  void bind_channel1(Channel& channel);
  void on_edge();
  void on_status();
  void on_interrupt();
  void follow_access();
  unsigned debug_access(tlm::tlm_generic_payload& payload);

  base::Context& context_;
  GatedClock clock_;
  ApbPins apb_;
  PinSignal<4> burst_log2_{"cfg_burst_log2"};
  PinSignal<2> irq_pins_{"irq_pins"};
  TlmToApb registers_;
  std::array<std::unique_ptr<Channel>, kChannels> channels_;
  std::unique_ptr<Vleyden_dma> rtl_;
};

}  // namespace leyden::cosim
