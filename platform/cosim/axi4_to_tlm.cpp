#include "platform/cosim/axi4_to_tlm.h"

#include <algorithm>
#include <cstring>

#include "models/base/error.h"
#include "platform/cosim/bus_request.h"

namespace leyden::cosim {
namespace {

std::string name_of(const AxiBurst& burst) {
  return "the burst of " + std::to_string(burst.beats()) +
         (burst.beats() == 1 ? " beat at " : " beats at ") + hex(burst.address);
}

}  // namespace

template <unsigned kBits>
Axi4ToTlm<kBits>::Axi4ToTlm(const sc_core::sc_module_name& name, Axi4Pins<kBits>& pins,
                            GatedClock& clock, const AdapterOptions& options,
                            const MasterOptions& master)
    : PinAdapter(name, clock, options),
      pins_(pins),
      master_(master),
      initiator_(master.initiator.empty() ? this->name() : master.initiator),
      read_payload_(initiator_.c_str()),
      write_payload_(initiator_.c_str()) {
  if (options.check) {
    checker_ =
        std::make_unique<Axi4Checker<kBits>>("checker", pins, clock, block(), options.on_violation);
  }
  if (master.outstanding == 0) {
    throw base::ModelError(std::string(this->name()) + ": one burst at least must be outstanding");
  }
  SC_HAS_PROCESS(Axi4ToTlm);
  SC_THREAD(read_thread);
  SC_THREAD(write_thread);
  SC_METHOD(claim_shown);
  sensitive << clock.clk.posedge_event();
  dont_initialize();
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::on_reset() {
  for (auto* queue : {&reads_, &writes_}) {
    for (Burst& burst : *queue) end_claim(burst.claim);
  }
  end_claim(read_claim_);
  end_claim(write_claim_);
  reads_.clear();
  writes_.clear();
  beats_.clear();
  read_valid_ = false;
  response_valid_ = false;
  ++resets_;
  for (auto* pin :
       {&pins_.aw.ready, &pins_.w.ready, &pins_.b.valid, &pins_.ar.ready, &pins_.r.valid}) {
    pin->write(false);
  }
  hold_clock(false);
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::on_edge() {
  if (pins_.r.valid.read() && pins_.r.ready.read()) end_read_beat();
  if (pins_.b.valid.read() && pins_.b.ready.read()) end_response();
  if (pins_.ar.valid.read() && pins_.ar.ready.read()) {
    take_address(pins_.ar, reads_);
    reads_.back().wanted = wanted_of(reads_.back().shape);
    attach(read_claim_, reads_.back());
    read_event_.notify(sc_core::SC_ZERO_TIME);
  }
  const bool address = pins_.aw.valid.read() && pins_.aw.ready.read();
  const bool data = pins_.w.valid.read() && pins_.w.ready.read();
  if (address) {
    take_address(pins_.aw, writes_);
    attach(write_claim_, writes_.back());
  }
  end_claim(read_claim_);
  end_claim(write_claim_);
  if (data) take_write_beat();
  if (address || data) {
    data_moved_ = gate().edges();
    assemble();
  }
  if (path_ != nullptr) {
    give_up_late(reads_);
    give_up_late(writes_);
  }
  check_waits();
  drive_ready();
  on_kick();
  hold_clock(busy());
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::on_kick() {
  drive_read();
  drive_response();
}

template <unsigned kBits>
AxiBurst Axi4ToTlm<kBits>::shape_of(const typename Axi4Pins<kBits>::Address& pins) const {
  return {pins.addr.read(), pins.len.read(), pins.size.read(),
          static_cast<BurstType>(pins.burst.read())};
}

template <unsigned kBits>
unsigned Axi4ToTlm<kBits>::wanted_of(const AxiBurst& shape) const {
  const unsigned length = shape.tlm_length();
  if (!master_.wanted_bytes || shape.type != BurstType::kIncr) return length;
  return std::min(length, master_.wanted_bytes(shape.tlm_address(), length));
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::take_address(const typename Axi4Pins<kBits>::Address& pins,
                                    std::deque<Burst>& queue) {
  Burst burst;
  burst.shape = shape_of(pins);
  burst.id = pins.id.read();
  if (burst.shape.beat_bytes() > kBytes || burst.shape.type == BurstType::kReserved) {
    throw base::ModelError(
        block() + ": " + pins.names + "size " + std::to_string(burst.shape.size) + " and " +
        pins.names + "burst " + std::to_string(pins.burst.read()) + " at " +
        sc_core::sc_time_stamp().to_string() + " are no burst on these pins; beats have " +
        std::to_string(kBytes) + " bytes at most, bursts are FIXED, INCR or WRAP");
  }
  burst.data.assign(burst.shape.tlm_length(), 0);
  queue.push_back(std::move(burst));
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::take_write_beat() {
  WriteBeat beat{};
  pin_to_bytes<kBits>(pins_.w.data.read(), beat.data);
  beat.strobes = pins_.w.strb.read();
  beats_.push_back(beat);
}

/// Gives beats to the bursts they belong to, in order.
template <unsigned kBits>
void Axi4ToTlm<kBits>::assemble() {
  for (Burst& burst : writes_) {
    if (burst.complete) continue;
    burst.enables.resize(burst.data.size(), TLM_BYTE_DISABLED);
    for (; burst.beat < burst.shape.beats() && !beats_.empty(); ++burst.beat) {
      const WriteBeat& beat = beats_.front();
      const unsigned lane = burst.shape.beat_address(burst.beat) % kBytes;
      const unsigned offset = burst.shape.buffer_offset(burst.beat);
      for (unsigned i = 0; i < burst.shape.bytes_of_beat(burst.beat); ++i) {
        if ((beat.strobes >> (lane + i) & 1) == 0) continue;
        burst.data[offset + i] = beat.data[lane + i];
        burst.enables[offset + i] = TLM_BYTE_ENABLED;
      }
      beats_.pop_front();
    }
    if (burst.beat < burst.shape.beats()) return;
    burst.complete = true;
    write_event_.notify(sc_core::SC_ZERO_TIME);
  }
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::end_read_beat() {
  Burst& burst = reads_.front();
  if (++burst.beat == burst.shape.beats()) reads_.pop_front();
  read_valid_ = false;
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::end_response() {
  writes_.pop_front();
  response_valid_ = false;
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::drive_ready() {
  pins_.ar.ready.write(reads_.size() < master_.outstanding && flows(AxiChannel::kAr));
  pins_.aw.ready.write(writes_.size() < master_.outstanding && flows(AxiChannel::kAw));
  pins_.w.ready.write(beats_.size() < kMostBeats && flows(AxiChannel::kW));
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::drive_read() {
  if (read_valid_) return;
  pins_.r.valid.write(false);
  if (reads_.empty() || !reads_.front().asked) return;
  const Burst& burst = reads_.front();
  const unsigned left = burst.shape.len - burst.beat;
  if (gate().edges() + 1 + left < burst.due || !flows(AxiChannel::kR)) return;
  std::uint8_t lanes[kBytes] = {};
  const unsigned lane = burst.shape.beat_address(burst.beat) % kBytes;
  std::memcpy(lanes + lane, burst.data.data() + burst.shape.buffer_offset(burst.beat),
              burst.shape.bytes_of_beat(burst.beat));
  pins_.r.data.write(pin_from_bytes<kBits>(lanes));
  pins_.r.id.write(burst.id);
  pins_.r.resp.write(static_cast<std::uint32_t>(burst.response));
  pins_.r.last.write(left == 0);
  pins_.r.valid.write(true);
  read_valid_ = true;
  read_since_ = gate().edges();
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::drive_response() {
  if (response_valid_) return;
  pins_.b.valid.write(false);
  if (writes_.empty() || !writes_.front().asked) return;
  const Burst& burst = writes_.front();
  if (gate().edges() + 1 < burst.due || !flows(AxiChannel::kB)) return;
  pins_.b.id.write(burst.id);
  pins_.b.resp.write(static_cast<std::uint32_t>(burst.response));
  pins_.b.valid.write(true);
  response_valid_ = true;
  response_since_ = gate().edges();
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::check_waits() const {
  const std::uint64_t edge = gate().edges();
  if (read_valid_) {
    limit_wait(
        edge - read_since_,
        [this] {
          return "did not take beat " + std::to_string(reads_.front().beat) + " of " +
                 name_of(reads_.front().shape);
        },
        [this] { return pins_.r.names + "ready stayed low"; });
  }
  if (response_valid_) {
    limit_wait(
        edge - response_since_,
        [this] { return "did not take the response to " + name_of(writes_.front().shape); },
        [this] { return pins_.b.names + "ready stayed low"; });
  }
  check_wait_for_data();
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::check_wait_for_data() const {
  const bool no_data = !writes_.empty() && !writes_.back().complete;
  if (!no_data && beats_.empty()) return;
  limit_wait(
      gate().edges() - data_moved_,
      [this, no_data]() -> std::string {
        if (!no_data) return "did not tell the address of data it wrote";
        const auto burst = std::find_if(writes_.begin(), writes_.end(),
                                        [](const Burst& b) { return !b.complete; });
        return "did not write beat " + std::to_string(burst->beat) + " of " + name_of(burst->shape);
      },
      [this, no_data] { return (no_data ? pins_.w.names : pins_.aw.names) + "valid stayed low"; });
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::read_thread() {
  for (;;) {
    ask_all(reads_, false);
    wait(read_event_);
  }
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::write_thread() {
  for (;;) {
    ask_all(writes_, true);
    wait(write_event_);
  }
}

template <unsigned kBits>
auto Axi4ToTlm<kBits>::not_asked(std::deque<Burst>& queue) -> typename std::deque<Burst>::iterator {
  return std::find_if(queue.begin(), queue.end(), [](const Burst& b) { return !b.asked; });
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::ask_all(std::deque<Burst>& queue, bool write) {
  for (;;) {
    auto next = not_asked(queue);
    if (next == queue.end() || (write && !next->complete)) return;
    if (!next->claim) {
      for (unsigned i = 0; i < master_.order; ++i) wait(sc_core::SC_ZERO_TIME);
      next = not_asked(queue);
    }
    // While we wait, a claim may be given up, and a reset clear the queue.
    while (next != queue.end() && next->claim && !path_->first(next->claim->number)) {
      wait(path_->ended());
      next = not_asked(queue);
    }
    if (next == queue.end() || (write && !next->complete)) return;
    // A copy: while the bus makes us wait, a reset may clear the queue.
    Burst burst = *next;
    const std::uint64_t resets = resets_;
    const AnswerTime time(gate());
    sc_core::sc_time delay;
    // Cycles the pins have taken for what the bus charges, but for those it knows of.
    const unsigned charged = write ? ask_write(burst, delay) : ask_read(burst, delay);
    end_claim(burst.claim);  // if nobody on the way did
    if (resets != resets_) continue;
    burst.due = time.due(delay, charged);
    burst.asked = true;
    *not_asked(queue) = std::move(burst);
    kick();
  }
}

template <unsigned kBits>
unsigned Axi4ToTlm<kBits>::ask_read(Burst& burst, sc_core::sc_time& delay) {
  const unsigned length = burst.wanted;
  if (length == 0) return 0;
  tlm::tlm_generic_payload& payload =
      read_payload_.read(burst.shape.tlm_address(), burst.data.data(), length);
  payload.set_streaming_width(std::min(length, burst.shape.tlm_streaming_width()));
  const unsigned charged = transport(payload, read_begun_, burst, 1, delay);
  burst.response = axi_response(payload.get_response_status());
  return charged;
}

/// @param passed  cycles since the pins began to show the transaction
/// @return those of them that the bus does not know of
template <unsigned kBits>
unsigned Axi4ToTlm<kBits>::transport(tlm::tlm_generic_payload& payload, base::BegunExtension& begun,
                                     const Burst& burst, unsigned passed, sc_core::sc_time& delay) {
  begun.cycles = passed;
  begun.counted = 0;
  begun.claim = burst.claim;
  payload.set_extension(&begun);
  socket->b_transport(payload, delay);
  if (burst.claim && begun.counted != 0) return 0;
  return passed - static_cast<unsigned>(begun.counted);
}

template <unsigned kBits>
unsigned Axi4ToTlm<kBits>::ask_write(Burst& burst, sc_core::sc_time& delay) {
  EnabledRange range = enabled_range(burst.enables);
  if (range.empty()) return 0;  // nothing is written
  const bool fixed = burst.shape.type == BurstType::kFixed;
  if (fixed)
    range = {0, burst.enables.size(),
             range.holes || range.end - range.begin < burst.enables.size()};
  tlm::tlm_generic_payload& payload =
      enabled_write(write_payload_, burst.shape.tlm_address(), range, burst.data, burst.enables);
  if (fixed) payload.set_streaming_width(burst.shape.tlm_streaming_width());
  const std::uint64_t first = payload.get_address();
  const std::uint64_t last = first + payload.get_data_length() - 1;
  const unsigned charged =
      transport(payload, write_begun_, burst,
                static_cast<unsigned>(last / kBytes - first / kBytes + 1), delay);
  burst.response = axi_response(payload.get_response_status());
  return charged;
}

template class Axi4ToTlm<32>;
template class Axi4ToTlm<64>;
template class Axi4ToTlm<128>;

}  // namespace leyden::cosim
