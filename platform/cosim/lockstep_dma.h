#pragma once

#include <memory>
#include <vector>

#include <systemc>

#include "models/base/context.h"
#include "models/dma/dma_block.h"
#include "platform/cosim/lockstep_channel.h"

namespace leyden::cosim {

/// A DMA (RTL) in the chip with the model of one beside it (`dma.impl` = lockstep): what it does is
/// compared as it runs, and the first difference is told. Time, energy and activity are those of
/// the DMA that is compared.
class LockstepDma : public dma::DmaBlock {
 public:
  /// @param name   of the comparison, beside the DMA's
  /// @param block  notifies status_changed()
  /// @param told   none: base::ModelError with the difference's sentence
  LockstepDma(const std::string& name, std::unique_ptr<dma::DmaBlock> block, base::Context& context,
              LockstepChannel::Told told = {});
  ~LockstepDma() override;

  tlm::tlm_target_socket<base::kBusBits>& register_socket() override;
  std::size_t channel_count() const override { return block_->channel_count(); }
  tlm::tlm_initiator_socket<base::kBusBits>& bus_socket(std::size_t channel) override;
  void set_data_path(base::DataPath* path) override { block_->set_data_path(path); }
  sc_core::sc_out<bool>& interrupt(std::size_t channel) override {
    return block_->interrupt(channel);
  }
  bool busy() const override { return block_->busy(); }
  const sc_core::sc_event* status_changed(std::size_t channel) const override {
    return block_->status_changed(channel);
  }
  void set_layer_source(const base::LayerSource& source) override;
  void visit_pins(const base::PinVisitor& visit) const override { block_->visit_pins(visit); }
  void archive(base::Archive& a) override { block_->archive(a); }

 private:
  class Taps;
  struct Beside;  ///< what the model needs that must not be the chip's

  std::unique_ptr<dma::DmaBlock> block_;
  std::unique_ptr<Beside> beside_;
  std::unique_ptr<Taps> taps_;
};

}  // namespace leyden::cosim
