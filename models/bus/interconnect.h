#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/base/archive_time.h"
#include "models/base/context.h"
#include "models/base/data_path.h"
#include "models/base/transaction_observer.h"
#include "models/bus/phased_path.h"
#include "models/bus/transfer_faults.h"

namespace leyden::bus {

/// What one master did on the bus since the start.
struct MasterStatistics {
  std::string name;
  std::uint64_t transactions = 0;
  std::uint64_t bytes = 0;
  std::uint64_t beats = 0;
  std::uint64_t contention_cycles = 0;  ///< waited for other transfers

  void archive(base::Archive& a) { a(transactions, bytes, beats, contention_cycles); }
};

/// The chip's interconnect: one data path, shared by all masters. Masters see bus addresses,
/// targets see offsets. Transfers are granted in order of arrival:
///
///     start = first clock edge at or after max(arrival, busy_until)
///     busy_until = start + beats       (beats: lines of data_width_bytes the transfer touches)
///     delay of the request = start - arrival + hop_latency_cycles + beats
///
/// arrival being earlier by what a base::BegunExtension tells has passed before. A master whose
/// data come later claims its beats first (base::DataPath).
/// The path is free again while a target works on its answer (split transactions). An address that
/// no target answers, or a transfer over the end of a target, gets TLM_ADDRESS_ERROR_RESPONSE and a
/// warning. Masters and targets are added before elaboration ends.
///
/// With `system.timing` = approximate a PhasedPath takes the place of this closed form, for masters
/// with non-blocking transport and for blocking ones.
class Interconnect : public sc_core::sc_module, public base::DataPath, private PathHost {
 public:
  using MasterSocket = tlm_utils::simple_target_socket_tagged<Interconnect, 128>;
  using TargetSocket = tlm_utils::simple_initiator_socket_tagged<Interconnect, 128>;

  /// Scope `bus`.
  static std::vector<base::ParameterSpec> parameters();

  Interconnect(sc_core::sc_module_name name, base::Context& context);

  /// The socket a master binds its initiator socket to.
  MasterSocket& add_master(const std::string& name);
  /// The socket to bind to a target that answers [base, base + size).
  /// @throws UsageError when the range is empty or overlaps another
  TargetSocket& add_target(const std::string& name, std::uint64_t base, std::uint64_t size);

  /// In the order of add_master().
  const std::vector<MasterStatistics>& statistics() const { return statistics_; }

  /// Who is told of each access; nullptr (the default): nobody. No part of the state.
  void set_transaction_observer(base::TransactionObserver* observer) { transactions_ = observer; }
  /// Who is asked whether a transfer goes wrong; nullptr (the default): nobody, and none does.
  void set_faults(TransferFaults* faults) { faults_ = faults; }

  // base::DataPath. No claims with `system.timing` = approximate.
  std::uint64_t width_bytes() const override { return data_width_bytes_; }
  std::optional<base::PathClaim> claim(std::uint64_t address, std::uint64_t length,
                                       const sc_core::sc_time& asked) override;
  bool first(std::uint64_t number) const override;
  void end(std::uint64_t number) override;
  const sc_core::sc_event& ended() const override { return claim_ended_; }

  void archive(base::Archive& a) {
    a.fixed(statistics_);
    a(busy_until_);
    if (phased_ != nullptr) a(*phased_);
  }

 private:
  struct Mapping {
    std::string name;
    std::uint64_t base;
    std::uint64_t size;
    TargetSocket* socket;
    unsigned number;  ///< tag of the socket
  };
  struct OpenClaim {
    std::uint64_t number;
    const Mapping* target;
  };
  void transport(int master, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(int master, tlm::tlm_generic_payload& payload);
  bool get_dmi(int master, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate(int target, sc_dt::uint64 start, sc_dt::uint64 end);

  /// First mapping that begins above an address.
  std::vector<const Mapping*>::const_iterator above(std::uint64_t address) const;
  const Mapping* decode(std::uint64_t address) const;
  std::uint64_t beats_of(std::uint64_t address, std::uint64_t length) const;
  void refuse(int master, tlm::tlm_generic_payload& payload, const std::string& reason);
  /// Takes the path for `taken` cycles. @return the first of them
  sc_core::sc_time take(const sc_core::sc_time& ready, std::uint64_t taken);
  void occupy(int master, const tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  /// The mapping that takes all of a transfer; nullptr: refused.
  const Mapping* admit(int master, tlm::tlm_generic_payload& payload);
  tlm::tlm_sync_enum forward(int master, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void count(const Grant& grant);
  void wait_for_claims(const Mapping* target, sc_core::sc_time& delay);

  // PathHost.
  std::optional<unsigned> route(unsigned master, tlm::tlm_generic_payload& payload) override;
  std::uint64_t beats(const tlm::tlm_generic_payload& payload) const override;
  void granted(const Grant& grant) override { count(grant); }
  void access(unsigned master, unsigned target, tlm::tlm_generic_payload& payload,
              sc_core::sc_time& delay) override;
  void backward(unsigned master, tlm::tlm_generic_payload& payload, tlm::tlm_phase phase) override;

  /// @param mapping  nullptr for an access that was refused
  void carry(int master, const Mapping* mapping, tlm::tlm_generic_payload& payload,
             sc_core::sc_time& delay);
  /// @return false: a fault refuses the transfer
  bool survives(int master, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void require_before_elaboration(const std::string& what) const;

  base::Context& context_;
  const std::uint64_t hop_latency_cycles_;
  const std::uint64_t data_width_bytes_;
  const base::EventId beat_event_;
  std::vector<std::unique_ptr<MasterSocket>> masters_;
  std::vector<std::unique_ptr<TargetSocket>> targets_;
  std::vector<std::unique_ptr<Mapping>> mappings_;  ///< index = tag of the target socket
  std::vector<const Mapping*> sorted_;              ///< by base
  std::vector<MasterStatistics> statistics_;        ///< index = tag of the master socket
  sc_core::sc_time busy_until_;                     ///< when the data path is free again
  std::vector<OpenClaim> open_claims_;              ///< in the order of their numbers
  std::uint64_t claims_ = 0;
  sc_core::sc_event claim_ended_;
  std::unique_ptr<PhasedPath> phased_;  ///< approximately timed; else nullptr
  base::TransactionObserver* transactions_ = nullptr;
  TransferFaults* faults_ = nullptr;
};

}  // namespace leyden::bus
