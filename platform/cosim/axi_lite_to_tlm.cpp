#include "platform/cosim/axi_lite_to_tlm.h"

#include "platform/cosim/bus_request.h"

namespace leyden::cosim {

template <unsigned kBits>
void AxiLiteToTlm<kBits>::Access::clear() {
  has_address = has_data = answered = valid = false;
}

template <unsigned kBits>
AxiLiteToTlm<kBits>::AxiLiteToTlm(const sc_core::sc_module_name& name, AxiLitePins<kBits>& pins,
                                  GatedClock& clock, const AdapterOptions& options)
    : PinAdapter(name, clock, options), pins_(pins), write_(this->name()), read_(this->name()) {
  if (options.check) {
    checker_ = std::make_unique<AxiLiteChecker<kBits>>("checker", pins, clock, block(),
                                                       options.on_violation);
  }
  SC_HAS_PROCESS(AxiLiteToTlm);
  SC_THREAD(write_thread);
  SC_THREAD(read_thread);
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::on_reset() {
  write_.clear();
  read_.clear();
  ++resets_;
  for (auto* pin :
       {&pins_.aw.ready, &pins_.w.ready, &pins_.b.valid, &pins_.ar.ready, &pins_.r.valid}) {
    pin->write(false);
  }
  hold_clock(false);
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::on_edge() {
  take_write();
  take_read();
  check_waits();
  pins_.aw.ready.write(!write_.has_address && flows(AxiChannel::kAw));
  pins_.w.ready.write(!write_.has_data && flows(AxiChannel::kW));
  pins_.ar.ready.write(!read_.has_address && flows(AxiChannel::kAr));
  on_kick();
  hold_clock(write_.has_address || write_.has_data || read_.has_address);
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::take_write() {
  if (write_.valid && pins_.b.ready.read()) write_.clear();
  const bool address = pins_.aw.valid.read() && pins_.aw.ready.read();
  const bool data = pins_.w.valid.read() && pins_.w.ready.read();
  if (address) {
    write_.address = pins_.aw.addr.read();
    write_.has_address = true;
  }
  if (data) {
    write_.data.resize(kBytes);
    pin_to_bytes<kBits>(pins_.w.data.read(), write_.data.data());
    write_.enables.resize(kBytes);
    const std::uint32_t strobes = pins_.w.strb.read();
    for (unsigned i = 0; i < kBytes; ++i) {
      write_.enables[i] = (strobes >> i & 1) != 0 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
    }
    write_.has_data = true;
  }
  if (!address && !data) return;
  write_.since = gate().edges();
  if (write_.has_address && write_.has_data) write_.ask_event.notify(sc_core::SC_ZERO_TIME);
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::take_read() {
  if (read_.valid && pins_.r.ready.read()) read_.clear();
  if (!pins_.ar.valid.read() || !pins_.ar.ready.read()) return;
  read_.address = pins_.ar.addr.read();
  read_.has_address = true;
  read_.ask_event.notify(sc_core::SC_ZERO_TIME);
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::check_waits() const {
  const std::uint64_t edge = gate().edges();
  if (read_.valid) {
    limit_wait(
        edge - read_.since, [this] { return "did not take what it read at " + hex(read_.address); },
        [this] { return pins_.r.names + "ready stayed low"; });
  }
  if (write_.valid) {
    limit_wait(
        edge - write_.since,
        [this] { return "did not take the response to its write to " + hex(write_.address); },
        [this] { return pins_.b.names + "ready stayed low"; });
  }
  if (write_.has_address != write_.has_data) {
    limit_wait(
        edge - write_.since,
        [this]() -> std::string {
          if (!write_.has_address) return "did not tell the address of data it wrote";
          return "did not write the data for " + hex(write_.address);
        },
        [this] {
          return (write_.has_address ? pins_.w.names : pins_.aw.names) + "valid stayed low";
        });
  }
}

template <unsigned kBits>
bool AxiLiteToTlm<kBits>::may_answer(const Access& access, AxiChannel channel) const {
  return access.answered && gate().edges() + 1 >= access.due && flows(channel);
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::on_kick() {
  if (!write_.valid && may_answer(write_, AxiChannel::kB)) {
    pins_.b.resp.write(static_cast<std::uint32_t>(write_.response));
    write_.valid = true;
    write_.since = gate().edges();
  }
  pins_.b.valid.write(write_.valid);
  if (!read_.valid && may_answer(read_, AxiChannel::kR)) {
    pins_.r.data.write(pin_from_bytes<kBits>(read_.data.data()));
    pins_.r.resp.write(static_cast<std::uint32_t>(read_.response));
    read_.valid = true;
    read_.since = gate().edges();
  }
  pins_.r.valid.write(read_.valid);
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::write_thread() {
  for (;;) {
    wait(write_.ask_event);
    ask_write();
  }
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::read_thread() {
  for (;;) {
    wait(read_.ask_event);
    ask_read();
  }
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::ask_write() {
  const AnswerTime time(gate());
  const std::uint64_t resets = resets_;
  AxiResponse response = AxiResponse::kOkay;
  sc_core::sc_time delay;
  const EnabledRange range = enabled_range(write_.enables);
  // Copies: while the bus makes us wait, a reset may let other data in.
  const std::vector<std::uint8_t> data = write_.data;
  std::vector<std::uint8_t> enables = write_.enables;
  if (!range.empty()) {
    tlm::tlm_generic_payload& payload =
        enabled_write(write_.payload, write_.address / kBytes * kBytes, range, data, enables);
    socket->b_transport(payload, delay);
    response = axi_response(payload.get_response_status());
  }
  if (resets != resets_) return;
  write_.response = response;
  write_.due = time.due(delay, 1);
  write_.answered = true;
  kick();
}

template <unsigned kBits>
void AxiLiteToTlm<kBits>::ask_read() {
  const AnswerTime time(gate());
  const std::uint64_t resets = resets_;
  std::vector<std::uint8_t> data(kBytes);
  sc_core::sc_time delay;
  tlm::tlm_generic_payload& payload =
      read_.payload.read(read_.address / kBytes * kBytes, data.data(), kBytes);
  socket->b_transport(payload, delay);
  if (resets != resets_) return;
  read_.data = data;
  read_.response = axi_response(payload.get_response_status());
  read_.due = time.due(delay, 1);
  read_.answered = true;
  kick();
}

template class AxiLiteToTlm<32>;
template class AxiLiteToTlm<64>;

}  // namespace leyden::cosim
