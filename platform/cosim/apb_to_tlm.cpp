#include "platform/cosim/apb_to_tlm.h"

#include <cstring>

#include "platform/cosim/bus_request.h"

namespace leyden::cosim {

constexpr unsigned kWordBytes = 4;

ApbToTlm::ApbToTlm(const sc_core::sc_module_name& name, ApbPins& pins, GatedClock& clock,
                   const AdapterOptions& options)
    : PinAdapter(name, clock, options), pins_(pins), payload_(this->name()) {
  if (options.check) {
    checker_ = std::make_unique<ApbChecker>("checker", pins, clock, block(), options.on_violation);
  }
  SC_HAS_PROCESS(ApbToTlm);
  SC_THREAD(thread);
}

void ApbToTlm::on_reset() {
  pins_.pready.write(false);
  state_ = State::kIdle;
  ++resets_;
  hold_clock(false);
}

void ApbToTlm::on_edge() {
  const bool selected = pins_.psel.read();
  const bool enabled = selected && pins_.penable.read();
  if (state_ == State::kReady) {
    if (enabled) {
      pins_.pready.write(false);
      pins_.pslverr.write(false);
      state_ = State::kIdle;
      hold_clock(false);
    } else {
      limit_wait(
          gate().edges() - ready_since_, [] { return "did not end its access"; },
          [this] { return pins_.names + "penable stayed low"; });
    }
  } else if (state_ == State::kIdle && selected && !enabled) {
    state_ = State::kAsked;
    hold_clock(true);
    ask_event_.notify(sc_core::SC_ZERO_TIME);
  }
  on_kick();
}

void ApbToTlm::on_kick() {
  if (state_ != State::kAnswered || gate().edges() + 1 < due_) return;
  pins_.prdata.write(data_);
  pins_.pslverr.write(error_);
  pins_.pready.write(true);
  state_ = State::kReady;
  ready_since_ = gate().edges();
}

void ApbToTlm::thread() {
  for (;;) {
    wait(ask_event_);
    const std::uint64_t resets = resets_;
    const std::uint64_t due = ask();
    if (resets != resets_) continue;
    due_ = due;
    state_ = State::kAnswered;
    kick();
  }
}

/// @return the edge at which the answer is taken
std::uint64_t ApbToTlm::ask() {
  const AnswerTime time(gate());
  const std::uint32_t address = pins_.paddr.read() / kWordBytes * kWordBytes;
  const std::uint32_t word = pins_.pwdata.read();
  const std::uint32_t strobes = pins_.pstrb.read();
  const bool writes = pins_.pwrite.read();
  std::vector<std::uint8_t> data(kWordBytes);
  std::vector<std::uint8_t> enables(kWordBytes);
  for (unsigned i = 0; i < kWordBytes; ++i) {
    enables[i] = (strobes >> i & 1) != 0 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
  }
  if (writes) std::memcpy(data.data(), &word, kWordBytes);
  error_ = false;
  data_ = 0;
  const EnabledRange range = enabled_range(enables);
  if (writes && range.empty()) return time.due(sc_core::SC_ZERO_TIME, 1);
  tlm::tlm_generic_payload& payload = writes
                                          ? enabled_write(payload_, address, range, data, enables)
                                          : payload_.read(address, data.data(), kWordBytes);
  sc_core::sc_time delay;
  socket->b_transport(payload, delay);
  error_ = !payload.is_response_ok();
  if (!writes) std::memcpy(&data_, data.data(), kWordBytes);
  return time.due(delay, 1);
}

}  // namespace leyden::cosim
