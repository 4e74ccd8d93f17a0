#include "platform/cosim/tlm_to_axi4.h"

#include <algorithm>

#include "platform/cosim/bus_request.h"

namespace leyden::cosim {
namespace {

constexpr std::uint64_t kBoundary = 4096;
constexpr unsigned kMostBeats = 256;

unsigned log2_of(unsigned power) {
  unsigned log2 = 0;
  while (1u << log2 < power) ++log2;
  return log2;
}

}  // namespace

template <unsigned kBits>
TlmToAxi4<kBits>::TlmToAxi4(const sc_core::sc_module_name& name, Axi4Pins<kBits>& pins,
                            GatedClock& clock, const AdapterOptions& options)
    : TlmTargetAdapter(name, clock, options), pins_(pins) {
  if (options.check) {
    checker_ =
        std::make_unique<Axi4Checker<kBits>>("checker", pins, clock, block(), options.on_violation);
  }
}

template <unsigned kBits>
tlm::tlm_response_status TlmToAxi4<kBits>::refusal(const tlm::tlm_generic_payload& payload) const {
  const unsigned length = payload.get_data_length();
  if (length == 0 || payload.get_streaming_width() < length) return tlm::TLM_BURST_ERROR_RESPONSE;
  if (payload.get_address() + length > std::uint64_t{1} << 32) {
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  return tlm::TLM_OK_RESPONSE;
}

template <unsigned kBits>
unsigned TlmToAxi4<kBits>::lead_cycles(const tlm::tlm_generic_payload& payload) const {
  const std::uint64_t first = payload.get_address();
  const std::uint64_t last = first + payload.get_data_length() - 1;
  return static_cast<unsigned>(last / kBytes - first / kBytes + 1) + 1;
}

template <unsigned kBits>
void TlmToAxi4<kBits>::on_reset() {
  busy_ = address_valid_ = data_valid_ = false;
  done_bytes_ = 0;  // a transaction that the reset cut begins anew
  pins_.aw.valid.write(false);
  pins_.w.valid.write(false);
  pins_.ar.valid.write(false);
}

template <unsigned kBits>
void TlmToAxi4<kBits>::on_edge() {
  if (busy_) take();
  if (busy_) limit();
  on_kick();
}

template <unsigned kBits>
void TlmToAxi4<kBits>::on_kick() {
  if (!busy_ && current() != nullptr) begin_burst();
  drive();
}

template <unsigned kBits>
void TlmToAxi4<kBits>::begin_burst() {
  const tlm::tlm_generic_payload& payload = *current();
  const std::uint64_t address = payload.get_address() + done_bytes_;
  const unsigned left = payload.get_data_length() - done_bytes_;
  const bool one_piece = left <= kBytes && (left & (left - 1)) == 0 && address % left == 0;
  const std::uint64_t room = std::min<std::uint64_t>(
      kBoundary - address % kBoundary, kMostBeats * std::uint64_t{kBytes} - address % kBytes);
  const std::uint64_t bytes = std::min<std::uint64_t>(left, room);
  burst_.address = address;
  burst_.size = log2_of(one_piece ? left : kBytes);
  burst_.len = static_cast<unsigned>((address + bytes - 1) / burst_.beat_bytes() -
                                     address / burst_.beat_bytes());
  burst_.type = BurstType::kIncr;
  busy_ = true;
  address_left_ = true;
  beat_ = 0;
  response_ = AxiResponse::kOkay;
  moved_edge_ = gate().edges();
  show_address(payload.is_write() ? pins_.aw : pins_.ar);
}

template <unsigned kBits>
void TlmToAxi4<kBits>::show_address(typename Axi4Pins<kBits>::Address& pins) const {
  pins.id.write(0);
  pins.addr.write(static_cast<std::uint32_t>(burst_.address));
  pins.len.write(burst_.len);
  pins.size.write(burst_.size);
  pins.burst.write(static_cast<std::uint32_t>(burst_.type));
}

template <unsigned kBits>
unsigned TlmToAxi4<kBits>::burst_bytes() const {
  return std::min(burst_.tlm_length(), current()->get_data_length() - done_bytes_);
}

template <unsigned kBits>
bool TlmToAxi4<kBits>::enabled(unsigned byte) const {
  const unsigned char* enables = current()->get_byte_enable_ptr();
  return enables == nullptr ||
         enables[byte % current()->get_byte_enable_length()] == TLM_BYTE_ENABLED;
}

template <unsigned kBits>
void TlmToAxi4<kBits>::show_write_beat() {
  std::uint8_t lanes[kBytes] = {};
  std::uint32_t strobes = 0;
  const unsigned lane = burst_.beat_address(beat_) % kBytes;
  const unsigned offset = burst_.buffer_offset(beat_);
  for (unsigned i = 0; i < burst_.bytes_of_beat(beat_) && offset + i < burst_bytes(); ++i) {
    lanes[lane + i] = current()->get_data_ptr()[done_bytes_ + offset + i];
    if (enabled(done_bytes_ + offset + i)) strobes |= 1u << (lane + i);
  }
  pins_.w.data.write(pin_from_bytes<kBits>(lanes));
  pins_.w.strb.write(strobes);
  pins_.w.last.write(beat_ == burst_.len);
}

/// What was transferred at this edge.
template <unsigned kBits>
void TlmToAxi4<kBits>::take() {
  const bool writes = current()->is_write();
  const auto& address = writes ? pins_.aw : pins_.ar;
  if (address_valid_ && address.ready.read()) {
    address_left_ = address_valid_ = false;
    moved_edge_ = gate().edges();
  }
  if (data_valid_ && pins_.w.ready.read()) {
    ++beat_;
    data_valid_ = false;
    moved_edge_ = gate().edges();
  }
  if (writes && pins_.b.valid.read() && pins_.b.ready.read()) {
    response_ = static_cast<AxiResponse>(pins_.b.resp.read());
    end_burst();
  } else if (!writes && pins_.r.valid.read() && pins_.r.ready.read()) {
    take_read_beat();
  }
}

template <unsigned kBits>
void TlmToAxi4<kBits>::take_read_beat() {
  moved_edge_ = gate().edges();
  const auto response = static_cast<AxiResponse>(pins_.r.resp.read());
  if (response_ == AxiResponse::kOkay) response_ = response;
  if (response == AxiResponse::kOkay) {
    std::uint8_t lanes[kBytes];
    pin_to_bytes<kBits>(pins_.r.data.read(), lanes);
    const unsigned lane = burst_.beat_address(beat_) % kBytes;
    const unsigned offset = burst_.buffer_offset(beat_);
    for (unsigned i = 0; i < burst_.bytes_of_beat(beat_) && offset + i < burst_bytes(); ++i) {
      if (!enabled(done_bytes_ + offset + i)) continue;
      current()->get_data_ptr()[done_bytes_ + offset + i] = lanes[lane + i];
    }
  }
  if (++beat_ == burst_.beats()) end_burst();
}

template <unsigned kBits>
void TlmToAxi4<kBits>::end_burst() {
  done_bytes_ += burst_bytes();
  busy_ = false;
  const bool good = response_ == AxiResponse::kOkay;
  if (good && done_bytes_ < current()->get_data_length()) return;
  done_bytes_ = 0;
  finish(tlm_response(response_));
}

template <unsigned kBits>
void TlmToAxi4<kBits>::drive() {
  const bool writes = busy_ && current()->is_write();
  const bool reads = busy_ && !writes;
  address_valid_ = busy_ && address_left_ &&
                   (address_valid_ || flows(writes ? AxiChannel::kAw : AxiChannel::kAr));
  if (writes && !data_valid_ && beat_ < burst_.beats() && flows(AxiChannel::kW)) {
    show_write_beat();
    data_valid_ = true;
  }
  pins_.aw.valid.write(address_valid_ && writes);
  pins_.ar.valid.write(address_valid_ && reads);
  pins_.w.valid.write(data_valid_);
  pins_.b.ready.write(writes && flows(AxiChannel::kB));
  pins_.r.ready.write(reads && flows(AxiChannel::kR));
}

template <unsigned kBits>
void TlmToAxi4<kBits>::limit() const {
  limit_wait(
      gate().edges() - moved_edge_, [this] { return "did not answer " + describe(*current()); },
      [this] {
        const bool writes = current()->is_write();
        if (address_left_) return (writes ? pins_.aw : pins_.ar).names + "ready stayed low";
        if (data_valid_) return pins_.w.names + "ready stayed low";
        return (writes ? pins_.b.names : pins_.r.names) + "valid stayed low";
      });
}

template class TlmToAxi4<32>;
template class TlmToAxi4<64>;
template class TlmToAxi4<128>;

}  // namespace leyden::cosim
