#include "models/base/phased_master.h"

#include <string>

#include "models/base/error.h"

namespace leyden::base {

void PhasedMaster::transport(Forward& target, tlm::tlm_generic_payload& request, bool lock) {
  tlm::tlm_generic_payload& payload = pool_.allocate();
  payload.acquire();
  payload.set_command(request.get_command());
  payload.set_address(request.get_address());
  payload.set_data_ptr(request.get_data_ptr());
  payload.set_data_length(request.get_data_length());
  payload.set_byte_enable_ptr(request.get_byte_enable_ptr());
  payload.set_byte_enable_length(request.get_byte_enable_length());
  payload.set_streaming_width(request.get_streaming_width());
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.set_gp_option(tlm::TLM_MIN_PAYLOAD);
  payload.set_extension(&extension_);
  if (lock) payload.set_extension(&lock_);

  under_way_ = &payload;
  answered_ = false;
  completed_ = false;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay;
  const tlm::tlm_sync_enum sync = target.nb_transport_fw(payload, phase, delay);
  if (sync == tlm::TLM_COMPLETED) {
    answered(delay, true);
  } else if (sync == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
    answered(delay, false);
  }
  while (!answered_) sc_core::wait(answer_event_);
  if (answer_time_ > sc_core::sc_time_stamp()) {
    sc_core::wait(answer_time_ - sc_core::sc_time_stamp());
  }
  if (!completed_) {
    phase = tlm::END_RESP;
    delay = sc_core::SC_ZERO_TIME;
    target.nb_transport_fw(payload, phase, delay);
  }
  under_way_ = nullptr;
  request.set_response_status(payload.get_response_status());
  request.set_dmi_allowed(payload.is_dmi_allowed());
  payload.clear_extension(&extension_);
  if (lock) payload.clear_extension(&lock_);
  payload.release();
}

void PhasedMaster::answered(const sc_core::sc_time& delay, bool completed) {
  answered_ = true;
  completed_ = completed;
  answer_time_ = sc_core::sc_time_stamp() + delay;
  answer_event_.notify(sc_core::SC_ZERO_TIME);
}

tlm::tlm_sync_enum PhasedMaster::backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                          sc_core::sc_time& delay) {
  if (&payload != under_way_) {
    throw ModelError(std::string(extension_.name) +
                     ": a target answers a transaction that is not under way");
  }
  // END_REQ needs nothing done: the next request comes after this one's response.
  if (phase == tlm::BEGIN_RESP) answered(delay, false);
  return tlm::TLM_ACCEPTED;
}

}  // namespace leyden::base
