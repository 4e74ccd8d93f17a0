#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include <systemc>

#include "models/base/context.h"
#include "models/memory/beat_port.h"

namespace leyden::memory {

/// Who has the banks of LMEM, cycle by cycle, when the chip is approximately timed. A bank serves
/// one beat a cycle. Of the units' beats that wait the oldest comes first, of one cycle the one of
/// the lowest rank; the bus takes the cycles that units leave, its accesses in order. A bank
/// decides three quarters into a cycle, when all that ask in it have asked: units at its edge, the
/// bus in its middle.
class BankArbiter : public sc_core::sc_module {
 public:
  static constexpr unsigned kBanks = 2;
  /// Told of each beat of a unit, for its energy.
  using Count = std::function<void(bool write)>;

  BankArbiter(const sc_core::sc_module_name& name, base::Context& context, Count count);

  void request(unsigned bank, BeatClient& client, bool write, unsigned rank);

  /// Beats that the bus brings to a bank, one a cycle from cycle `from` on.
  struct BusUse {
    unsigned bank = 0;
    std::uint64_t from = 0;
    std::uint64_t beats = 0;
    bool served = false;
  };
  /// Serves them; the caller, a thread process, waits until the last one is. No beat is served
  /// before it is there.
  void serve(std::vector<BusUse>& uses);

 private:
  struct Waiting {
    BeatClient* client;
    std::uint64_t since;  ///< cycle
    unsigned rank;
    bool write;
  };
  struct BusQueue {
    BusUse* use;
    std::uint64_t done;  ///< beats served
    sc_core::sc_event* event;
  };
  struct Bank {
    std::vector<Waiting> units;
    std::deque<BusQueue> bus;
  };

  void decide();  // SC_METHOD
  void decide(unsigned number, std::uint64_t cycle);
  void wake(std::uint64_t cycles_from_now);
  void tell(unsigned bank, bool for_bus, std::uint64_t cycle) const;

  base::Context& context_;
  const Count count_;
  std::array<Bank, kBanks> banks_;
  std::uint64_t decided_ = 0;  ///< the cycle after the last one in which banks decided
  sc_core::sc_event event_;
};

}  // namespace leyden::memory
