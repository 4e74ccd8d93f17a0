#include "platform/cosim/lockstep_unit.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "registers/cim.h"
#include "registers/memory_map.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::cim;

/// Clock cycles after a start in which the unit must be busy, or over with it.
constexpr std::uint64_t kStartCycles = 16;

const char* answer(const tlm::tlm_generic_payload& payload) {
  return payload.is_response_ok() ? "an answer" : "an error";
}

std::string byte_at(std::uint64_t address) { return "byte at " + hex(address); }

}  // namespace

LockstepUnit::LockstepUnit(const sc_core::sc_module_name& name, base::Context& context,
                           unsigned instance, Found found, Told told)
    : sc_module(name),
      context_(context),
      instance_(instance),
      found_(std::move(found)),
      told_(std::move(told)),
      lmem_(found_.lmem),
      model_("model", context, instance, cim::CimUnit::JobEnd::kByCall) {
  registers_.bind(model_.registers);
  weights_.bind(model_.weights);
  model_.lmem.bind(lmem_);
  model_.irq.bind(model_irq_);
  SC_HAS_PROCESS(LockstepUnit);
  SC_METHOD(on_end);
  sensitive << end_event_;
  dont_initialize();
  SC_METHOD(end_start);
  sensitive << start_event_;
  dont_initialize();
  SC_METHOD(settle);
  sensitive << settle_event_;
  dont_initialize();
}

std::uint32_t LockstepUnit::model(std::uint32_t offset) {
  std::uint32_t word = 0;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(offset);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  registers_->transport_dbg(payload);
  return word;
}

bool LockstepUnit::unit_busy() const {
  return reg::status::kBusy.get(found_.reg(reg::kStatus)) != 0;
}

void LockstepUnit::tell(const std::string& where, const std::string& expected,
                        const std::string& found) {
  if (silent_) return;
  silent_ = true;
  Difference difference;
  difference.time_ps = sc_core::sc_time_stamp().value();
  difference.cycle = context_.clock.cycles_at(sc_core::sc_time_stamp());
  if (place_) {
    const base::LayerPlace place = place_();
    difference.layer = place.number;
    difference.layer_name = place.name;
  }
  difference.unit = "cim" + std::to_string(instance_);
  difference.job = job_;
  difference.where = where;
  difference.expected = expected;
  difference.found = found;
  told_(std::move(difference));
}

// Accesses.

void LockstepUnit::accessed(const tlm::tlm_generic_payload& payload) {
  if (silent_) return;
  const bool was_busy = model_.busy();
  RepeatedAccess again(payload);
  sc_core::sc_time none;
  registers_->b_transport(again.payload(), none);
  compare_response(
      again.payload(), payload,
      describe_access(payload.is_write(), payload.get_address(), payload.get_data_length()) +
          " in the registers");
  if (payload.is_read() && payload.is_response_ok()) compare_words(payload, again.data().data());
  if (!was_busy && model_.busy()) start_seen();
  look();
}

void LockstepUnit::compare_response(const tlm::tlm_generic_payload& expected,
                                    const tlm::tlm_generic_payload& found,
                                    const std::string& where) {
  if (expected.is_response_ok() != found.is_response_ok()) {
    tell(where, answer(expected), answer(found));
  }
}

void LockstepUnit::compare_words(const tlm::tlm_generic_payload& payload,
                                 const std::uint8_t* expected) {
  const unsigned length = payload.get_data_length();
  for (unsigned done = 0; done < length && !silent_; done += 4) {
    const auto offset = static_cast<std::uint32_t>(payload.get_address() + done) & ~3u;
    if (offset == reg::kJobCycles) continue;
    const unsigned bytes = std::min(4u, length - done);
    std::uint32_t words[2] = {};
    std::memcpy(&words[0], expected + done, bytes);
    std::memcpy(&words[1], payload.get_data_ptr() + done, bytes);
    if (words[0] == words[1]) continue;
    tell(register_name(reg::table(), offset), hex(std::uint64_t{words[0]}),
         hex(std::uint64_t{words[1]}));
  }
}

void LockstepUnit::weights_accessed(const tlm::tlm_generic_payload& payload) {
  if (silent_) return;
  const std::uint64_t base = registers::kCimWeightsBase + instance_ * registers::kCimWeightsSize;
  RepeatedAccess again(payload);
  sc_core::sc_time none;
  weights_->b_transport(again.payload(), none);
  compare_response(
      again.payload(), payload,
      describe_access(payload.is_write(), base + payload.get_address(), payload.get_data_length()) +
          " in the weight window");
  if (silent_ || !payload.is_read() || !payload.is_response_ok()) return;
  const std::vector<std::uint8_t>& expected = again.data();
  const auto differs = std::mismatch(expected.begin(), expected.end(), payload.get_data_ptr());
  if (differs.first == expected.end()) return;
  tell("weight window, " + byte_at(base + payload.get_address() +
                                   static_cast<std::uint64_t>(differs.first - expected.begin())),
       hex(std::uint64_t{*differs.first}), hex(std::uint64_t{*differs.second}));
}

void LockstepUnit::weights_debug_written(const tlm::tlm_generic_payload& payload) {
  RepeatedAccess again(payload);
  weights_->transport_dbg(again.payload());
}

void LockstepUnit::power_off() {
  if (ended_) on_end();
  // A unit without a job whose model has one did not follow its start.
  if (model_.busy()) compare_state();
  if (!silent_) model_.power_off();
}

// LMEM.

void LockstepUnit::input_claimed() {
  if (silent_ || lmem_.output().count > 0) return;
  model_.run_job();
  written_.assign(lmem_.output().end() - lmem_.output().address, false);
}

void LockstepUnit::lmem_written(std::uint64_t address, std::uint32_t bytes) {
  if (silent_) return;
  for (std::uint32_t i = 0; i < bytes && !silent_; ++i) compare_byte(address + i);
}

std::uint8_t LockstepUnit::found_byte(std::uint64_t address) const {
  const std::uint8_t* byte = found_.lmem().data({address, 1, 1, 1});
  return byte == nullptr ? std::uint8_t{0} : *byte;
}

void LockstepUnit::compare_byte(std::uint64_t address) {
  const std::uint8_t found = found_byte(address);
  const std::optional<std::uint8_t> expected = lmem_.expected(address);
  if (!expected) {
    tell(byte_at(address), "no byte", hex(std::uint64_t{found}));
  } else if (*expected != found) {
    tell(byte_at(address), hex(std::uint64_t{*expected}), hex(std::uint64_t{found}));
  } else {
    std::vector<bool>::reference written = written_[address - lmem_.output().address];
    if (written) tell(byte_at(address), "one write", "another one");
    written = true;
  }
}

/// The unit has ended a job that the model ran: all bytes must be there.
void LockstepUnit::compare_output() {
  const memory::Region& output = lmem_.output();
  for (std::uint32_t run = 0; run < output.count && !silent_; ++run) {
    for (std::uint32_t i = 0; i < output.length && !silent_; ++i) {
      const std::uint64_t address = output.address + std::uint64_t{run} * output.stride + i;
      const std::uint8_t expected = *lmem_.expected(address);
      const std::uint8_t found = found_byte(address);
      if (!written_[address - output.address]) {
        tell(byte_at(address), hex(std::uint64_t{expected}), "no byte");
      } else if (expected != found) {  // changed since
        tell(byte_at(address), hex(std::uint64_t{expected}), hex(std::uint64_t{found}));
      }
    }
  }
}

// Jobs.

void LockstepUnit::start_seen() {
  job_ = jobs_;
  starting_ = !unit_busy();
  start_event_.cancel();
  start_event_.notify(context_.clock.cycles(kStartCycles));
}

void LockstepUnit::look() {
  if (silent_) return;
  const bool busy = unit_busy();
  if (busy_ && !busy) {
    ended_ = true;
    // An access at this edge found the unit busy; it is to find the model so too.
    end_event_.notify(context_.clock.period() / 4);
  }
  if (busy) starting_ = false;
  busy_ = busy;
  settle_event_.cancel();
  settle_event_.notify(context_.clock.period() / 2);
}

void LockstepUnit::end_start() {
  if (!starting_) return;
  starting_ = false;
  look();
}

void LockstepUnit::on_end() {
  if (silent_ || !ended_) return;
  ended_ = false;
  if (!model_.busy()) return;  // settle() tells what there is
  starting_ = false;
  input_claimed();  // a unit that refuses a job has claimed nothing
  const bool ran = lmem_.output().count > 0;
  model_.end_job();
  compare_state();
  if (ran) compare_output();
  lmem_.end();
  if (ran) ++jobs_;
}

void LockstepUnit::settle() {
  if (silent_ || starting_) return;
  compare_state();
  if (silent_ || model_irq_.read() == found_.irq()) return;
  tell("interrupt", model_irq_.read() ? "1" : "0", found_.irq() ? "1" : "0");
}

void LockstepUnit::compare_state() {
  for (const std::uint32_t offset : {reg::kErrorCode, reg::kStatus}) {
    const std::uint32_t expected = model(offset);
    const std::uint32_t found = found_.reg(offset);
    if (expected == found) continue;
    tell(register_name(reg::table(), offset), hex(std::uint64_t{expected}),
         hex(std::uint64_t{found}));
    return;
  }
}

}  // namespace leyden::cosim
