#include "platform/cosim/lockstep_channel.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "platform/cosim/lockstep_common.h"
#include "registers/dma.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::dma;

/// Transactions that the DMA may be ahead of the model, which follows it in delta cycles.
constexpr std::size_t kMostAhead = 64;
/// Clock cycles after a start in which the DMA must be busy, or over with it.
constexpr std::uint64_t kStartCycles = 16;

}  // namespace

LockstepChannel::LockstepChannel(sc_core::sc_module_name name, base::Context& context,
                                 unsigned number, Found found, Told told)
    : sc_module(name),
      context_(context),
      number_(number),
      found_(std::move(found)),
      told_(std::move(told)),
      model_("model", context, reg::kBase + number * reg::kBlockStride) {
  model_.bus.bind(model_bus_);
  model_.irq.bind(model_irq_);
  model_bus_.register_b_transport(this, &LockstepChannel::answer);
  SC_HAS_PROCESS(LockstepChannel);
  SC_METHOD(settle);
  sensitive << settle_event_;
  dont_initialize();
  SC_METHOD(end_start);
  sensitive << start_event_;
  dont_initialize();
}

std::uint32_t LockstepChannel::model(std::uint32_t offset) {
  std::uint32_t word = 0;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(offset);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  model_.transport_debug(payload);
  return word;
}

void LockstepChannel::tell(const std::string& where, const std::string& expected,
                           const std::string& found) {
  if (silent_) return;
  silent_ = true;
  progress_.notify(sc_core::SC_ZERO_TIME);
  Difference difference;
  difference.time_ps = sc_core::sc_time_stamp().value();
  difference.cycle = context_.clock.cycles_at(sc_core::sc_time_stamp());
  if (layer_) {
    const base::LayerPlace place = layer_();
    difference.layer = place.number;
    difference.layer_name = place.name;
  }
  difference.unit = "dma" + std::to_string(number_);
  if (jobs_ > 0) difference.job = jobs_ - 1;
  difference.where = where;
  difference.expected = expected;
  difference.found = found;
  told_(std::move(difference));
}

// Registers.

void LockstepChannel::access_ends(tlm::tlm_generic_payload& payload) {
  --accesses_;
  if (silent_) return;
  if (payload.is_write()) {
    write_model(payload);
  } else {
    std::vector<std::uint8_t> expected(payload.get_data_length());
    tlm::tlm_generic_payload copy;
    copy.set_command(tlm::TLM_READ_COMMAND);
    copy.set_address(payload.get_address());
    copy.set_data_ptr(expected.data());
    copy.set_data_length(payload.get_data_length());
    copy.set_streaming_width(payload.get_streaming_width());
    model_.transport(copy, sc_core::SC_ZERO_TIME);
    if (copy.is_response_ok() != payload.is_response_ok()) {
      tell(describe_access(false, payload.get_address(), expected.size()) + " in the registers",
           copy.is_response_ok() ? "an answer" : "an error",
           payload.is_response_ok() ? "an answer" : "an error");
    } else if (copy.is_response_ok()) {
      compare_words(payload, expected.data());
    }
  }
  look();
}

void LockstepChannel::compare_words(const tlm::tlm_generic_payload& payload,
                                    const std::uint8_t* expected) {
  const unsigned length = payload.get_data_length();
  for (unsigned done = 0; done < length && !silent_; done += 4) {
    const auto offset = static_cast<std::uint32_t>(payload.get_address() + done);
    const unsigned bytes = std::min(4u, length - done);
    std::uint32_t words[2] = {};
    std::memcpy(&words[0], expected + done, bytes);
    std::memcpy(&words[1], payload.get_data_ptr() + done, bytes);
    if (words[0] == words[1] || allowed(offset, words[0], words[1])) continue;
    tell(register_name(reg::table(), offset & ~3u), hex(std::uint64_t{words[0]}),
         hex(std::uint64_t{words[1]}));
  }
}

/// MOVED is a burst ahead of the model's while that burst is under way. A register read at the edge
/// at which the DMA comes to rest has the value that check_rest() looks at in a moment.
bool LockstepChannel::allowed(std::uint32_t offset, std::uint32_t expected,
                              std::uint32_t found) const {
  const bool changes = offset == reg::kStatus || offset == reg::kMoved ||
                       offset == reg::kErrorCode || offset == reg::kErrorAddr;
  if (changes && !busy_ && !starting_ && model_.busy()) return found == found_.reg(offset);
  return offset == reg::kMoved && found == expected + held_bytes_;
}

void LockstepChannel::write_model(const tlm::tlm_generic_payload& payload) {
  std::vector<std::uint8_t> data(payload.get_data_ptr(),
                                 payload.get_data_ptr() + payload.get_data_length());
  const std::uint64_t address = payload.get_address();
  // CTRL may be part of a longer write, or be written in part; its lowest byte has all of it.
  if (address <= reg::kCtrl && reg::kCtrl < address + data.size()) {
    std::uint8_t& control = data[reg::kCtrl - address];
    if ((control & (reg::ctrl::kStart.mask() | reg::ctrl::kStartLinked.mask())) != 0) {
      if (!model_.busy()) {
        ++jobs_;
        stop_ = false;
        // A DMA that does not begin has no change of STATUS to be looked at.
        starting_ = true;
        start_event_.cancel();
        start_event_.notify(context_.clock.cycles(kStartCycles));
      }
    }
    if ((control & reg::ctrl::kStop.mask()) != 0) {
      // How many bursts the DMA still makes is a matter of cycles: the model follows it.
      stop_ = model_.busy();
      control = static_cast<std::uint8_t>(control & ~reg::ctrl::kStop.mask());
    }
  }
  tlm::tlm_generic_payload copy;
  copy.set_command(tlm::TLM_WRITE_COMMAND);
  copy.set_address(address);
  copy.set_data_ptr(data.data());
  copy.set_data_length(payload.get_data_length());
  copy.set_streaming_width(payload.get_streaming_width());
  model_.transport(copy, sc_core::SC_ZERO_TIME);
  if (copy.is_response_ok() != payload.is_response_ok()) {
    tell(describe_access(true, address, data.size()) + " in the registers",
         copy.is_response_ok() ? "an answer" : "an error",
         payload.is_response_ok() ? "an answer" : "an error");
  }
}

// The bus.

std::uint64_t LockstepChannel::bus_begins(const tlm::tlm_generic_payload& payload) {
  const std::uint64_t number = first_number_ + transactions_.size();
  if (silent_) return number;
  const bool write = payload.is_write();
  const unsigned bytes = payload.get_data_length();
  Transaction transaction{
      write, payload.get_address(), std::vector<std::uint8_t>(bytes),
      payload.get_byte_enable_ptr() == nullptr && payload.get_streaming_width() >= bytes};
  if (write) std::memcpy(transaction.data.data(), payload.get_data_ptr(), bytes);
  transactions_.push_back(std::move(transaction));
  progress_.notify(sc_core::SC_ZERO_TIME);
  if ((!model_.busy() && accesses_ == 0) || transactions_.size() > kMostAhead) {
    tell("the bus", "no transaction", describe_access(write, payload.get_address(), bytes));
  }
  return number;
}

void LockstepChannel::bus_ends(std::uint64_t number, const tlm::tlm_generic_payload& payload) {
  if (silent_ || number < first_number_) return;
  Transaction& transaction = transactions_[number - first_number_];
  if (!transaction.write) {
    std::memcpy(transaction.data.data(), payload.get_data_ptr(), transaction.data.size());
  }
  transaction.response = payload.get_response_status();
  transaction.complete = true;
  progress_.notify(sc_core::SC_ZERO_TIME);
}

/// The model's transaction: compared with the DMA's next one, and answered as that was.
void LockstepChannel::answer(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const auto ready = [this] { return !transactions_.empty() && transactions_.front().complete; };
  wanted_ = describe_access(payload.is_write(), payload.get_address(), payload.get_data_length());
  while (!silent_ && !ready()) {
    if (!transactions_.empty() && !compare(transactions_.front(), payload)) break;
    wait(progress_);
  }
  if (!silent_) compare(transactions_.front(), payload);
  if (silent_) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return;
  }
  wanted_.clear();
  const Transaction& found = transactions_.front();
  if (!found.write) {
    std::memcpy(payload.get_data_ptr(), found.data.data(), found.data.size());
  }
  held_bytes_ = found.write ? static_cast<std::uint32_t>(found.data.size()) : 0;
  while (!silent_ && busy_ && transactions_.size() < 2) wait(progress_ | rest_event_);
  held_bytes_ = 0;
  payload.set_response_status(silent_ ? tlm::TLM_OK_RESPONSE : transactions_.front().response);
  if (silent_) return;
  transactions_.pop_front();
  ++first_number_;
}

/// @return whether they are the same; told when they are not
bool LockstepChannel::compare(const Transaction& found, const tlm::tlm_generic_payload& expected) {
  const unsigned bytes = expected.get_data_length();
  const std::string wanted = describe_access(expected.is_write(), expected.get_address(), bytes);
  const std::string got = describe_access(found.write, found.address, found.data.size());
  if (wanted != got || !found.plain) {
    tell("the bus", wanted, found.plain ? got : got + " with byte enables");
    return false;
  }
  if (!found.write) return true;
  const std::uint8_t* data = expected.get_data_ptr();
  const auto differs = std::mismatch(data, data + bytes, found.data.begin());
  if (differs.first == data + bytes) return true;
  tell("byte at " + hex(found.address + static_cast<std::uint64_t>(differs.first - data)),
       hex(std::uint64_t{*differs.first}), hex(std::uint64_t{*differs.second}));
  return false;
}

// Rest.

void LockstepChannel::look() {
  if (silent_) return;
  const bool busy = reg::status::kBusy.get(found_.reg(reg::kStatus)) != 0;
  if (busy_ && !busy) {
    if (stop_ && model_.busy()) {
      give_control((model(reg::kCtrl) & reg::ctrl::kIrqEnable.mask()) | reg::ctrl::kStop.mask());
    }
    stop_ = false;
    // An access at this edge found the DMA busy; it is to find the model so too.
    rest_event_.notify(context_.clock.period() / 4);
  }
  if (busy) starting_ = false;
  busy_ = busy;
  settle_event_.cancel();
  settle_event_.notify(context_.clock.period() / 2);
}

void LockstepChannel::give_control(std::uint32_t value) {
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(reg::kCtrl);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  model_.transport(payload, sc_core::SC_ZERO_TIME);
}

void LockstepChannel::end_start() {
  if (!starting_) return;
  starting_ = false;
  look();
}

void LockstepChannel::settle() {
  if (accesses_ == 0) check_rest();
}

/// The DMA rests, or its interrupt may have changed; the model has followed it.
void LockstepChannel::check_rest() {
  if (silent_ || starting_) return;
  if (!busy_ && !transactions_.empty()) {
    const Transaction& left = transactions_.front();
    tell("the bus", "no transaction", describe_access(left.write, left.address, left.data.size()));
    return;
  }
  if (!busy_ && !wanted_.empty()) {
    tell("the bus", wanted_, "the end of the job");
    return;
  }
  if (!busy_) {
    for (const std::uint32_t offset :
         {reg::kErrorCode, reg::kErrorAddr, reg::kMoved, reg::kStatus}) {
      const std::uint32_t expected = model(offset);
      const std::uint32_t found = found_.reg(offset);
      if (expected == found) continue;
      tell(register_name(reg::table(), offset), hex(std::uint64_t{expected}),
           hex(std::uint64_t{found}));
      return;
    }
  }
  if (model_irq_.read() != found_.irq()) {
    tell("interrupt", model_irq_.read() ? "1" : "0", found_.irq() ? "1" : "0");
  }
}

}  // namespace leyden::cosim
