#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/memory/lmem_port.h"
#include "platform/cosim/pin_types.h"

namespace leyden::cosim {

/// LMEM as the pins of a CIM controller see it: a port to read and one to write, each a beat of up
/// to 16 bytes a cycle from any byte address (16 lanes with a row address each). A read is answered
/// in the cycle after its grant.
///
/// Grants are given in advance. Contention: what a port moved in a window of kWindow cycles is told
/// to the banks (memory::LmemPortIf::occupy()) as the load of the next one; what they ask for on
/// top is taken off the grants.
class CimLmemSide {
 public:
  static constexpr unsigned kWindow = 32;

  struct Pins {
    PinSignal<1> r_req{"lmem_r_req"};
    PinSignal<32> r_addr{"lmem_r_addr"};
    PinSignal<16> r_strb{"lmem_r_strb"};
    PinSignal<1> r_gnt{"lmem_r_gnt"};
    PinSignal<1> r_valid{"lmem_r_valid"};
    PinSignal<128> r_data{"lmem_r_data"};
    PinSignal<1> w_req{"lmem_w_req"};
    PinSignal<32> w_addr{"lmem_w_addr"};
    PinSignal<128> w_data{"lmem_w_data"};
    PinSignal<16> w_strb{"lmem_w_strb"};
    PinSignal<1> w_gnt{"lmem_w_gnt"};

    template <typename F>
    void visit(F&& f) const {
      f(r_req.basename(), 1u, r_req);
      f(r_addr.basename(), 32u, r_addr);
      f(r_strb.basename(), 16u, r_strb);
      f(r_gnt.basename(), 1u, r_gnt);
      f(r_valid.basename(), 1u, r_valid);
      f(r_data.basename(), 128u, r_data);
      f(w_req.basename(), 1u, w_req);
      f(w_addr.basename(), 32u, w_addr);
      f(w_data.basename(), 128u, w_data);
      f(w_strb.basename(), 16u, w_strb);
      f(w_gnt.basename(), 1u, w_gnt);
    }
  };
  /// What happened in the cycle that has just ended.
  struct Cycle {
    bool read = false;     ///< a beat
    bool written = false;  ///< a beat
    bool stalled = false;  ///< a port asked and was not granted
  };

  Pins pins;

  explicit CimLmemSide(std::string unit);

  void begin(memory::LmemPortIf& lmem, const memory::Region& input, const memory::Region& output);
  /// A rising edge of a job. @throws base::ModelError: an access outside the job's regions
  Cycle on_edge();
  /// The job is over: what was moved since the last window is counted.
  void end();

  std::uint64_t read_bytes() const { return read_bytes_; }    ///< of this job
  std::uint64_t write_bytes() const { return write_bytes_; }  ///< of this job
  /// No grant at all: for tests of what hangs, before the simulation starts.
  void never_grant();

 private:
  /// A port's part of the contention.
  struct Load {
    memory::Region region;
    std::uint64_t beats = 0;  ///< of this window
    std::uint64_t stalls = 0;
  };
  void read();
  void write();
  void charge(Load& load, bool reads, std::uint64_t cycles);
  std::uint8_t* at(const Load& load, std::uint32_t address, std::uint32_t lanes,
                   const char* what) const;

  const std::string unit_;
  memory::LmemPortIf* lmem_ = nullptr;
  Load reads_;
  Load writes_;
  unsigned window_cycle_ = 0;
  std::uint64_t read_bytes_ = 0;
  std::uint64_t write_bytes_ = 0;
  bool never_grants_ = false;
};

}  // namespace leyden::cosim
