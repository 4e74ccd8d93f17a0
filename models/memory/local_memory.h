#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/base/context.h"
#include "models/base/transaction_observer.h"
#include "models/memory/bank_arbiter.h"
#include "models/memory/bank_load.h"
#include "models/memory/lmem_port.h"
#include "models/memory/storage.h"

namespace leyden::memory {

/// LMEM: the activation buffers, two banks of `lmem.bank_bytes`, A below B. Masters reach it
/// through `socket`, units through `port`.
///
/// A bus read of a region claimed for writing and a bus write of any claimed region end in a
/// generic error response and an error report that names both. Claims of one owner may overlap: a
/// unit orders its own accesses (in-place operations).
///
/// With `system.timing` = approximate a BankArbiter takes the place of the banks' loads:
/// b_transport then waits until the bank has served what the bus brings, so its caller is a thread.
class LocalMemory : public sc_core::sc_module, public LmemPortIf, private BeatPortIf {
 public:
  /// Scope `lmem`.
  static std::vector<base::ParameterSpec> parameters();

  tlm_utils::simple_target_socket<LocalMemory, 128> socket{"socket"};
  sc_core::sc_export<LmemPortIf> port{"port"};

  LocalMemory(sc_core::sc_module_name name, base::Context& context);

  std::uint64_t size() const { return storage_.size(); }  ///< both banks
  /// Power-up contents again and nothing written, as at the barrier before each image. Pointers
  /// that data() gave are void from here on. @throws ModelError while a region is claimed
  void reset_contents();
  /// Calls back after each write, of masters and of units. Offsets.
  void set_write_observer(Storage::WriteObserver observer) {
    storage_.set_write_observer(std::move(observer));
  }
  /// Who is told of what units read and write; nullptr (the default): nobody. No part of the state.
  void set_transaction_observer(base::TransactionObserver* observer) { transactions_ = observer; }
  const ErrorCodeCost& error_code() const { return ecc_; }
  /// The words its error code looks after; nullptr without one.
  ProtectedWords* protected_words() const { return storage_.protected_words(); }
  /// A fault: flips one bit. A job that has begun is not concerned: it read when it started.
  /// @return number of the flip
  std::size_t flip(std::uint64_t offset, unsigned bit) { return storage_.flip(offset, bit); }
  FlipFate flip_fate(std::size_t number) const { return storage_.flipped()->fate(number); }
  bool claimed() const { return !claims_.empty(); }  ///< a unit has a job under way
  void archive(base::Archive& a) { a(storage_, banks_, next_claim_); }  ///< while not claimed()

  std::uint8_t* data(const Region& region) override;
  ClaimId claim(const std::string& owner, ClaimMode mode, const Region& region) override;
  void release(ClaimId claim) override;
  std::uint64_t occupy(const Region& region, std::uint64_t read_beats, std::uint64_t write_beats,
                       std::uint64_t cycles) override;
  void mark_written(const Region& region) override;
  BeatPortIf* beat_port() override { return arbiter_ == nullptr ? nullptr : this; }

 private:
  struct Claim {
    ClaimId id;
    std::string owner;
    ClaimMode mode;
    Region region;
  };
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);
  /// The claim that stands against an access, or nullptr.
  const Claim* against(const std::string& owner, ClaimMode mode, const Region& region) const;
  bool refused(const tlm::tlm_generic_payload& payload);
  std::uint64_t wait_cycles(std::uint64_t offset, std::uint64_t length,
                            const sc_core::sc_time& arrival);
  void request_beat(BeatClient& client, std::uint64_t address, bool write, unsigned rank) override;
  /// Waits until the banks have served a bus access that arrives by now + delay.
  /// @return the delay until then from the time it is then
  sc_core::sc_time wait_for_beats(std::uint64_t offset, std::uint64_t length,
                                  const sc_core::sc_time& delay);
  /// Words that a write covers in part are read first.
  void count_first_reads(std::uint64_t offset, std::uint64_t length);
  void tell(unsigned bank, bool for_bus, std::uint64_t beats, std::uint64_t start,
            std::uint64_t end) const;
  /// As the observer is told of it.
  base::LmemRegion told(const Region& region);
  /// Offset of a region. @throws ModelError when it is not wholly in LMEM
  std::uint64_t require(const Region& region, const char* what) const;
  bool inside(const Region& region) const;

  base::Context& context_;
  const std::uint64_t bank_bytes_;
  Storage storage_;
  const std::uint64_t latency_cycles_;
  const base::EventId read_event_;   ///< one 16-byte beat read
  const base::EventId write_event_;  ///< one 16-byte beat written
  const ErrorCodeCost ecc_;
  std::array<BankLoad, 2> banks_;
  std::unique_ptr<BankArbiter> arbiter_;  ///< approximately timed; else nullptr
  std::vector<Claim> claims_;
  base::TransactionObserver* transactions_ = nullptr;
  ClaimId next_claim_ = 1;
};

}  // namespace leyden::memory
