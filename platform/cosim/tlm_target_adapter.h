#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "models/base/tlm_helpers.h"
#include "platform/cosim/pin_adapter.h"

namespace leyden::cosim {

/// TLM to pins: a target socket whose transactions go over pins one after another, in order of
/// arrival. b_transport waits until the block has answered, so it is called from threads only.
///
/// Time: what the initiator and the bus annotated (`delay`) is when the access has arrived at the
/// block. The pin transaction begins lead_cycles() clock cycles before, or at once where `delay` is
/// shorter: the handshake itself stands for the last part of what the bus charged. A block without
/// wait states so answers at the very time at which a TLM target would have been asked.
class TlmTargetAdapter : public PinAdapter {
 public:
  /// Answers a debug access. @return bytes transferred
  using DebugAccess = std::function<unsigned(tlm::tlm_generic_payload& payload)>;

  tlm_utils::simple_target_socket<TlmTargetAdapter, base::kBusBits> socket{"socket"};

  /// Pins cannot be read without time: debug accesses are refused (0 bytes) until this is set to
  /// something that answers from a shadow.
  void set_debug_access(DebugAccess access) { debug_access_ = std::move(access); }

 protected:
  TlmTargetAdapter(const sc_core::sc_module_name& name, GatedClock& clock,
                   const AdapterOptions& options);

  /// What is refused before it reaches pins; TLM_OK_RESPONSE lets it pass.
  virtual tlm::tlm_response_status refusal(const tlm::tlm_generic_payload& payload) const = 0;
  virtual unsigned lead_cycles(const tlm::tlm_generic_payload& payload) const = 0;

  /// The transaction under way, or nullptr.
  tlm::tlm_generic_payload* current() const {
    return requests_.empty() ? nullptr : requests_.front()->payload;
  }
  /// The current one is over; the next one, if any, is current then.
  void finish(tlm::tlm_response_status status);
  /// "a write of 0x2a to offset 0x10", "a read of 4 bytes at offset 0x10"
  static std::string describe(const tlm::tlm_generic_payload& payload);

 private:
  struct Request {
    tlm::tlm_generic_payload* payload;
    sc_core::sc_event done;
    bool finished = false;
  };
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);

  std::deque<Request*> requests_;
  DebugAccess debug_access_;
};

/// As models/base/register_block takes them: 1, 2 or 4 bytes inside a word, or whole consecutive
/// words; no byte enables, no streaming. @return the response to refuse with, else OK
tlm::tlm_response_status refuse_register_access(const tlm::tlm_generic_payload& payload);

/// One word of a register access: what it carries of the payload.
struct RegisterWord {
  std::uint32_t address;  ///< multiple of 4
  std::uint32_t data;     ///< of a write, in its lanes
  std::uint32_t strobes;  ///< a bit a byte lane
};

/// The word of an access that begins `done` bytes into the payload.
RegisterWord register_word(const tlm::tlm_generic_payload& payload, unsigned done);
/// Bytes of the payload that this word carries.
unsigned register_word_bytes(const tlm::tlm_generic_payload& payload);
/// Puts a word that was read where it belongs.
void store_register_word(tlm::tlm_generic_payload& payload, unsigned done, std::uint32_t data);

}  // namespace leyden::cosim
