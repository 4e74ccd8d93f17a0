#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>

#include "models/base/phased_master.h"
#include "models/base/tlm_helpers.h"

namespace leyden::test {

/// A master of non-blocking transport that runs a script in its own thread.
class PhasedInitiator : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<PhasedInitiator, base::kBusBits> socket{"socket"};

  explicit PhasedInitiator(const sc_core::sc_module_name& name)
      : sc_module(name), payload_(this->name()), master_(this->name()) {
    socket.register_nb_transport_bw(this, &PhasedInitiator::backward);
    SC_HAS_PROCESS(PhasedInitiator);
    SC_THREAD(thread);
  }

  /// Runs `body` in the thread, from a time after now on.
  void begin(std::function<void()> body, const sc_core::sc_time& after = sc_core::SC_ZERO_TIME) {
    body_ = std::move(body);
    go_.notify(after);
  }
  bool done() const { return !body_; }

  // Within the body; each returns when the response is there.
  tlm::tlm_response_status read(std::uint64_t address, void* data, unsigned length,
                                bool lock = false) {
    return send(payload_.read(address, data, length), lock);
  }
  tlm::tlm_response_status write(std::uint64_t address, const void* data, unsigned length) {
    return send(payload_.write(address, data, length), false);
  }

 private:
  tlm::tlm_response_status send(tlm::tlm_generic_payload& payload, bool lock) {
    master_.transport(*socket.operator->(), payload, lock);
    return payload.get_response_status();
  }
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay) {
    return master_.backward(payload, phase, delay);
  }
  void thread() {
    for (;;) {
      wait(go_);
      body_();
      body_ = nullptr;
    }
  }

  base::Payload payload_;
  base::PhasedMaster master_;
  sc_core::sc_event go_;
  std::function<void()> body_;
};

}  // namespace leyden::test
