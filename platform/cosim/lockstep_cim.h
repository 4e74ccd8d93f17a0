#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <systemc>

#include "models/base/context.h"
#include "models/cim/cim_block.h"
#include "platform/cosim/lockstep_unit.h"

namespace leyden::cosim {

/// A CIM unit (RTL) in the chip with the model of one beside it (`cim.impl` = lockstep): what it
/// does is compared as it runs, and the first difference is told. Time, energy and activity are
/// those of the unit that is compared. The model has a macro of its own, with weights written as
/// they are written to the unit's.
class LockstepCim : public cim::CimBlock {
 public:
  /// @param name   of the comparison, beside the unit's
  /// @param block  notifies status_changed() and tells LMEM what it writes (beat_written())
  /// @param told   none: base::ModelError with the difference's sentence
  LockstepCim(const std::string& name, std::unique_ptr<cim::CimBlock> block, base::Context& context,
              unsigned instance, LockstepUnit::Told told = {});
  ~LockstepCim() override;

  tlm::tlm_target_socket<base::kBusBits>& register_socket() override;
  tlm::tlm_target_socket<base::kBusBits>& weight_socket() override;
  sc_core::sc_port<memory::LmemPortIf>& lmem_port() override;
  sc_core::sc_out<bool>& interrupt() override { return block_->interrupt(); }
  void set_layer_source(std::function<std::uint32_t()> source) override;
  void set_place_source(const base::LayerSource& source) override;
  void power_off() override;
  bool busy() const override { return block_->busy(); }
  const sc_core::sc_event* status_changed() const override { return block_->status_changed(); }
  void visit_pins(const base::PinVisitor& visit) const override { block_->visit_pins(visit); }
  void archive(base::Archive& a) override;

 private:
  class Taps;
  struct Beside;  ///< what the model needs that must not be the chip's

  std::unique_ptr<cim::CimBlock> block_;
  std::unique_ptr<Beside> beside_;
  std::unique_ptr<Taps> taps_;
};

}  // namespace leyden::cosim
