#include "models/base/tlm_helpers.h"

#include <algorithm>
#include <cstring>

namespace leyden::base {

tlm::tlm_extension_base* InitiatorExtension::clone() const {
  auto* copy = new InitiatorExtension(name);
  copy->cloned_ = true;
  return copy;
}

void InitiatorExtension::copy_from(const tlm::tlm_extension_base& other) {
  name = static_cast<const InitiatorExtension&>(other).name;
}

void InitiatorExtension::free() {
  if (cloned_) delete this;
}

const char* initiator_name(const tlm::tlm_generic_payload& payload) {
  const auto* extension = payload.get_extension<InitiatorExtension>();
  return extension == nullptr ? "?" : extension->name;
}

Payload::Payload(const char* initiator) : extension_(initiator) {
  payload_.set_extension(&extension_);
}

tlm::tlm_generic_payload& Payload::set(tlm::tlm_command command, std::uint64_t address, void* data,
                                       unsigned length) {
  payload_.set_command(command);
  payload_.set_address(address);
  payload_.set_data_ptr(static_cast<unsigned char*>(data));
  payload_.set_data_length(length);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_byte_enable_length(0);
  payload_.set_streaming_width(length);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload_.set_gp_option(tlm::TLM_MIN_PAYLOAD);
  return payload_;
}

tlm::tlm_generic_payload& Payload::read(std::uint64_t address, void* data, unsigned length) {
  return set(tlm::TLM_READ_COMMAND, address, data, length);
}

tlm::tlm_generic_payload& Payload::write(std::uint64_t address, const void* data, unsigned length) {
  // The payload has one pointer for both directions; a target must not write through it here.
  return set(tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(data), length);
}

tlm::tlm_generic_payload& Payload::request(tlm::tlm_command command, std::uint64_t address) {
  return set(command, address, nullptr, 0);
}

std::uint64_t touched_bytes(const tlm::tlm_generic_payload& payload) {
  return std::min(payload.get_streaming_width(), payload.get_data_length());
}

void transfer(tlm::tlm_generic_payload& payload, std::uint8_t* memory) {
  unsigned char* data = payload.get_data_ptr();
  const unsigned length = payload.get_data_length();
  const unsigned width = payload.get_streaming_width();
  const unsigned char* enables = payload.get_byte_enable_ptr();
  const bool reads = payload.is_read();
  if (!reads && !payload.is_write()) return;
  if (enables == nullptr && width >= length) {
    std::memcpy(reads ? data : memory, reads ? memory : data, length);
    return;
  }
  for (unsigned i = 0; i < length; ++i) {
    if (enables != nullptr && enables[i % payload.get_byte_enable_length()] == TLM_BYTE_DISABLED) {
      continue;
    }
    std::uint8_t& cell = memory[i % width];
    if (reads) {
      data[i] = cell;
    } else {
      cell = data[i];
    }
  }
}

tlm::tlm_response_status refuse_byte_enables_and_streaming(
    const tlm::tlm_generic_payload& payload) {
  if (payload.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (payload.get_streaming_width() < payload.get_data_length()) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  return tlm::TLM_OK_RESPONSE;
}

void grant_dmi(tlm::tlm_dmi& dmi, std::uint8_t* memory, std::uint64_t first, std::uint64_t last,
               const sc_core::sc_time& read_latency, const sc_core::sc_time& write_latency) {
  dmi.set_dmi_ptr(memory);
  dmi.set_start_address(first);
  dmi.set_end_address(last);
  dmi.set_read_latency(read_latency);
  dmi.set_write_latency(write_latency);
  dmi.allow_read_write();
}

void deny_dmi(tlm::tlm_dmi& dmi, std::uint64_t first, std::uint64_t last) {
  dmi.init();
  dmi.set_start_address(first);
  dmi.set_end_address(last);
}

void translate_dmi(tlm::tlm_dmi& dmi, std::uint64_t base, std::uint64_t bytes) {
  const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address(), bytes - 1);
  const std::uint64_t first = std::min<std::uint64_t>(dmi.get_start_address(), last);
  dmi.set_start_address(base + first);
  dmi.set_end_address(base + last);
}

std::string response_name(tlm::tlm_response_status status) {
  tlm::tlm_generic_payload payload;
  payload.set_response_status(status);
  return payload.get_response_string();
}

}  // namespace leyden::base
