#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "models/base/tlm_helpers.h"

namespace leyden::base {

/// A rule of the TLM-2.0 base protocol that was broken.
struct Violation {
  std::string clause;  ///< of IEEE 1666-2011 ("14.12 d"), or "Leyden" for a rule of the project
  std::string text;    ///< one sentence: who broke it and how
};

/// Stands between any initiator and any target, passes everything on unchanged and in no time, and
/// collects broken rules of blocking and non-blocking transport, direct memory and debug transport,
/// both directions.
class ProtocolChecker : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<ProtocolChecker, kBusBits> target_socket;
  tlm_utils::simple_initiator_socket<ProtocolChecker, kBusBits> initiator_socket;

  explicit ProtocolChecker(const sc_core::sc_module_name& name);
  ~ProtocolChecker() override;

  const std::vector<Violation>& violations() const { return violations_; }
  /// All violations, a line each; "" when there are none.
  std::string summary() const;
  /// Calls seen since the start: a test that saw none has checked nothing.
  std::uint64_t calls() const { return calls_; }
  /// Non-blocking transactions that were begun and not completed.
  std::size_t open_transactions() const { return open_.size(); }
  /// Non-blocking transactions completed since the start.
  std::uint64_t phased_transactions() const { return phased_transactions_; }
  void clear();
  /// Calls back at each violation, within the call that broke the rule.
  void on_violation(std::function<void(const Violation&)> callback) {
    on_violation_ = std::move(callback);
  }

 private:
  struct Attributes;

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last);

  void check_request(const tlm::tlm_generic_payload& payload);
  void check_response(const Attributes& before, const tlm::tlm_generic_payload& payload);
  void check_data_kept(const Attributes& before, const tlm::tlm_generic_payload& payload);
  void check_granted(const Attributes& before, const tlm::tlm_dmi& dmi);
  void check_time_stood(const sc_core::sc_time& before, const std::string& call);
  void begin_request(tlm::tlm_generic_payload& payload);
  void end_request(tlm::tlm_generic_payload& payload);
  void begin_response(tlm::tlm_generic_payload& payload);
  void complete(tlm::tlm_generic_payload& payload);
  /// What a target does to a transaction, in a call of its own or in what it returns.
  void target_phase(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase);
  void broken(bool condition, const std::string& clause, const std::string& text);

  std::vector<Violation> violations_;
  std::function<void(const Violation&)> on_violation_;
  std::uint64_t calls_ = 0;

  // Non-blocking transport.
  struct Open;
  std::map<const tlm::tlm_generic_payload*, std::unique_ptr<Open>> open_;
  const tlm::tlm_generic_payload* request_ = nullptr;   ///< between BEGIN_REQ and END_REQ
  const tlm::tlm_generic_payload* response_ = nullptr;  ///< between BEGIN_RESP and END_RESP
  std::uint64_t phased_transactions_ = 0;
};

}  // namespace leyden::base
