#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>

#include "models/base/context.h"
#include "models/base/layer_place.h"
#include "models/cim/cim_unit.h"
#include "platform/cosim/difference.h"
#include "platform/cosim/lockstep_common.h"
#include "platform/cosim/lockstep_lmem.h"

namespace leyden::cosim {

/// A CIM unit beside the model of one. The model gets the same accesses to registers and weight
/// window, after the unit has answered them, and the input that LMEM holds when the unit claims it;
/// its outputs go nowhere. Its job ends, or is refused, when the unit's is. What the unit does
/// otherwise is told, once: docs/cosim-cim.md.
class LockstepUnit : public sc_core::sc_module {
 public:
  /// Called with the first difference.
  using Told = std::function<void(Difference difference)>;
  /// The unit that is compared, without time.
  struct Found {
    std::function<std::uint32_t(std::uint32_t offset)> reg;
    std::function<bool()> irq;
    std::function<memory::LmemPortIf&()> lmem;
  };

  /// @param context  the model's own, but for the clock
  LockstepUnit(const sc_core::sc_module_name& name, base::Context& context, unsigned instance,
               Found found, Told told);

  void set_layer_source(std::function<std::uint32_t()> source) {
    model_.set_layer_source(std::move(source));
  }
  void set_place_source(const base::LayerSource& source) { place_ = source; }

  /// A register access of a word or less, at the time at which the unit has done it.
  void accessed(const tlm::tlm_generic_payload& payload);
  /// An access to the weight window, which the unit has answered; of a write the data as written.
  void weights_accessed(const tlm::tlm_generic_payload& payload);
  void weights_debug_written(const tlm::tlm_generic_payload& payload);
  /// The unit has claimed the input of its job: the model takes what is there now.
  void input_claimed();
  /// The unit has put bytes into LMEM.
  void lmem_written(std::uint64_t address, std::uint32_t bytes);
  /// STATUS or the interrupt of the unit may have changed.
  void look();
  void power_off();

 private:
  void start_seen();
  void on_end();     // SC_METHOD
  void end_start();  // SC_METHOD
  void settle();     // SC_METHOD
  void compare_response(const tlm::tlm_generic_payload& expected,
                        const tlm::tlm_generic_payload& found, const std::string& where);
  void compare_words(const tlm::tlm_generic_payload& payload, const std::uint8_t* expected);
  void compare_state();
  void compare_output();
  void compare_byte(std::uint64_t address);
  std::uint8_t found_byte(std::uint64_t address) const;
  bool unit_busy() const;
  std::uint32_t model(std::uint32_t offset);
  void tell(const std::string& where, const std::string& expected, const std::string& found);

  base::Context& context_;
  const unsigned instance_;
  const Found found_;
  const Told told_;
  base::LayerSource place_;
  ModelLmem lmem_;
  cim::CimUnit model_;
  sc_core::sc_signal<bool> model_irq_{"model_irq"};
  tlm_utils::simple_initiator_socket<LockstepUnit, base::kBusBits> registers_{"model_registers"};
  tlm_utils::simple_initiator_socket<LockstepUnit, base::kBusBits> weights_{"model_weights"};
  sc_core::sc_event end_event_;       ///< the model may follow the unit to the end of its job
  sc_core::sc_event start_event_;     ///< a start that was not followed is told
  sc_core::sc_event settle_event_;    ///< what can be seen is compared
  bool busy_ = false;                 ///< the unit is
  bool starting_ = false;             ///< software has started a job; the unit is not busy yet
  bool ended_ = false;                ///< the unit's job has; the model's has not
  bool silent_ = false;               ///< after a difference
  std::uint64_t jobs_ = 0;            ///< that ran and ended
  std::optional<std::uint64_t> job_;  ///< the last one started
  std::vector<bool> written_;         ///< bytes of the output, from its first address on
};

}  // namespace leyden::cosim
