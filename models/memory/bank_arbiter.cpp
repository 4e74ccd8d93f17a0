#include "models/memory/bank_arbiter.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "models/base/activity_observer.h"

namespace leyden::memory {

BankArbiter::BankArbiter(const sc_core::sc_module_name& name, base::Context& context, Count count)
    : sc_module(name), context_(context), count_(std::move(count)) {
  SC_HAS_PROCESS(BankArbiter);
  SC_METHOD(decide);
  sensitive << event_;
  dont_initialize();
}

/// Decides in the present cycle or in one to come, never twice in one.
void BankArbiter::wake(std::uint64_t cycles_from_now) {
  const std::uint64_t cycle = context_.clock.cycles_at(sc_core::sc_time_stamp());
  if (cycle < decided_) cycles_from_now = std::max<std::uint64_t>(cycles_from_now, 1);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time next = context_.clock.next_edge(now);
  const std::uint64_t period = context_.clock.period().value();
  const sc_core::sc_time edge = next > now ? next - context_.clock.period() : now;
  const sc_core::sc_time at = edge + context_.clock.cycles(cycles_from_now) +
                              sc_core::sc_time::from_value(period - period / 4);
  event_.notify(at > now ? at - now : sc_core::SC_ZERO_TIME);
}

void BankArbiter::request(unsigned bank, BeatClient& client, bool write, unsigned rank) {
  const std::uint64_t cycle = context_.clock.cycles_at(sc_core::sc_time_stamp());
  banks_.at(bank).units.push_back({&client, cycle, rank, write});
  wake(0);
}

void BankArbiter::serve(std::vector<BusUse>& uses) {
  sc_core::sc_event served;
  for (BusUse& use : uses) {
    if (use.beats == 0) {
      use.served = true;
    } else {
      banks_.at(use.bank).bus.push_back({&use, 0, &served});
    }
  }
  wake(0);
  const auto all = [&uses] {
    return std::all_of(uses.begin(), uses.end(), [](const BusUse& use) { return use.served; });
  };
  while (!all()) sc_core::wait(served);
}

void BankArbiter::tell(unsigned bank, bool for_bus, std::uint64_t cycle) const {
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->bank(bank, for_bus, 1, cycle, cycle + 1);
  }
}

void BankArbiter::decide(unsigned number, std::uint64_t cycle) {
  Bank& bank = banks_[number];
  if (!bank.units.empty()) {
    const auto first = std::min_element(
        bank.units.begin(), bank.units.end(), [](const Waiting& a, const Waiting& b) {
          return std::tie(a.since, a.rank) < std::tie(b.since, b.rank);
        });
    const Waiting winner = *first;
    bank.units.erase(first);
    count_(winner.write);
    tell(number, false, cycle);
    winner.client->beat_served();
    return;
  }
  if (bank.bus.empty()) return;
  BusQueue& head = bank.bus.front();
  if (head.use->from + head.done > cycle) return;  // the beat is not there yet
  tell(number, true, cycle);
  if (++head.done < head.use->beats) return;
  head.use->served = true;
  head.event->notify(sc_core::SC_ZERO_TIME);
  bank.bus.pop_front();
}

void BankArbiter::decide() {
  const std::uint64_t cycle = context_.clock.cycles_at(sc_core::sc_time_stamp());
  decided_ = cycle + 1;
  bool more = false;
  for (unsigned number = 0; number < kBanks; ++number) {
    decide(number, cycle);
    more = more || !banks_[number].units.empty() || !banks_[number].bus.empty();
  }
  if (more) wake(1);
}

}  // namespace leyden::memory
