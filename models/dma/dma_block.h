#pragma once

#include <cstddef>

#include <systemc>
#include <tlm>

#include "models/base/archive.h"
#include "models/base/data_path.h"
#include "models/base/layer_place.h"
#include "models/base/pin_view.h"
#include "models/base/tlm_helpers.h"

namespace leyden::dma {

/// What a chip needs of its DMA, whatever it is made of: the TLM model (Dma), or RTL behind
/// adapters. Channels are alike; their register blocks follow each other behind one target socket
/// (configs/registers/dma.yaml).
class DmaBlock {
 public:
  virtual ~DmaBlock() = default;

  virtual tlm::tlm_target_socket<base::kBusBits>& register_socket() = 0;
  virtual std::size_t channel_count() const = 0;
  /// A channel's bus master.
  virtual tlm::tlm_initiator_socket<base::kBusBits>& bus_socket(std::size_t channel) = 0;
  /// The data path behind bus_socket(). Before the simulation starts; a model needs none.
  virtual void set_data_path(base::DataPath*) {}
  /// Level: IRQ_ENABLE & (DONE | ERROR) of a channel.
  virtual sc_core::sc_out<bool>& interrupt(std::size_t channel) = 0;
  virtual bool busy() const = 0;  ///< some channel has a transfer under way
  /// Notified when a channel's STATUS may have changed by itself; nullptr: nobody is told.
  virtual const sc_core::sc_event* status_changed(std::size_t) const { return nullptr; }
  /// Where messages take the layer from.
  virtual void set_layer_source(const base::LayerSource&) {}
  /// Calls with each pin of the block; a model has none.
  virtual void visit_pins(const base::PinVisitor&) const {}
  /// While not busy(). A block that cannot be saved refuses (Archive::refuse()).
  virtual void archive(base::Archive& a) = 0;
};

}  // namespace leyden::dma
