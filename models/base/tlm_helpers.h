#pragma once

#include <cstdint>
#include <string>

#include <tlm>

namespace leyden::base {

/// Width of every socket of the project in bits.
inline constexpr unsigned kBusBits = 128;

/// Names the master of a transaction. Ignorable. It belongs to the initiator, which keeps it as
/// long as its payload; a copy that clone() made is freed with the payload that holds it.
class InitiatorExtension : public tlm::tlm_extension<InitiatorExtension> {
 public:
  explicit InitiatorExtension(const char* initiator) : name(initiator) {}

  tlm::tlm_extension_base* clone() const override;
  void copy_from(const tlm::tlm_extension_base& other) override;
  void free() override;

  const char* name;

 private:
  bool cloned_ = false;
};

/// Name of the master of a payload, "?" when it carries none.
const char* initiator_name(const tlm::tlm_generic_payload& payload);

/// One payload, reused: every call of read() or write() sets all attributes anew, as the base
/// protocol wants (address, data, length, no byte enables, streaming width = length, DMI hint off,
/// response incomplete, minimal options).
class Payload {
 public:
  /// @param initiator name of the master; the text must outlive the payload
  explicit Payload(const char* initiator);
  Payload(const Payload&) = delete;
  Payload& operator=(const Payload&) = delete;

  tlm::tlm_generic_payload& read(std::uint64_t address, void* data, unsigned length);
  tlm::tlm_generic_payload& write(std::uint64_t address, const void* data, unsigned length);
  /// For get_direct_mem_ptr: no data.
  tlm::tlm_generic_payload& request(tlm::tlm_command command, std::uint64_t address);
  /// As it was after the last call.
  const tlm::tlm_generic_payload& payload() const { return payload_; }

 private:
  tlm::tlm_generic_payload& set(tlm::tlm_command command, std::uint64_t address, void* data,
                                unsigned length);
  InitiatorExtension extension_;  // before payload_, which refers to it until it is destroyed
  tlm::tlm_generic_payload payload_;
};

/// Bytes of memory a payload touches from its address on: the streaming width where it wraps, else
/// the length. Targets check their range against it.
std::uint64_t touched_bytes(const tlm::tlm_generic_payload& payload);

/// Copies between the payload's data and `memory`, the host's touched_bytes(payload) bytes behind
/// its address; byte enables and streaming width are honoured. Leaves the response to the caller.
void transfer(tlm::tlm_generic_payload& payload, std::uint8_t* memory);

/// For targets that support neither byte enables nor streaming.
/// @return the response to refuse with, TLM_OK_RESPONSE when neither is used
tlm::tlm_response_status refuse_byte_enables_and_streaming(const tlm::tlm_generic_payload& payload);

/// Grants [first, last], both inclusive, host address of `first` being `memory`.
void grant_dmi(tlm::tlm_dmi& dmi, std::uint8_t* memory, std::uint64_t first, std::uint64_t last,
               const sc_core::sc_time& read_latency, const sc_core::sc_time& write_latency);
/// Denies [first, last], both inclusive.
void deny_dmi(tlm::tlm_dmi& dmi, std::uint64_t first, std::uint64_t last);
/// Interconnect, way back: cuts a range of the target to its window of `bytes` bytes, then moves it
/// to bus address `base`.
void translate_dmi(tlm::tlm_dmi& dmi, std::uint64_t base, std::uint64_t bytes);

/// "TLM_OK_RESPONSE", ...
std::string response_name(tlm::tlm_response_status status);

}  // namespace leyden::base
