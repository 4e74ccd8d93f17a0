#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/base/context.h"
#include "models/base/layer_place.h"
#include "models/dma/dma_channel.h"
#include "platform/cosim/difference.h"

namespace leyden::cosim {

/// One channel of a DMA beside the model of one. The model gets the same register accesses; its
/// reads of the bus are answered with what the DMA's own reads gave, its writes go nowhere. What
/// the model would do and the DMA does not is told, once. The model takes no time of its own: it
/// ends a transaction when the DMA begins its next one or ends the job.
class LockstepChannel : public sc_core::sc_module {
 public:
  /// Called with the first difference.
  using Told = std::function<void(Difference difference)>;
  /// Registers and interrupt of the channel that is compared, without time.
  struct Found {
    std::function<std::uint32_t(std::uint32_t offset)> reg;
    std::function<bool()> irq;
  };

  /// @param context  the model's own, but for the clock
  LockstepChannel(sc_core::sc_module_name name, base::Context& context, unsigned number,
                  Found found, Told told);

  void set_layer_source(const base::LayerSource& source) { layer_ = source; }

  /// A register access, address an offset into the channel's block: before it, and after the DMA
  /// has answered it.
  void access_begins() { ++accesses_; }
  void access_ends(tlm::tlm_generic_payload& payload);
  /// A transaction of the DMA's bus master. @return its number, for bus_ends()
  std::uint64_t bus_begins(const tlm::tlm_generic_payload& payload);
  void bus_ends(std::uint64_t number, const tlm::tlm_generic_payload& payload);
  /// STATUS or the interrupt of the DMA may have changed.
  void look();

 private:
  struct Transaction {
    bool write;
    std::uint64_t address;
    std::vector<std::uint8_t> data;
    bool plain;  ///< no byte enables, no streaming
    bool complete = false;
    tlm::tlm_response_status response = tlm::TLM_INCOMPLETE_RESPONSE;
  };

  void answer(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool compare(const Transaction& found, const tlm::tlm_generic_payload& expected);
  void compare_words(const tlm::tlm_generic_payload& payload, const std::uint8_t* expected);
  bool allowed(std::uint32_t offset, std::uint32_t expected, std::uint32_t found) const;
  void write_model(const tlm::tlm_generic_payload& payload);
  void give_control(std::uint32_t value);
  void settle();
  void end_start();
  void check_rest();
  std::uint32_t model(std::uint32_t offset);
  void tell(const std::string& where, const std::string& expected, const std::string& found);

  base::Context& context_;
  const unsigned number_;
  const Found found_;
  const Told told_;
  base::LayerSource layer_;
  dma::DmaChannel model_;
  sc_core::sc_signal<bool> model_irq_{"model_irq"};
  tlm_utils::simple_target_socket<LockstepChannel, base::kBusBits> model_bus_{"model_bus"};
  std::deque<Transaction> transactions_;  ///< of the DMA, not yet done by the model
  std::uint64_t first_number_ = 0;        ///< of transactions_.front()
  sc_core::sc_event progress_;
  sc_core::sc_event settle_event_;
  sc_core::sc_event rest_event_;  ///< the model may follow the DMA into rest
  sc_core::sc_event start_event_;
  bool busy_ = false;      ///< the DMA is
  bool starting_ = false;  ///< software has started a job; the DMA has not begun it
  bool stop_ = false;      ///< software has written STOP; the model gets it when the DMA rests
  bool silent_ = false;    ///< after a difference
  unsigned accesses_ = 0;  ///< under way
  std::uint64_t jobs_ = 0;
  std::string wanted_;            ///< what the model waits for the DMA to do
  std::uint32_t held_bytes_ = 0;  ///< of the write that the model has not ended
};

}  // namespace leyden::cosim
