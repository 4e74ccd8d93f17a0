#include "tests/platform/cosim/axi_master.h"

namespace leyden::cosim {

AxiMaster::AxiMaster(sc_core::sc_module_name name, Axi4Pins<128>& pins, GatedClock& clock)
    : sc_module(name), pins_(pins), clock_(clock) {
  SC_HAS_PROCESS(AxiMaster);
  SC_METHOD(step);
  sensitive << clock.clk.posedge_event();
  dont_initialize();
}

AxiMaster::Burst& AxiMaster::read(const AxiBurst& shape, std::uint32_t id) {
  reads_.emplace_back();
  reads_.back().shape = shape;
  reads_.back().id = id;
  return reads_.back();
}

AxiMaster::Burst& AxiMaster::write(const AxiBurst& shape, const std::vector<Beat>& beats,
                                   std::uint32_t id) {
  writes_.emplace_back();
  writes_.back().shape = shape;
  writes_.back().id = id;
  writes_.back().beats = beats;
  return writes_.back();
}

bool AxiMaster::idle() const { return r_ == reads_.size() && b_ == writes_.size(); }

void AxiMaster::clear() {
  reads_.clear();
  writes_.clear();
  ar_ = r_ = aw_ = w_ = b_ = w_beat_ = 0;
  ar_valid_ = aw_valid_ = w_valid_ = false;
}

void AxiMaster::run(const sc_core::sc_time& limit) {
  clock_.run("master");
  const sc_core::sc_time end = sc_core::sc_time_stamp() + limit;
  while (!idle() && sc_core::sc_time_stamp() < end) {
    sc_core::sc_start(sc_core::sc_time(100, sc_core::SC_NS), sc_core::SC_RUN_TO_TIME);
  }
  clock_.release("master");
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US), sc_core::SC_RUN_TO_TIME);
}

void AxiMaster::step() {
  if (clock_.in_reset()) return;
  step_reads();
  step_writes();
}

void AxiMaster::step_reads() {
  if (ar_valid_ && pins_.ar.ready.read()) {
    ++ar_;
    ar_valid_ = false;
  }
  if (pins_.r.valid.read() && pins_.r.ready.read()) {
    Burst& burst = reads_.at(r_);
    burst.beats.emplace_back();
    pin_to_bytes<128>(pins_.r.data.read(), burst.beats.back().lanes);
    burst.responses.push_back(pins_.r.resp.read());
    burst.lasts.push_back(pins_.r.last.read());
    burst.ids.push_back(pins_.r.id.read());
    if (pins_.r.last.read()) {
      burst.ended = sc_core::sc_time_stamp();
      burst.done = true;
      ++r_;
    }
  }
  pins_.r.ready.write(flows(AxiChannel::kR));
  if (!ar_valid_ && ar_ < reads_.size() && !(one_at_a_time && r_ < ar_) && flows(AxiChannel::kAr)) {
    Burst& burst = reads_[ar_];
    pins_.ar.addr.write(static_cast<std::uint32_t>(burst.shape.address));
    pins_.ar.len.write(burst.shape.len);
    pins_.ar.size.write(burst.shape.size);
    pins_.ar.burst.write(static_cast<std::uint32_t>(burst.shape.type));
    pins_.ar.id.write(burst.id);
    burst.shown = sc_core::sc_time_stamp();
    ar_valid_ = true;
  }
  pins_.ar.valid.write(ar_valid_);
}

void AxiMaster::step_writes() {
  if (aw_valid_ && pins_.aw.ready.read()) {
    ++aw_;
    aw_valid_ = false;
  }
  if (w_valid_ && pins_.w.ready.read()) {
    w_valid_ = false;
    if (++w_beat_ == writes_[w_].beats.size()) {
      ++w_;
      w_beat_ = 0;
    }
  }
  if (pins_.b.valid.read() && pins_.b.ready.read()) {
    Burst& burst = writes_.at(b_++);
    burst.responses.push_back(pins_.b.resp.read());
    burst.ids.push_back(pins_.b.id.read());
    burst.ended = sc_core::sc_time_stamp();
    burst.done = true;
  }
  pins_.b.ready.write(flows(AxiChannel::kB));
  if (!aw_valid_ && aw_ < writes_.size() && !(one_at_a_time && b_ < aw_) &&
      flows(AxiChannel::kAw)) {
    Burst& burst = writes_[aw_];
    pins_.aw.addr.write(static_cast<std::uint32_t>(burst.shape.address));
    pins_.aw.len.write(burst.shape.len);
    pins_.aw.size.write(burst.shape.size);
    pins_.aw.burst.write(static_cast<std::uint32_t>(burst.shape.type));
    pins_.aw.id.write(burst.id);
    burst.shown = sc_core::sc_time_stamp();
    aw_valid_ = true;
  }
  pins_.aw.valid.write(aw_valid_);
  const bool may_show =
      w_ < writes_.size() && w_beat_ < writes_[w_].beats.size() && !(one_at_a_time && b_ < w_);
  if (!w_valid_ && may_show && flows(AxiChannel::kW)) {
    const Burst& burst = writes_[w_];
    const Beat& beat = burst.beats[w_beat_];
    pins_.w.data.write(pin_from_bytes<128>(beat.lanes));
    pins_.w.strb.write(beat.strobes);
    pins_.w.last.write(w_beat_ + 1 == burst.beats.size());
    w_valid_ = true;
  }
  pins_.w.valid.write(w_valid_);
}

}  // namespace leyden::cosim
