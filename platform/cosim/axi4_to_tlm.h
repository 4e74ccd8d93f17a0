#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>

#include "models/base/begun_extension.h"
#include "models/base/data_path.h"
#include "models/base/tlm_helpers.h"
#include "platform/cosim/axi4_checker.h"
#include "platform/cosim/axi_burst.h"
#include "platform/cosim/pin_adapter.h"
#include "platform/cosim/pins.h"

namespace leyden::cosim {

/// How an RTL master is carried onto the bus.
struct MasterOptions {
  /// Name of the master on the bus (InitiatorExtension); "": the adapter's name.
  std::string initiator;
  /// Bursts of each direction taken at once; answers come in order.
  unsigned outstanding = 4;
  /// Delta cycles to wait before the bus is asked: of masters at one time the lower one is first.
  unsigned order = 0;
  /// How many bytes of a read burst are wanted, from its first on; the others read 0 and are not
  /// asked of the bus. Called while its address stands on the pins. (A block that reads whole beats
  /// and uses a part knows; AXI cannot tell.)
  std::function<unsigned(std::uint64_t address, unsigned length)> wanted_bytes;
};

/// The slave of an RTL master's AXI4 pins: each burst is one TLM transaction. INCR, WRAP, FIXED,
/// narrow and unaligned; strobes become the range of bytes they enable, or byte enables where that
/// has holes; IDs are given back; TLM_ADDRESS_ERROR is DECERR, other errors are SLVERR.
///
/// Time, in cycles, D being what the bus and the target annotated (docs/cosim-adapters.md):
///
///     read   the last beat is taken D - 1 after the address was, the others one a cycle before
///     write  the response is taken D - beats after the last beat was
///
/// but nothing sooner than pins allow. So a master that shows an address at edge t has its read's
/// last beat at t + D, and the response to its write (data without gaps) too: as the TLM model.
///
/// With a data path (set_path) a burst claims its beats there in the cycle in which its address
/// and, of a write, its first beat are shown and will be taken: other masters wait for it or it for
/// them as for a TLM master that asks at that edge. The claim of a write whose data have gaps is
/// given up when its cycles have passed.
template <unsigned kBits>
class Axi4ToTlm : public PinAdapter {
 public:
  tlm_utils::simple_initiator_socket<Axi4ToTlm, base::kBusBits> socket{"socket"};

  Axi4ToTlm(const sc_core::sc_module_name& name, Axi4Pins<kBits>& pins, GatedClock& clock,
            const AdapterOptions& options = {}, const MasterOptions& master = {});

  /// The data path behind `socket`; none: the bus is asked with the transaction, when it is known.
  void set_path(base::DataPath* path) { path_ = path; }

  /// Whether bursts are under way.
  bool busy() const { return !reads_.empty() || !writes_.empty() || !beats_.empty(); }

 private:
  static constexpr unsigned kBytes = kBits / 8;
  /// W beats taken ahead of what was answered: two of the longest bursts.
  static constexpr std::size_t kMostBeats = 512;

  struct Burst {
    AxiBurst shape;
    std::uint32_t id = 0;
    std::vector<std::uint8_t> data;
    std::vector<std::uint8_t> enables;  ///< of a write, a byte a byte of data
    unsigned beat = 0;                  ///< next one to be transferred
    std::uint64_t due = 0;              ///< edge at which the last beat or the response is taken
    bool asked = false;                 ///< the bus has been
    bool complete = false;              ///< all data of a write is here
    unsigned wanted = 0;                ///< bytes of a read
    std::optional<base::PathClaim> claim;
    AxiResponse response = AxiResponse::kOkay;
  };
  struct WriteBeat {
    std::uint8_t data[kBytes];
    std::uint64_t strobes;
  };

  void on_edge() override;
  void on_kick() override;
  void on_reset() override;

  AxiBurst shape_of(const typename Axi4Pins<kBits>::Address& pins) const;
  unsigned wanted_of(const AxiBurst& shape) const;
  void take_address(const typename Axi4Pins<kBits>::Address& pins, std::deque<Burst>& queue);
  void claim_shown();
  std::optional<base::PathClaim> claim_write(const AxiBurst& shape);
  static void attach(std::optional<base::PathClaim>& claim, Burst& burst);
  void end_claim(std::optional<base::PathClaim>& claim);
  void give_up_late(std::deque<Burst>& queue);
  void take_write_beat();
  void assemble();
  void end_read_beat();
  void end_response();
  void drive_ready();
  void drive_read();
  void drive_response();
  void check_waits() const;
  void check_wait_for_data() const;

  void read_thread();
  void write_thread();
  /// Asks the bus for every burst of a queue that is ready for it. In a thread: may wait.
  void ask_all(std::deque<Burst>& queue, bool write);
  unsigned ask_write(Burst& burst, sc_core::sc_time& delay);
  unsigned ask_read(Burst& burst, sc_core::sc_time& delay);
  typename std::deque<Burst>::iterator not_asked(std::deque<Burst>& queue);
  unsigned transport(tlm::tlm_generic_payload& payload, base::BegunExtension& begun,
                     const Burst& burst, unsigned passed, sc_core::sc_time& delay);

  Axi4Pins<kBits>& pins_;
  std::unique_ptr<Axi4Checker<kBits>> checker_;
  const MasterOptions master_;
  const std::string initiator_;
  // Before the payloads, which refer to them until they are destroyed.
  base::BegunExtension read_begun_;
  base::BegunExtension write_begun_;
  base::Payload read_payload_;
  base::Payload write_payload_;
  base::DataPath* path_ = nullptr;
  unsigned claim_deltas_ = 0;  ///< waited in this cycle
  // Of the burst whose address is on the pins.
  std::optional<base::PathClaim> read_claim_;
  std::optional<base::PathClaim> write_claim_;
  sc_core::sc_event read_event_;
  sc_core::sc_event write_event_;
  std::deque<Burst> reads_;      ///< in order of their addresses; the first one is answered
  std::deque<Burst> writes_;     ///< likewise
  std::deque<WriteBeat> beats_;  ///< taken, and not yet part of a burst
  bool read_valid_ = false;      ///< r.valid as driven
  bool response_valid_ = false;  ///< b.valid as driven
  std::uint64_t resets_ = 0;     ///< edges in reset: bursts from before are gone
  // Edges, for time-outs.
  std::uint64_t read_since_ = 0;
  std::uint64_t response_since_ = 0;
  std::uint64_t data_moved_ = 0;
};

extern template class Axi4ToTlm<32>;
extern template class Axi4ToTlm<64>;
extern template class Axi4ToTlm<128>;

}  // namespace leyden::cosim
