#include "platform/cosim/axi4_checker.h"

#include <algorithm>

namespace leyden::cosim {
namespace {

std::string name_of(const AxiBurst& burst) {
  return "the burst of " + std::to_string(burst.beats()) +
         (burst.beats() == 1 ? " beat at " : " beats at ") + hex(burst.address);
}

}  // namespace

template <unsigned kBits>
Axi4Checker<kBits>::Axi4Checker(const sc_core::sc_module_name& name, const Axi4Pins<kBits>& pins,
                                GatedClock& clock, const std::string& block,
                                const ViolationHandler& handler)
    : PinChecker(name, clock, block, handler),
      pins_(pins),
      aw_(list_pins(pins.aw), [this](const auto& what, const auto& rule) { broken(what, rule); }),
      w_(list_pins(pins.w), [this](const auto& what, const auto& rule) { broken(what, rule); }),
      b_(list_pins(pins.b), [this](const auto& what, const auto& rule) { broken(what, rule); }),
      ar_(list_pins(pins.ar), [this](const auto& what, const auto& rule) { broken(what, rule); }),
      r_(list_pins(pins.r), [this](const auto& what, const auto& rule) { broken(what, rule); }) {}

template <unsigned kBits>
void Axi4Checker<kBits>::check_reset() {
  for (ChannelWatch* channel : {&aw_, &w_, &b_, &ar_, &r_}) channel->reset_edge();
  writes_.clear();
  beats_.clear();
  answers_.clear();
  reads_.clear();
}

template <unsigned kBits>
void Axi4Checker<kBits>::check() {
  for (ChannelWatch* channel : {&aw_, &w_, &b_, &ar_, &r_}) channel->edge();
  if (aw_.valid()) check_burst(pins_.aw);
  if (ar_.valid()) check_burst(pins_.ar);
  // Before the requests of this edge: an answer comes after its request was taken.
  if (b_.valid()) check_write_response();
  if (r_.valid()) check_read();
  if (ar_.taken()) reads_.push_back(burst_of(pins_.ar));
  if (aw_.taken()) writes_.push_back(burst_of(pins_.aw));
  if (w_.taken()) beats_.push_back({pins_.w.strb.read(), pins_.w.last.read()});
  match_data();
}

template <unsigned kBits>
typename Axi4Checker<kBits>::Burst Axi4Checker<kBits>::burst_of(const AddressPins& pins) {
  return {{pins.addr.read(), pins.len.read(), pins.size.read(),
           static_cast<BurstType>(pins.burst.read())},
          pins.id.read(),
          pins.lock.read(),
          0};
}

template <unsigned kBits>
void Axi4Checker<kBits>::check_burst(const AddressPins& pins) const {
  const AxiBurst burst = burst_of(pins).shape;
  const BurstFault fault = find_fault(burst, kBytes);
  if (fault.pin.empty()) return;
  broken(pins.names + fault.pin + " is " + fault.value + " in " + name_of(burst), fault.rule);
}

template <unsigned kBits>
void Axi4Checker<kBits>::match_data() {
  while (!writes_.empty() && !beats_.empty()) {
    Burst& burst = writes_.front();
    check_beat(burst, beats_.front());
    beats_.pop_front();
    if (++burst.beat < burst.shape.beats()) continue;
    answers_.push_back(burst);
    writes_.pop_front();
  }
}

template <unsigned kBits>
void Axi4Checker<kBits>::check_beat(const Burst& burst, const Beat& beat) const {
  const bool last = burst.beat == burst.shape.len;
  const std::string where =
      " in beat " + std::to_string(burst.beat) + " of " + name_of(burst.shape);
  if (beat.last != last) {
    broken(pins_.w.names + "last is " + (beat.last ? "high" : "low") + where,
           "AXI has wlast in the last beat of a burst only");
  }
  const unsigned lane = burst.shape.beat_address(burst.beat) % kBytes;
  const std::uint64_t allowed = ((std::uint64_t{1} << burst.shape.bytes_of_beat(burst.beat)) - 1)
                                << lane;
  if ((beat.strobes & ~allowed) != 0) {
    broken(pins_.w.names + "strb is " + hex(beat.strobes) + where + ", whose lanes are " +
               hex(allowed),
           "AXI has strobes for lanes of the beat only");
  }
}

template <unsigned kBits>
void Axi4Checker<kBits>::check_write_response() {
  const std::uint32_t id = pins_.b.id.read();
  const auto burst =
      std::find_if(answers_.begin(), answers_.end(), [id](const Burst& b) { return b.id == id; });
  if (burst == answers_.end()) {
    broken(pins_.b.names + "valid rose without a write of ID " + hex(id) + " to answer",
           "AXI answers a write after its address and all its data were taken, with its ID");
    return;
  }
  check_response(pins_.b.names, pins_.b.resp.read(), *burst);
  if (b_.taken()) answers_.erase(burst);
}

template <unsigned kBits>
void Axi4Checker<kBits>::check_read() {
  const std::uint32_t id = pins_.r.id.read();
  const auto burst =
      std::find_if(reads_.begin(), reads_.end(), [id](const Burst& b) { return b.id == id; });
  if (burst == reads_.end()) {
    broken(pins_.r.names + "valid rose without a read of ID " + hex(id) + " to answer",
           "AXI answers a read after its address was taken, with its ID");
    return;
  }
  check_response(pins_.r.names, pins_.r.resp.read(), *burst);
  const bool last = burst->beat == burst->shape.len;
  if (pins_.r.last.read() != last) {
    broken(pins_.r.names + "last is " + (last ? "low" : "high") + " in beat " +
               std::to_string(burst->beat) + " of " + name_of(burst->shape),
           "AXI has rlast in the last beat of a burst only");
  }
  if (!r_.taken()) return;
  if (++burst->beat == burst->shape.beats()) reads_.erase(burst);
}

template <unsigned kBits>
void Axi4Checker<kBits>::check_response(const std::string& names, std::uint32_t response,
                                        const Burst& burst) const {
  if (static_cast<AxiResponse>(response) == AxiResponse::kExokay && !burst.exclusive) {
    broken(names + "resp is EXOKAY for " + name_of(burst.shape),
           "AXI answers EXOKAY to exclusive accesses only");
  }
}

template class Axi4Checker<32>;
template class Axi4Checker<64>;
template class Axi4Checker<128>;

}  // namespace leyden::cosim
