#include "platform/cosim/tlm_to_axi_lite.h"

#include "platform/cosim/bus_request.h"

namespace leyden::cosim {

template <unsigned kBits>
TlmToAxiLite<kBits>::TlmToAxiLite(const sc_core::sc_module_name& name, AxiLitePins<kBits>& pins,
                                  GatedClock& clock, const AdapterOptions& options)
    : TlmTargetAdapter(name, clock, options), pins_(pins) {
  if (options.check) {
    checker_ = std::make_unique<AxiLiteChecker<kBits>>("checker", pins, clock, block(),
                                                       options.on_violation);
  }
}

template <unsigned kBits>
void TlmToAxiLite<kBits>::on_reset() {
  busy_ = address_valid_ = data_valid_ = false;
  done_bytes_ = 0;  // an access that the reset cut begins anew
  pins_.aw.valid.write(false);
  pins_.w.valid.write(false);
  pins_.ar.valid.write(false);
}

template <unsigned kBits>
void TlmToAxiLite<kBits>::on_edge() {
  if (busy_) take();
  if (busy_) limit();
  on_kick();
}

template <unsigned kBits>
void TlmToAxiLite<kBits>::on_kick() {
  if (!busy_ && current() != nullptr) begin_word();
  drive();
}

/// What was transferred at this edge.
template <unsigned kBits>
void TlmToAxiLite<kBits>::take() {
  const bool writes = current()->is_write();
  const auto& address = writes ? pins_.aw : pins_.ar;
  if (address_valid_ && address.ready.read()) address_left_ = address_valid_ = false;
  if (data_valid_ && pins_.w.ready.read()) data_left_ = data_valid_ = false;
  if (writes && pins_.b.valid.read() && pins_.b.ready.read()) {
    end_word(static_cast<AxiResponse>(pins_.b.resp.read()));
  } else if (!writes && pins_.r.valid.read() && pins_.r.ready.read()) {
    end_word(static_cast<AxiResponse>(pins_.r.resp.read()));
  }
}

template <unsigned kBits>
void TlmToAxiLite<kBits>::begin_word() {
  const RegisterWord word = register_word(*current(), done_bytes_);
  const unsigned lane = word.address % kBytes;
  if (current()->is_write()) {
    pins_.aw.addr.write(word.address);
    pins_.w.data.write(static_cast<PinType<kBits>>(word.data) << (8 * lane));
    pins_.w.strb.write(word.strobes << lane);
  } else {
    pins_.ar.addr.write(word.address);
  }
  busy_ = true;
  address_left_ = true;
  data_left_ = current()->is_write();
  begin_edge_ = gate().edges();
}

template <unsigned kBits>
void TlmToAxiLite<kBits>::end_word(AxiResponse response) {
  tlm::tlm_generic_payload& payload = *current();
  const bool good = response == AxiResponse::kOkay;
  if (good) {
    const unsigned lane = (payload.get_address() + done_bytes_) / 4 * 4 % kBytes;
    store_register_word(payload, done_bytes_,
                        static_cast<std::uint32_t>(pins_.r.data.read() >> (8 * lane)));
  }
  done_bytes_ += register_word_bytes(payload);
  busy_ = false;
  if (good && done_bytes_ < payload.get_data_length()) return;
  done_bytes_ = 0;
  finish(tlm_response(response));
}

template <unsigned kBits>
void TlmToAxiLite<kBits>::drive() {
  const bool writes = busy_ && current()->is_write();
  const bool reads = busy_ && !writes;
  address_valid_ = busy_ && address_left_ &&
                   (address_valid_ || flows(writes ? AxiChannel::kAw : AxiChannel::kAr));
  data_valid_ = busy_ && data_left_ && (data_valid_ || flows(AxiChannel::kW));
  pins_.aw.valid.write(address_valid_ && writes);
  pins_.ar.valid.write(address_valid_ && reads);
  pins_.w.valid.write(data_valid_);
  pins_.b.ready.write(writes && flows(AxiChannel::kB));
  pins_.r.ready.write(reads && flows(AxiChannel::kR));
}

template <unsigned kBits>
void TlmToAxiLite<kBits>::limit() const {
  limit_wait(
      gate().edges() - begin_edge_, [this] { return "did not answer " + describe(*current()); },
      [this] {
        const bool writes = current()->is_write();
        if (address_left_) return (writes ? pins_.aw : pins_.ar).names + "ready stayed low";
        if (data_left_) return pins_.w.names + "ready stayed low";
        return (writes ? pins_.b.names : pins_.r.names) + "valid stayed low";
      });
}

template class TlmToAxiLite<32>;
template class TlmToAxiLite<64>;

}  // namespace leyden::cosim
