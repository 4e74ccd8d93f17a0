#pragma once

#include <systemc>
#include <tlm>

#include "models/base/payload_pool.h"
#include "models/base/tlm_helpers.h"

namespace leyden::base {

/// Asks the interconnect to grant nobody else until this master's next transaction is granted: the
/// read of a read-modify-write. It ends, too, when the transaction that carries it fails.
class LockExtension : public tlm::tlm_extension<LockExtension> {
 public:
  tlm::tlm_extension_base* clone() const override {
    auto* copy = new LockExtension;
    copy->cloned_ = true;
    return copy;
  }
  void copy_from(const tlm::tlm_extension_base&) override {}
  void free() override {
    if (cloned_) delete this;
  }

 private:
  bool cloned_ = false;
};

/// A master's side of non-blocking transport, one transaction at a time. It sends BEGIN_REQ and
/// END_RESP on the forward path, takes END_REQ and BEGIN_RESP on the backward path, and follows a
/// target that goes ahead in the returned phase or completes early, as the base protocol lets it.
class PhasedMaster {
 public:
  using Forward = tlm::tlm_fw_transport_if<>;

  /// @param initiator name of the master; the text must outlive this
  explicit PhasedMaster(const char* initiator) : extension_(initiator) {}
  PhasedMaster(const PhasedMaster&) = delete;
  PhasedMaster& operator=(const PhasedMaster&) = delete;

  /// Makes a copy of `request` pass all its phases and copies the response back; the data array is
  /// the request's own. Waits until the response is there: for thread processes, with the kernel at
  /// the time of the request.
  /// @param lock  with a LockExtension
  void transport(Forward& target, tlm::tlm_generic_payload& request, bool lock = false);
  /// To be registered as the socket's nb_transport_bw.
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);

 private:
  void answered(const sc_core::sc_time& delay, bool completed);

  InitiatorExtension extension_;  // before the pool, whose payloads refer to them
  LockExtension lock_;
  PayloadPool pool_;
  tlm::tlm_generic_payload* under_way_ = nullptr;
  bool answered_ = false;   ///< the time of the response is known
  bool completed_ = false;  ///< without END_RESP
  sc_core::sc_time answer_time_;
  sc_core::sc_event answer_event_;
};

}  // namespace leyden::base
