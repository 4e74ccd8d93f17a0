#include <memory>
#include <string>

#include "models/base/protocol_attributes.h"
#include "models/base/protocol_checker.h"

// The checker's part for non-blocking transport: phases of IEEE 1666-2011, clause 15.2.
namespace leyden::base {
namespace {

const char* const kPhases = "15.2";

}  // namespace

ProtocolChecker::~ProtocolChecker() = default;

void ProtocolChecker::begin_request(tlm::tlm_generic_payload& payload) {
  check_request(payload);
  broken(!payload.has_mm(), "14.5",
         "the initiator began a transaction whose payload has no memory manager");
  broken(payload.has_mm() && payload.get_ref_count() < 1, "14.5",
         "the initiator began a transaction with a payload that it has not acquired");
  broken(open_.count(&payload) != 0, kPhases,
         "the initiator sent BEGIN_REQ for a transaction that is under way");
  broken(request_ != nullptr, kPhases,
         "the initiator sent BEGIN_REQ before the request before it had ended");
  request_ = &payload;
  open_[&payload] = std::make_unique<Open>(payload);
}

void ProtocolChecker::end_request(tlm::tlm_generic_payload& payload) {
  Open& open = *open_.at(&payload);
  broken(open.request_ended, kPhases, "the target sent END_REQ for a request that had ended");
  open.request_ended = true;
  if (request_ == &payload) request_ = nullptr;
}

void ProtocolChecker::begin_response(tlm::tlm_generic_payload& payload) {
  Open& open = *open_.at(&payload);
  broken(open.answered, kPhases, "the target sent BEGIN_RESP twice for one transaction");
  broken(response_ != nullptr && response_ != &payload, kPhases,
         "the target sent BEGIN_RESP before the response before it had ended");
  check_response(open.before, payload);
  open.answered = true;
  open.request_ended = true;  // BEGIN_RESP ends the request as well
  if (request_ == &payload) request_ = nullptr;
  response_ = &payload;
}

void ProtocolChecker::complete(tlm::tlm_generic_payload& payload) {
  const auto found = open_.find(&payload);
  if (found == open_.end()) return;
  if (!found->second->answered) check_response(found->second->before, payload);
  if (request_ == &payload) request_ = nullptr;
  if (response_ == &payload) response_ = nullptr;
  open_.erase(found);
  ++phased_transactions_;
}

void ProtocolChecker::target_phase(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase) {
  if (phase == tlm::END_REQ) {
    end_request(payload);
  } else if (phase == tlm::BEGIN_RESP) {
    begin_response(payload);
  } else {
    broken(true, kPhases, "the target sent a phase that is neither END_REQ nor BEGIN_RESP");
  }
}

tlm::tlm_sync_enum ProtocolChecker::nb_transport_fw(tlm::tlm_generic_payload& payload,
                                                    tlm::tlm_phase& phase,
                                                    sc_core::sc_time& delay) {
  ++calls_;
  const tlm::tlm_phase sent = phase;
  if (sent == tlm::BEGIN_REQ) {
    begin_request(payload);
  } else if (sent == tlm::END_RESP) {
    const auto found = open_.find(&payload);
    broken(found == open_.end() || !found->second->answered, kPhases,
           "the initiator sent END_RESP for a transaction that has no response");
    complete(payload);
  } else {
    broken(true, kPhases, "the initiator sent a phase that is neither BEGIN_REQ nor END_RESP");
  }
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const tlm::tlm_sync_enum sync = initiator_socket->nb_transport_fw(payload, phase, delay);
  check_time_stood(now, "nb_transport_fw");
  if (sent != tlm::BEGIN_REQ) {
    broken(sync == tlm::TLM_UPDATED, kPhases, "the target answered END_RESP with another phase");
    return sync;
  }
  if (sync == tlm::TLM_UPDATED) target_phase(payload, phase);
  if (sync == tlm::TLM_COMPLETED) complete(payload);
  return sync;
}

tlm::tlm_sync_enum ProtocolChecker::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                                    tlm::tlm_phase& phase,
                                                    sc_core::sc_time& delay) {
  ++calls_;
  if (open_.count(&payload) == 0) {
    broken(true, kPhases, "the target sent a phase of a transaction that is not under way");
  } else {
    target_phase(payload, phase);
  }
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const tlm::tlm_phase sent = phase;
  const tlm::tlm_sync_enum sync = target_socket->nb_transport_bw(payload, phase, delay);
  broken(sc_core::sc_time_stamp() != now, "Leyden",
         "the initiator let time pass in nb_transport_bw");
  if (sync == tlm::TLM_COMPLETED || (sync == tlm::TLM_UPDATED && phase == tlm::END_RESP)) {
    broken(sent != tlm::BEGIN_RESP, kPhases,
           "the initiator completed a transaction that has no response");
    complete(payload);
  }
  return sync;
}

}  // namespace leyden::base
