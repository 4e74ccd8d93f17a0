#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/dma/dma_block.h"

namespace leyden::cosim {

/// What is wrong with a DMA. Each is asked at each occasion; none: all is right.
struct Defects {
  /// Before a transaction goes to the bus, counted from 0; may change it. @return false: it is
  /// left out
  std::function<bool(unsigned number, tlm::tlm_generic_payload& payload)> bus;
  /// After a register access, a debug access too; may change what was read.
  std::function<void(tlm::tlm_generic_payload& payload)> registers;
  bool no_irq = false;
};

/// A DMA with defects planted into channel 0's bus, the registers and the interrupts.
class FaultyDma : public sc_core::sc_module, public dma::DmaBlock {
 public:
  FaultyDma(const sc_core::sc_module_name& name, std::unique_ptr<dma::DmaBlock> dma,
            Defects defects)
      : sc_module(name), dma_(std::move(dma)), defects_(std::move(defects)) {
    socket.register_b_transport(this, &FaultyDma::transport);
    socket.register_transport_dbg(this, &FaultyDma::debug);
    out.bind(dma_->register_socket());
    SC_HAS_PROCESS(FaultyDma);
    for (unsigned n = 0; n < dma_->channel_count(); ++n) {
      const std::string number = std::to_string(n);
      lines.push_back(std::make_unique<sc_core::sc_signal<bool>>(("line" + number).c_str()));
      irqs.push_back(std::make_unique<sc_core::sc_out<bool>>(("irq" + number).c_str()));
      dma_->interrupt(n).bind(*lines[n]);
    }
    bus_in.register_b_transport(this, &FaultyDma::bus);
    dma_->bus_socket(0).bind(bus_in);
    SC_METHOD(drive);
    for (const auto& line : lines) sensitive << *line;
  }

  tlm::tlm_target_socket<base::kBusBits>& register_socket() override { return socket; }
  std::size_t channel_count() const override { return dma_->channel_count(); }
  tlm::tlm_initiator_socket<base::kBusBits>& bus_socket(std::size_t channel) override {
    if (channel == 0) return bus_out;
    return dma_->bus_socket(channel);
  }
  sc_core::sc_out<bool>& interrupt(std::size_t channel) override { return *irqs[channel]; }
  bool busy() const override { return dma_->busy(); }
  const sc_core::sc_event* status_changed(std::size_t channel) const override {
    return dma_->status_changed(channel);
  }
  void archive(base::Archive& a) override { dma_->archive(a); }

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    out->b_transport(payload, delay);
    if (defects_.registers) defects_.registers(payload);
  }
  unsigned debug(tlm::tlm_generic_payload& payload) {
    const unsigned moved = out->transport_dbg(payload);
    if (defects_.registers) defects_.registers(payload);
    return moved;
  }
  void bus(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (defects_.bus && !defects_.bus(transactions_++, payload)) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      return;
    }
    bus_out->b_transport(payload, delay);
  }
  void drive() {
    for (std::size_t n = 0; n < lines.size(); ++n) {
      irqs[n]->write(lines[n]->read() && !defects_.no_irq);
    }
  }

  tlm_utils::simple_target_socket<FaultyDma, base::kBusBits> socket{"socket"};
  tlm_utils::simple_initiator_socket<FaultyDma, base::kBusBits> out{"out"};
  tlm_utils::simple_target_socket<FaultyDma, base::kBusBits> bus_in{"bus_in"};
  tlm_utils::simple_initiator_socket<FaultyDma, base::kBusBits> bus_out{"bus_out"};
  std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> lines;
  std::vector<std::unique_ptr<sc_core::sc_out<bool>>> irqs;
  std::unique_ptr<dma::DmaBlock> dma_;
  const Defects defects_;
  unsigned transactions_ = 0;
};

}  // namespace leyden::cosim
