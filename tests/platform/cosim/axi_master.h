#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include <systemc>

#include "platform/cosim/axi_burst.h"
#include "platform/cosim/gated_clock.h"
#include "platform/cosim/pins.h"
#include "tests/platform/cosim/flow_patterns.h"

namespace leyden::cosim {

/// An AXI4 master that plays what a test wrote down, as fast as the pins allow: all pins are
/// registers, data is shown with its address. Reads and writes are independent.
class AxiMaster : public sc_core::sc_module {
 public:
  static constexpr unsigned kBytes = 16;

  struct Beat {
    std::uint8_t lanes[kBytes] = {};
    std::uint32_t strobes = 0;
  };
  struct Burst {
    AxiBurst shape;
    std::uint32_t id = 0;
    std::vector<Beat> beats;  ///< of a write; a read: filled
    // What came back.
    std::vector<std::uint32_t> responses;  ///< one a beat of a read, one of a write
    std::vector<bool> lasts;               ///< of a read
    std::vector<std::uint32_t> ids;
    sc_core::sc_time shown;  ///< edge at which the address was shown
    sc_core::sc_time ended;  ///< edge at which the last beat or the response was taken
    bool done = false;
  };

  AxiMaster(sc_core::sc_module_name name, Axi4Pins<128>& pins, GatedClock& clock);

  Burst& read(const AxiBurst& shape, std::uint32_t id = 0);
  Burst& write(const AxiBurst& shape, const std::vector<Beat>& beats, std::uint32_t id = 0);
  /// Runs the simulation until all is done, or at most this long.
  void run(const sc_core::sc_time& limit = sc_core::sc_time(1, sc_core::SC_MS));
  bool idle() const;
  void clear();

  FlowPattern flow = [](AxiChannel, std::uint64_t) { return true; };
  /// Waits for each burst's end before it shows the next one of the direction.
  bool one_at_a_time = false;

 private:
  void step();
  void step_reads();
  void step_writes();
  bool flows(AxiChannel channel) const { return flow(channel, clock_.edges()); }

  Axi4Pins<128>& pins_;
  GatedClock& clock_;
  std::deque<Burst> reads_, writes_;
  std::size_t ar_ = 0, r_ = 0, aw_ = 0, w_ = 0, b_ = 0;  ///< first burst not done on a channel
  std::size_t w_beat_ = 0;
  bool ar_valid_ = false, aw_valid_ = false, w_valid_ = false;
};

}  // namespace leyden::cosim
