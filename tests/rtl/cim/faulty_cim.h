#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/cim/cim_block.h"

namespace leyden::cosim {

/// What is wrong with a CIM unit. Each is asked at each occasion; none: all is right.
struct CimDefects {
  /// Before a register access goes to the unit. @return false: it does not, and is answered
  std::function<bool(tlm::tlm_generic_payload& payload)> before;
  /// After a register access, a debug access too; may change what was read, or the response.
  std::function<void(tlm::tlm_generic_payload& payload)> after;
  /// A copy of a write to the weight window before it goes to the unit.
  std::function<void(std::uint64_t address, std::vector<std::uint8_t>& data)> weights;
  /// Bytes that the unit has written. @return false: they are not told
  std::function<bool(memory::LmemPortIf& lmem, std::uint64_t address, std::uint32_t bytes)> lmem;
  bool no_irq = false;
};

/// A CIM unit with defects planted between it and its surroundings.
class FaultyCim : public sc_core::sc_module, public cim::CimBlock {
 public:
  FaultyCim(const sc_core::sc_module_name& name, std::unique_ptr<cim::CimBlock> unit,
            CimDefects planted)
      : sc_module(name), unit_(std::move(unit)), defects_(std::move(planted)) {
    registers_in_.register_b_transport(this, &FaultyCim::transport);
    registers_in_.register_transport_dbg(this, &FaultyCim::debug);
    weights_in_.register_b_transport(this, &FaultyCim::weights);
    weights_in_.register_transport_dbg(this, &FaultyCim::weights_debug);
    registers_out_.bind(unit_->register_socket());
    weights_out_.bind(unit_->weight_socket());
    unit_->lmem_port().bind(lmem_);
    unit_->interrupt().bind(line_);
    SC_HAS_PROCESS(FaultyCim);
    SC_METHOD(drive);
    sensitive << line_;
  }

  tlm::tlm_target_socket<base::kBusBits>& register_socket() override { return registers_in_; }
  tlm::tlm_target_socket<base::kBusBits>& weight_socket() override { return weights_in_; }
  sc_core::sc_port<memory::LmemPortIf>& lmem_port() override { return lmem_.out; }
  sc_core::sc_out<bool>& interrupt() override { return irq_; }
  void set_layer_source(std::function<std::uint32_t()> source) override {
    unit_->set_layer_source(std::move(source));
  }
  void set_place_source(const base::LayerSource& source) override {
    unit_->set_place_source(source);
  }
  void power_off() override { unit_->power_off(); }
  bool busy() const override { return unit_->busy(); }
  const sc_core::sc_event* status_changed() const override { return unit_->status_changed(); }
  void archive(base::Archive& a) override { unit_->archive(a); }

 private:
  struct Lmem : sc_core::sc_module, memory::LmemPortIf {
    Lmem(const sc_core::sc_module_name& name, FaultyCim& of) : sc_module(name), owner(of) {}
    std::uint8_t* data(const memory::Region& region) override { return out->data(region); }
    memory::ClaimId claim(const std::string& who, memory::ClaimMode mode,
                          const memory::Region& region) override {
      return out->claim(who, mode, region);
    }
    void release(memory::ClaimId claim) override { out->release(claim); }
    std::uint64_t occupy(const memory::Region& region, std::uint64_t reads, std::uint64_t writes,
                         std::uint64_t cycles) override {
      return out->occupy(region, reads, writes, cycles);
    }
    void mark_written(const memory::Region& region) override { out->mark_written(region); }
    void beat_written(std::uint64_t address, std::uint32_t bytes) override {
      const auto& defect = owner.defects_.lmem;
      if (!defect || defect(*out.operator->(), address, bytes)) out->beat_written(address, bytes);
    }
    sc_core::sc_port<memory::LmemPortIf> out{"out"};
    FaultyCim& owner;
  };

  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (defects_.before && !defects_.before(payload)) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      return;
    }
    registers_out_->b_transport(payload, delay);
    if (defects_.after) defects_.after(payload);
  }
  unsigned debug(tlm::tlm_generic_payload& payload) {
    const unsigned moved = registers_out_->transport_dbg(payload);
    if (defects_.after) defects_.after(payload);
    return moved;
  }
  void weights(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    unsigned char* data = payload.get_data_ptr();
    std::vector<std::uint8_t> copy(data, data + payload.get_data_length());
    if (defects_.weights && payload.is_write()) {
      defects_.weights(payload.get_address(), copy);
      payload.set_data_ptr(copy.data());
    }
    weights_out_->b_transport(payload, delay);
    payload.set_data_ptr(data);
  }
  unsigned weights_debug(tlm::tlm_generic_payload& payload) {
    return weights_out_->transport_dbg(payload);
  }
  void drive() { irq_.write(line_.read() && !defects_.no_irq); }

  tlm_utils::simple_target_socket<FaultyCim, base::kBusBits> registers_in_{"registers_in"};
  tlm_utils::simple_target_socket<FaultyCim, base::kBusBits> weights_in_{"weights_in"};
  tlm_utils::simple_initiator_socket<FaultyCim, base::kBusBits> registers_out_{"registers_out"};
  tlm_utils::simple_initiator_socket<FaultyCim, base::kBusBits> weights_out_{"weights_out"};
  Lmem lmem_{"lmem", *this};
  sc_core::sc_signal<bool> line_{"line"};
  sc_core::sc_out<bool> irq_{"irq"};
  std::unique_ptr<cim::CimBlock> unit_;
  const CimDefects defects_;
};

}  // namespace leyden::cosim
