#include "platform/cosim/lockstep_common.h"

#include "models/base/error.h"

namespace leyden::cosim {

void end_run(const Difference& difference) { throw base::ModelError(difference.sentence()); }

std::string register_name(const std::vector<base::RegisterInfo>& table, std::uint32_t offset) {
  for (const base::RegisterInfo& info : table) {
    if (info.offset == offset) return std::string("register ") + info.name;
  }
  return "register at offset " + hex(std::uint64_t{offset});
}

std::string describe_access(bool write, std::uint64_t address, std::size_t bytes) {
  return std::string(write ? "a write" : "a read") + " of " + std::to_string(bytes) +
         (bytes == 1 ? " byte at " : " bytes at ") + hex(address);
}

RepeatedAccess::RepeatedAccess(const tlm::tlm_generic_payload& payload)
    : data_(payload.get_data_ptr(), payload.get_data_ptr() + payload.get_data_length()) {
  payload_.set_command(payload.get_command());
  payload_.set_address(payload.get_address());
  payload_.set_data_ptr(data_.data());
  payload_.set_data_length(payload.get_data_length());
  payload_.set_streaming_width(payload.get_streaming_width());
  payload_.set_byte_enable_ptr(payload.get_byte_enable_ptr());
  payload_.set_byte_enable_length(payload.get_byte_enable_length());
}

}  // namespace leyden::cosim
