#include "models/bus/phased_path.h"

#include <algorithm>
#include <utility>

#include "models/base/archive_time.h"
#include "models/base/error.h"
#include "models/base/phased_master.h"

namespace leyden::bus {

/// Calls one target, transaction by transaction.
class PhasedPath::TargetThread : public sc_core::sc_module {
 public:
  TargetThread(const sc_core::sc_module_name& name, PhasedPath& path)
      : sc_module(name), path_(path) {
    SC_HAS_PROCESS(TargetThread);
    SC_THREAD(run);
  }

  /// @param begins   middle of the cycle of the first beat
  /// @param arrives  edge at which the last beat has arrived
  void access(std::shared_ptr<Transaction> transaction, const sc_core::sc_time& begins,
              const sc_core::sc_time& arrives) {
    queue_.push_back({std::move(transaction), begins, arrives});
    added_.notify(sc_core::SC_ZERO_TIME);
  }

 private:
  struct Access {
    std::shared_ptr<Transaction> transaction;
    sc_core::sc_time begins;
    sc_core::sc_time arrives;
  };

  void run() {
    for (;;) {
      while (queue_.empty()) wait(added_);
      const Access next = std::move(queue_.front());
      queue_.pop_front();
      if (next.begins > sc_core::sc_time_stamp()) wait(next.begins - sc_core::sc_time_stamp());
      // Late because the one before took long: its beats waited in the target's port.
      const sc_core::sc_time arrives =
          std::max(next.arrives, path_.context_.clock.next_edge(sc_core::sc_time_stamp()));
      sc_core::sc_time delay = arrives - sc_core::sc_time_stamp();
      path_.host_.access(next.transaction->master, next.transaction->target,
                         *next.transaction->payload, delay);
      path_.respond(next.transaction, sc_core::sc_time_stamp() + delay);
    }
  }

  PhasedPath& path_;
  std::deque<Access> queue_;
  sc_core::sc_event added_;
};

PhasedPath::PhasedPath(const sc_core::sc_module_name& name, base::Context& context, PathHost& host,
                       std::uint64_t hop_cycles)
    : sc_module(name), context_(context), host_(host), hop_cycles_(hop_cycles) {
  SC_HAS_PROCESS(PhasedPath);
  SC_METHOD(arbitrate);
  sensitive << arbitrate_event_;
  dont_initialize();
  SC_METHOD(tell);
  sensitive << signal_event_;
  dont_initialize();
}

PhasedPath::~PhasedPath() = default;

void PhasedPath::add_target(const std::string& target) {
  targets_.push_back(std::make_unique<TargetThread>(("call_" + target).c_str(), *this));
}

void PhasedPath::archive(base::Archive& a) {
  if (!idle()) a.refuse("a transaction is under way on the bus");
  a(busy_until_);
}

sc_core::sc_time PhasedPath::middle_of(const sc_core::sc_time& edge) const {
  return edge + sc_core::sc_time::from_value(context_.clock.period().value() / 2);
}

tlm::tlm_sync_enum PhasedPath::forward(unsigned master, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP) return tlm::TLM_COMPLETED;
  if (phase != tlm::BEGIN_REQ) {
    throw base::ModelError(std::string(name()) + ": master " + std::to_string(master) +
                           " sends a phase that is neither BEGIN_REQ nor END_RESP");
  }
  const std::optional<unsigned> target = host_.route(master, payload);
  if (!target) {
    if (lock_ == master) unlock();
    return tlm::TLM_COMPLETED;
  }
  payload.acquire();
  auto transaction = std::make_shared<Transaction>();
  transaction->master = master;
  transaction->target = *target;
  transaction->payload = &payload;
  transaction->asked = context_.clock.next_edge(sc_core::sc_time_stamp() + delay);
  transaction->locks = payload.get_extension<base::LockExtension>() != nullptr;
  ask(transaction);
  return tlm::TLM_ACCEPTED;
}

void PhasedPath::blocking(unsigned master, tlm::tlm_generic_payload& payload,
                          sc_core::sc_time& delay) {
  const sc_core::sc_process_handle process = sc_core::sc_get_current_process_handle();
  if (!process.valid() || process.proc_kind() == sc_core::SC_METHOD_PROC_) {
    throw base::ModelError(std::string(name()) +
                           ": blocking transport with system.timing = approximate waits, so its "
                           "caller must be a thread process");
  }
  const std::optional<unsigned> target = host_.route(master, payload);
  if (!target) return;
  sc_core::sc_event done;
  auto transaction = std::make_shared<Transaction>();
  transaction->master = master;
  transaction->target = *target;
  transaction->payload = &payload;
  transaction->asked = context_.clock.next_edge(sc_core::sc_time_stamp() + delay);
  transaction->done = &done;
  ask(transaction);
  while (!transaction->finished) sc_core::wait(done);
  delay = sc_core::SC_ZERO_TIME;
}

void PhasedPath::ask(const std::shared_ptr<Transaction>& transaction) {
  waiting_.push_back(transaction);
  const sc_core::sc_time from = std::max(transaction->asked, context_.clock.next_edge(busy_until_));
  const sc_core::sc_time at = middle_of(from);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  arbitrate_event_.notify(at > now ? at - now : sc_core::SC_ZERO_TIME);
}

void PhasedPath::arbitrate() {
  // The edge of the cycle in whose middle this is.
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time edge =
      context_.clock.next_edge(now) -
      (context_.clock.next_edge(now) > now ? context_.clock.period() : sc_core::SC_ZERO_TIME);
  if (busy_until_ <= edge) {
    auto first = waiting_.end();
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
      const Transaction& one = **it;
      if (one.asked > edge || (lock_ && one.master != *lock_)) continue;
      if (first == waiting_.end() ||
          std::tie(one.asked, one.master) < std::tie((*first)->asked, (*first)->master)) {
        first = it;
      }
    }
    if (first != waiting_.end()) {
      const std::shared_ptr<Transaction> transaction = *first;
      waiting_.erase(first);
      grant(transaction, edge);
    }
  }
  // The next one that may come; those that a lock keeps out are looked at when it ends.
  sc_core::sc_time next = sc_core::sc_max_time();
  for (const auto& one : waiting_) {
    if (!lock_ || one->master == *lock_) next = std::min(next, one->asked);
  }
  if (next == sc_core::sc_max_time()) return;
  const sc_core::sc_time at = middle_of(
      context_.clock.next_edge(std::max({next, busy_until_, edge + context_.clock.period()})));
  arbitrate_event_.notify(at - now);
}

void PhasedPath::grant(const std::shared_ptr<Transaction>& transaction,
                       const sc_core::sc_time& edge) {
  const std::uint64_t beats = host_.beats(*transaction->payload);
  // Without data the request itself takes the path for a cycle.
  const sc_core::sc_time taken = context_.clock.cycles(std::max<std::uint64_t>(beats, 1));
  const sc_core::sc_time hop = context_.clock.cycles(hop_cycles_);
  busy_until_ = edge + taken;
  ++under_way_;
  if (transaction->locks) {
    lock_ = transaction->master;
  } else if (lock_ == transaction->master) {
    lock_.reset();
  }
  host_.granted({transaction->master, transaction->payload,
                 context_.clock.cycles_at(transaction->asked), context_.clock.cycles_at(edge),
                 beats});
  if (transaction->done == nullptr) signal(busy_until_, tlm::END_REQ, transaction);
  targets_[transaction->target]->access(transaction, middle_of(edge + hop), busy_until_ + hop);
}

void PhasedPath::unlock() {
  lock_.reset();
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  arbitrate_event_.notify(middle_of(context_.clock.next_edge(now)) - now);
}

void PhasedPath::respond(const std::shared_ptr<Transaction>& transaction,
                         const sc_core::sc_time& when) {
  if (transaction->locks && !transaction->payload->is_response_ok()) unlock();
  signal(when, tlm::BEGIN_RESP, transaction);
}

void PhasedPath::signal(const sc_core::sc_time& when, tlm::tlm_phase_enum phase,
                        const std::shared_ptr<Transaction>& transaction) {
  signals_.emplace(SignalKey{when, phase == tlm::END_REQ ? 0 : 1, transaction->master},
                   transaction);
  signal_event_.notify(std::get<0>(signals_.begin()->first) - sc_core::sc_time_stamp());
}

void PhasedPath::tell() {
  while (!signals_.empty() && std::get<0>(signals_.begin()->first) <= sc_core::sc_time_stamp()) {
    const bool response = std::get<1>(signals_.begin()->first) != 0;
    const std::shared_ptr<Transaction> transaction = signals_.begin()->second;
    signals_.erase(signals_.begin());
    if (!response) {
      host_.backward(transaction->master, *transaction->payload, tlm::END_REQ);
      continue;
    }
    --under_way_;
    if (transaction->done != nullptr) {
      transaction->finished = true;
      transaction->done->notify(sc_core::SC_ZERO_TIME);
      continue;
    }
    host_.backward(transaction->master, *transaction->payload, tlm::BEGIN_RESP);
    transaction->payload->release();
  }
  if (signals_.empty()) return;
  signal_event_.notify(std::get<0>(signals_.begin()->first) - sc_core::sc_time_stamp());
}

}  // namespace leyden::bus
