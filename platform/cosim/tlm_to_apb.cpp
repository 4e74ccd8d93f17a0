#include "platform/cosim/tlm_to_apb.h"

namespace leyden::cosim {

TlmToApb::TlmToApb(const sc_core::sc_module_name& name, ApbPins& pins, GatedClock& clock,
                   const AdapterOptions& options)
    : TlmTargetAdapter(name, clock, options), pins_(pins) {
  if (options.check) {
    checker_ = std::make_unique<ApbChecker>("checker", pins, clock, block(), options.on_violation);
  }
}

void TlmToApb::on_edge() {
  if (state_ == State::kSetup) {
    pins_.penable.write(true);
    access_edge_ = gate().edges();
    access_time_ = sc_core::sc_time_stamp();
    state_ = State::kAccess;
    return;
  }
  if (state_ == State::kAccess) {
    if (!pins_.pready.read()) {
      limit_wait(
          gate().edges() - access_edge_,
          [this] { return "did not answer " + describe(*current()); },
          [this] { return pins_.names + "pready stayed low since " + access_time_.to_string(); });
      return;
    }
    end_word();
  }
  on_kick();
}

void TlmToApb::on_kick() {
  if (state_ != State::kIdle) return;
  if (current() != nullptr) {
    begin_word();
  } else {
    pins_.psel.write(false);
  }
}

void TlmToApb::begin_word() {
  const RegisterWord word = register_word(*current(), done_bytes_);
  pins_.paddr.write(word.address);
  pins_.pwrite.write(current()->is_write());
  pins_.pwdata.write(word.data);
  pins_.pstrb.write(word.strobes);
  pins_.psel.write(true);
  pins_.penable.write(false);
  state_ = State::kSetup;
}

void TlmToApb::end_word() {
  tlm::tlm_generic_payload& payload = *current();
  const bool error = pins_.pslverr.read();
  if (!error) store_register_word(payload, done_bytes_, pins_.prdata.read());
  done_bytes_ += register_word_bytes(payload);
  pins_.penable.write(false);
  state_ = State::kIdle;
  if (!error && done_bytes_ < payload.get_data_length()) return;
  done_bytes_ = 0;
  finish(error ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

void TlmToApb::on_reset() {
  pins_.psel.write(false);
  pins_.penable.write(false);
  state_ = State::kIdle;
  done_bytes_ = 0;  // an access that the reset cut begins anew
}

}  // namespace leyden::cosim
