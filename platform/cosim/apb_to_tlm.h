#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>

#include "models/base/tlm_helpers.h"
#include "platform/cosim/apb_checker.h"
#include "platform/cosim/pin_adapter.h"
#include "platform/cosim/pins.h"

namespace leyden::cosim {

/// The slave of an RTL master's APB pins: each access is one TLM transaction of the bytes its
/// strobes enable (a read: of the word). Errors are PSLVERR. An access that the bus and the target
/// charge D cycles for ends D cycles after the master selected, but not before APB's two.
class ApbToTlm : public PinAdapter {
 public:
  tlm_utils::simple_initiator_socket<ApbToTlm, base::kBusBits> socket{"socket"};

  ApbToTlm(const sc_core::sc_module_name& name, ApbPins& pins, GatedClock& clock,
           const AdapterOptions& options = {});

 private:
  enum class State { kIdle, kAsked, kAnswered, kReady };

  void on_edge() override;
  void on_kick() override;
  void on_reset() override;
  void thread();
  std::uint64_t ask();

  ApbPins& pins_;
  std::unique_ptr<ApbChecker> checker_;
  base::Payload payload_;
  sc_core::sc_event ask_event_;
  State state_ = State::kIdle;
  std::uint64_t due_ = 0;
  std::uint64_t ready_since_ = 0;
  std::uint64_t resets_ = 0;
  bool error_ = false;
  std::uint32_t data_ = 0;
};

}  // namespace leyden::cosim
