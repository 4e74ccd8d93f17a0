#pragma once

#include <cstdint>
#include <vector>

#include <tlm>

#include "models/base/protocol_checker.h"

namespace leyden::base {

/// What a target must leave as it is, copied before the call.
struct ProtocolChecker::Attributes {
  explicit Attributes(const tlm::tlm_generic_payload& payload)
      : command(payload.get_command()),
        address(payload.get_address()),
        data(payload.get_data_ptr()),
        length(payload.get_data_length()),
        enables(payload.get_byte_enable_ptr()),
        enables_length(payload.get_byte_enable_length()),
        width(payload.get_streaming_width()),
        option(payload.get_gp_option()) {
    if (data != nullptr) content.assign(data, data + length);
  }

  bool same(const tlm::tlm_generic_payload& payload) const {
    return command == payload.get_command() && data == payload.get_data_ptr() &&
           length == payload.get_data_length() && enables == payload.get_byte_enable_ptr() &&
           enables_length == payload.get_byte_enable_length() &&
           width == payload.get_streaming_width() && option == payload.get_gp_option();
  }

  tlm::tlm_command command;
  std::uint64_t address;
  unsigned char* data;
  unsigned length;
  unsigned char* enables;
  unsigned enables_length;
  unsigned width;
  tlm::tlm_gp_option option;
  std::vector<unsigned char> content;
};

/// A transaction between BEGIN_REQ and its completion.
struct ProtocolChecker::Open {
  explicit Open(const tlm::tlm_generic_payload& payload) : before(payload) {}
  Attributes before;
  bool request_ended = false;
  bool answered = false;
};

}  // namespace leyden::base
