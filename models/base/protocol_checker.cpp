#include "models/base/protocol_checker.h"

#include "models/base/protocol_attributes.h"

namespace leyden::base {

ProtocolChecker::ProtocolChecker(const sc_core::sc_module_name& name)
    : sc_module(name), target_socket("target_socket"), initiator_socket("initiator_socket") {
  target_socket.register_b_transport(this, &ProtocolChecker::b_transport);
  target_socket.register_nb_transport_fw(this, &ProtocolChecker::nb_transport_fw);
  initiator_socket.register_nb_transport_bw(this, &ProtocolChecker::nb_transport_bw);
  target_socket.register_get_direct_mem_ptr(this, &ProtocolChecker::get_direct_mem_ptr);
  target_socket.register_transport_dbg(this, &ProtocolChecker::transport_dbg);
  initiator_socket.register_invalidate_direct_mem_ptr(this,
                                                      &ProtocolChecker::invalidate_direct_mem_ptr);
}

std::string ProtocolChecker::summary() const {
  std::string text;
  for (const Violation& violation : violations_) {
    text += name() + std::string(": ") + violation.text + " (" + violation.clause + ")\n";
  }
  return text;
}

void ProtocolChecker::clear() {
  violations_.clear();
  calls_ = phased_transactions_ = 0;
}

void ProtocolChecker::broken(bool condition, const std::string& clause, const std::string& text) {
  constexpr std::size_t kMost = 1000;  // a systematic fault must not fill the memory
  if (!condition) return;
  if (violations_.size() < kMost) violations_.push_back({clause, text});
  if (on_violation_) on_violation_({clause, text});
}

void ProtocolChecker::check_request(const tlm::tlm_generic_payload& payload) {
  broken(payload.get_data_ptr() == nullptr, "14.11 e", "the initiator gave no data pointer");
  broken(payload.get_data_length() == 0, "14.12 d", "the initiator gave a data length of 0");
  broken(payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0,
         "14.14 f", "the initiator gave byte enables of length 0");
  broken(payload.get_streaming_width() == 0, "14.15 f",
         "the initiator gave a streaming width of 0");
  broken(payload.is_dmi_allowed(), "14.16", "the initiator did not reset the DMI hint");
  broken(payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, "14.17 e",
         "the initiator did not reset the response status");
  broken(payload.get_gp_option() != tlm::TLM_MIN_PAYLOAD, "14.8 g",
         "the initiator did not set the option of the minimal payload");
  if (payload.get_byte_enable_ptr() != nullptr) {
    for (unsigned i = 0; i < payload.get_byte_enable_length(); ++i) {
      const unsigned char enable = payload.get_byte_enable_ptr()[i];
      broken(enable != TLM_BYTE_ENABLED && enable != TLM_BYTE_DISABLED, "14.14",
             "the initiator gave a byte enable that is neither 0x00 nor 0xff");
    }
  }
}

void ProtocolChecker::check_response(const Attributes& before,
                                     const tlm::tlm_generic_payload& payload) {
  broken(payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE, "14.17",
         "the target left the response incomplete");
  broken(payload.get_response_status() == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE &&
             before.enables == nullptr,
         "14.17", "the target refused byte enables that were not used");
  broken(!before.same(payload), "14.7",
         "the target changed the command, data pointer, length, byte enables, streaming width or "
         "option");
  check_data_kept(before, payload);
}

void ProtocolChecker::check_data_kept(const Attributes& before,
                                      const tlm::tlm_generic_payload& payload) {
  if (before.data == nullptr || !before.same(payload)) return;
  bool changed = false;
  for (unsigned i = 0; i < before.length; ++i) {
    const bool enabled = before.enables == nullptr || before.enables_length == 0 ||
                         before.enables[i % before.enables_length] == TLM_BYTE_ENABLED;
    if (enabled && before.command == tlm::TLM_READ_COMMAND) continue;  // its to fill
    changed = changed || before.data[i] != before.content[i];
  }
  broken(changed, "14.11",
         before.command == tlm::TLM_READ_COMMAND
             ? "the target wrote data bytes that are not enabled"
             : "the target wrote into the data array of a command that is not a read");
}

void ProtocolChecker::check_time_stood(const sc_core::sc_time& before, const std::string& call) {
  broken(sc_core::sc_time_stamp() != before, "Leyden",
         "the target let time pass in " + call + ", where it may only add to the delay");
}

void ProtocolChecker::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ++calls_;
  const sc_core::sc_process_handle process = sc_core::sc_get_current_process_handle();
  broken(process.valid() && process.proc_kind() == sc_core::SC_METHOD_PROC_, "11.1.1.4 b",
         "the initiator called b_transport from a method process");
  check_request(payload);
  const Attributes before(payload);
  const sc_core::sc_time delay_before = delay;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  initiator_socket->b_transport(payload, delay);
  check_response(before, payload);
  broken(now + delay_before > sc_core::sc_time_stamp() + delay, "11.1.1.4",
         "the target reduced the delay");
  check_time_stood(now, "b_transport");
}

bool ProtocolChecker::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  ++calls_;
  broken(dmi.get_dmi_ptr() != nullptr || !dmi.is_none_allowed() || dmi.get_start_address() != 0 ||
             dmi.get_read_latency() != sc_core::SC_ZERO_TIME ||
             dmi.get_write_latency() != sc_core::SC_ZERO_TIME,
         "11.2.5", "the initiator did not reset the DMI descriptor");
  broken(!payload.is_read() && !payload.is_write(), "11.2.4",
         "the initiator asked for direct memory with a command that is neither read nor write");
  const Attributes before(payload);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const bool granted = initiator_socket->get_direct_mem_ptr(payload, dmi);
  check_time_stood(now, "get_direct_mem_ptr");
  broken(!before.same(payload), "11.2.4",
         "the target changed an attribute of a request for direct memory");
  broken(dmi.get_start_address() > dmi.get_end_address(), "11.2.5",
         "the target gave a DMI range that ends before it starts");
  if (granted) check_granted(before, dmi);
  return granted;
}

void ProtocolChecker::check_granted(const Attributes& before, const tlm::tlm_dmi& dmi) {
  broken(dmi.get_dmi_ptr() == nullptr, "11.2.5", "the target granted DMI without a pointer");
  broken(before.address < dmi.get_start_address() || before.address > dmi.get_end_address(),
         "11.2.5", "the target granted a DMI range that does not hold the requested address");
  const bool allowed =
      before.command == tlm::TLM_READ_COMMAND ? dmi.is_read_allowed() : dmi.is_write_allowed();
  broken(!allowed, "11.2.5", "the target granted DMI, but not for the requested command");
}

unsigned ProtocolChecker::transport_dbg(tlm::tlm_generic_payload& payload) {
  ++calls_;
  broken(payload.get_data_ptr() == nullptr && payload.get_data_length() != 0, "11.3.4",
         "the initiator gave no data pointer to debug transport");
  const Attributes before(payload);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const unsigned done = initiator_socket->transport_dbg(payload);
  check_time_stood(now, "transport_dbg");
  broken(done > before.length, "11.3.4 s", "the target did more bytes than debug transport asked");
  broken(!before.same(payload), "11.3.4", "the target changed an attribute of debug transport");
  if (before.command == tlm::TLM_WRITE_COMMAND) check_data_kept(before, payload);
  return done;
}

void ProtocolChecker::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  ++calls_;
  broken(first > last, "11.2.5", "the target invalidated a DMI range that ends before it starts");
  target_socket->invalidate_direct_mem_ptr(first, last);
}

}  // namespace leyden::base
