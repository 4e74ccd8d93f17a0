#include "platform/cosim/tlm_target_adapter.h"

#include <algorithm>
#include <cstring>

#include "platform/cosim/pin_types.h"

namespace leyden::cosim {

constexpr unsigned kWordBytes = 4;

TlmTargetAdapter::TlmTargetAdapter(const sc_core::sc_module_name& name, GatedClock& clock,
                                   const AdapterOptions& options)
    : PinAdapter(name, clock, options) {
  socket.register_b_transport(this, &TlmTargetAdapter::transport);
  socket.register_transport_dbg(this, &TlmTargetAdapter::transport_debug);
}

void TlmTargetAdapter::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const tlm::tlm_response_status refused = payload.get_command() == tlm::TLM_IGNORE_COMMAND
                                               ? tlm::TLM_COMMAND_ERROR_RESPONSE
                                               : refusal(payload);
  if (refused != tlm::TLM_OK_RESPONSE) {
    payload.set_response_status(refused);
    return;
  }
  const sc_core::sc_time arrival = sc_core::sc_time_stamp() + delay;
  const sc_core::sc_time lead = gate().clock().cycles(lead_cycles(payload));
  if (delay > lead) wait(delay - lead);
  Request request{&payload, {}, false};
  requests_.push_back(&request);
  hold_clock(true);
  kick();
  while (!request.finished) wait(request.done);
  delay = std::max(arrival, sc_core::sc_time_stamp()) - sc_core::sc_time_stamp();
}

void TlmTargetAdapter::finish(tlm::tlm_response_status status) {
  Request& request = *requests_.front();
  requests_.pop_front();
  request.payload->set_response_status(status);
  request.finished = true;
  request.done.notify(sc_core::SC_ZERO_TIME);
  if (requests_.empty()) hold_clock(false);
}

unsigned TlmTargetAdapter::transport_debug(tlm::tlm_generic_payload& payload) {
  return debug_access_ ? debug_access_(payload) : 0;
}

std::string TlmTargetAdapter::describe(const tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  std::string text = payload.is_write() ? "a write of " : "a read of ";
  if (payload.is_write() && length <= 8) {
    std::uint64_t value = 0;
    std::memcpy(&value, payload.get_data_ptr(), length);
    text += hex(value) + " to offset ";
  } else {
    text += std::to_string(length) + (length == 1 ? " byte" : " bytes") +
            (payload.is_write() ? " to offset " : " at offset ");
  }
  return text + hex(payload.get_address());
}

tlm::tlm_response_status refuse_register_access(const tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  const std::uint64_t address = payload.get_address();
  if (payload.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  const bool one_word = (length == 1 || length == 2 || length == 4) && address % length == 0;
  const bool words = length > 0 && length % kWordBytes == 0 && address % kWordBytes == 0;
  if (payload.get_streaming_width() < length || !(one_word || words)) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  if (address + length > std::uint64_t{1} << 32) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

unsigned register_word_bytes(const tlm::tlm_generic_payload& payload) {
  return std::min(payload.get_data_length(), kWordBytes);
}

RegisterWord register_word(const tlm::tlm_generic_payload& payload, unsigned done) {
  const auto address = static_cast<std::uint32_t>(payload.get_address() + done);
  const unsigned lane = address % kWordBytes;
  const unsigned bytes = register_word_bytes(payload);
  RegisterWord word{address - lane, 0, 0};
  if (!payload.is_write()) return word;
  std::uint32_t data = 0;
  std::memcpy(&data, payload.get_data_ptr() + done, bytes);
  word.data = data << (8 * lane);
  word.strobes = ((1u << bytes) - 1u) << lane;
  return word;
}

void store_register_word(tlm::tlm_generic_payload& payload, unsigned done, std::uint32_t data) {
  if (!payload.is_read()) return;
  data >>= 8 * ((payload.get_address() + done) % kWordBytes);
  std::memcpy(payload.get_data_ptr() + done, &data, register_word_bytes(payload));
}

}  // namespace leyden::cosim
