#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <systemc>
#include <tlm>

#include "models/base/context.h"

namespace leyden::bus {

/// A transaction that was granted the data path.
struct Grant {
  unsigned master = 0;
  const tlm::tlm_generic_payload* payload = nullptr;
  std::uint64_t asked = 0;  ///< cycle of the request
  std::uint64_t first = 0;  ///< cycle of the first beat
  std::uint64_t beats = 0;
};

/// What a phased path needs of its interconnect.
class PathHost {
 public:
  virtual ~PathHost() = default;
  /// Number of the target that answers, or none: then the payload has the error response.
  virtual std::optional<unsigned> route(unsigned master, tlm::tlm_generic_payload& payload) = 0;
  virtual std::uint64_t beats(const tlm::tlm_generic_payload& payload) const = 0;
  virtual void granted(const Grant& grant) = 0;
  /// Blocking transport into a target; the payload's address is the bus's.
  virtual void access(unsigned master, unsigned target, tlm::tlm_generic_payload& payload,
                      sc_core::sc_time& delay) = 0;
  /// A phase on a master's backward path.
  virtual void backward(unsigned master, tlm::tlm_generic_payload& payload,
                        tlm::tlm_phase phase) = 0;
};

/// The interconnect's data path, approximately timed. A cycle has a fixed order: masters ask at its
/// edge (BEGIN_REQ); in its middle the request that was made first is granted, of those of one edge
/// the lowest master's; the path is taken for a cycle a beat. END_REQ comes at the edge after the
/// last beat, BEGIN_RESP when the target has answered, and a master's next response waits for
/// END_RESP. The target is called in the middle of the cycle in which its first beat arrives, with
/// the time of the last one's arrival as delay: at its first beat a transfer is under way, and no
/// two transfers ever begin in one cycle, so the order does not depend on processes.
///
///     edge g     BEGIN_REQ, granted in the middle of cycle g or a later one
///     g + beats              END_REQ
///     g + hop                first beat at the target, whose b_transport is called half a cycle on
///     T = g + beats + hop    last beat at the target
///     T + its delay          BEGIN_RESP, then END_RESP
///
/// A target may wait in its b_transport: its other transactions then wait for it, the path does
/// not.
class PhasedPath : public sc_core::sc_module {
 public:
  PhasedPath(const sc_core::sc_module_name& name, base::Context& context, PathHost& host,
             std::uint64_t hop_cycles);
  ~PhasedPath() override;

  /// Before elaboration ends; targets are numbered in the order of the calls.
  void add_target(const std::string& target);
  /// nb_transport_fw of a master.
  tlm::tlm_sync_enum forward(unsigned master, tlm::tlm_generic_payload& payload,
                             tlm::tlm_phase& phase, sc_core::sc_time& delay);
  /// b_transport of a master that knows no phases (RTL behind an adapter): the same request, and
  /// the caller, a thread process, waits for its response.
  void blocking(unsigned master, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  /// Nothing is under way.
  bool idle() const { return waiting_.empty() && under_way_ == 0; }
  void archive(base::Archive& a);

 private:
  /// One transaction from BEGIN_REQ to END_RESP.
  struct Transaction {
    unsigned master = 0;
    unsigned target = 0;
    tlm::tlm_generic_payload* payload = nullptr;
    sc_core::sc_time asked;  ///< edge
    bool locks = false;
    sc_core::sc_event* done = nullptr;  ///< of a blocking master; null: phases
    bool finished = false;
  };
  class TargetThread;
  /// What is told to masters, in the order of time, of END_REQ before BEGIN_RESP, of masters.
  using SignalKey = std::tuple<sc_core::sc_time, int, unsigned>;

  sc_core::sc_time middle_of(const sc_core::sc_time& edge) const;
  void ask(const std::shared_ptr<Transaction>& transaction);
  void arbitrate();  // SC_METHOD
  void grant(const std::shared_ptr<Transaction>& transaction, const sc_core::sc_time& edge);
  void unlock();
  void signal(const sc_core::sc_time& when, tlm::tlm_phase_enum phase,
              const std::shared_ptr<Transaction>& transaction);
  void tell();  // SC_METHOD
  void respond(const std::shared_ptr<Transaction>& transaction, const sc_core::sc_time& when);

  base::Context& context_;
  PathHost& host_;
  const std::uint64_t hop_cycles_;
  std::vector<std::unique_ptr<TargetThread>> targets_;
  std::vector<std::shared_ptr<Transaction>> waiting_;  ///< asked, not granted
  std::size_t under_way_ = 0;                          ///< granted, not answered
  std::optional<unsigned> lock_;                       ///< the master nobody else comes between
  sc_core::sc_time busy_until_;
  sc_core::sc_event arbitrate_event_;
  std::multimap<SignalKey, std::shared_ptr<Transaction>> signals_;
  sc_core::sc_event signal_event_;
};

}  // namespace leyden::bus
