#pragma once

#include <cstdint>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/base/tlm_helpers.h"

namespace leyden::test {

/// A timer with three registers: +0 raises the line that many ns later, +4 lowers it, +8 counts its
/// reads and takes time to answer.
class TimerDevice : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<TimerDevice, base::kBusBits> socket{"socket"};
  sc_core::sc_out<bool> irq{"irq"};
  std::vector<sc_core::sc_time> accesses;  ///< when each came
  std::vector<sc_core::sc_time> raised;    ///< when the line was raised
  sc_core::sc_time slow{70, sc_core::SC_NS};

  explicit TimerDevice(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &TimerDevice::b_transport);
    SC_HAS_PROCESS(TimerDevice);
    SC_METHOD(drive);
    sensitive << expired_ << acknowledged_;
    dont_initialize();
  }

  void restart() {
    accesses.clear();
    raised.clear();
    reads_ = 0;
    expired_.cancel();
    acknowledged_.notify(sc_core::SC_ZERO_TIME);
  }

 private:
  void drive() {
    const bool level = expired_.triggered();
    if (level) raised.push_back(sc_core::sc_time_stamp());
    irq.write(level);
  }

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    accesses.push_back(sc_core::sc_time_stamp() + delay);
    auto* word = reinterpret_cast<std::uint32_t*>(payload.get_data_ptr());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (payload.get_data_length() != 4 || payload.get_address() > 8) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    } else if (payload.is_read()) {
      *word = ++reads_;
      delay += slow;
    } else if (payload.get_address() == 0) {
      expired_.notify(sc_core::sc_time(*word, sc_core::SC_NS));
    } else if (payload.get_address() == 4) {
      acknowledged_.notify(delay);
    }
  }

  std::uint32_t reads_ = 0;
  sc_core::sc_event expired_;
  sc_core::sc_event acknowledged_;
};

}  // namespace leyden::test
