#pragma once

#include <cstdint>
#include <functional>

#include <systemc>
#include <tlm>

#include "models/base/archive.h"
#include "models/base/layer_place.h"
#include "models/base/pin_view.h"
#include "models/base/tlm_helpers.h"
#include "models/memory/lmem_port.h"

namespace leyden::cim {

class Macro;

/// What a chip needs of a CIM unit, whatever it is made of: the TLM model (CimUnit), or RTL around
/// a behavioural macro. Registers and weight window: configs/registers/cim.yaml.
class CimBlock {
 public:
  virtual ~CimBlock() = default;

  virtual tlm::tlm_target_socket<base::kBusBits>& register_socket() = 0;
  virtual tlm::tlm_target_socket<base::kBusBits>& weight_socket() = 0;
  virtual sc_core::sc_port<memory::LmemPortIf>& lmem_port() = 0;
  virtual sc_core::sc_out<bool>& interrupt() = 0;  ///< level: IRQ_ENABLE & (DONE | ERROR)
  /// Where the number of the current layer comes from (PERF), for keyed draws. 0 until set.
  virtual void set_layer_source(std::function<std::uint32_t()> source) = 0;
  /// Where messages get the layer's number and name from.
  virtual void set_place_source(const base::LayerSource&) {}
  /// The unit's power gate opened: weights, ABN table and trims are lost.
  /// @throws ModelError while a job runs
  virtual void power_off() = 0;
  /// The macro, for whoever puts faults into it; nullptr where there is no model of it to reach.
  virtual Macro* macro() { return nullptr; }
  virtual bool busy() const = 0;
  /// Notified when STATUS or ERROR_CODE has changed; nullptr: not told.
  virtual const sc_core::sc_event* status_changed() const { return nullptr; }
  /// Calls with each pin of the block; a model has none.
  virtual void visit_pins(const base::PinVisitor&) const {}
  /// While not busy(). A block that cannot be saved refuses (Archive::refuse()).
  virtual void archive(base::Archive& a) = 0;
};

}  // namespace leyden::cim
