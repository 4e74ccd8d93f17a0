#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <systemc>

#include "models/base/clock.h"

namespace leyden::cosim {

/// Clock and reset of blocks of pins (RTL). Rising edges are edges of the chip's clock, also across
/// changes of its frequency; they come only while someone holds a request, and `idle_cycles` cycles
/// after. At rest `clk` is low and nothing is pending in the kernel. A clock that starts rises at
/// the chip's first edge at or after the request, so at once when it comes at an edge.
class GatedClock : public sc_core::sc_module {
 public:
  /// When `rst_n` is low for `reset_cycles` rising edges.
  enum class Reset {
    kAtStart,     ///< at time 0, in delta cycles: costs no time, and nothing waits for it
    kAtFirstUse,  ///< in clock cycles, before the first request gets its first edge
  };
  struct Options {
    Reset reset = Reset::kAtStart;
    unsigned reset_cycles = 4;  ///< 1 at least
    unsigned idle_cycles = 4;   ///< edges after the last request was released
    bool always = false;        ///< never stops, as an ordinary clock
  };

  sc_core::sc_signal<bool> clk{"clk"};
  sc_core::sc_signal<bool> rst_n{"rst_n"};  ///< released with a falling edge of clk

  GatedClock(const sc_core::sc_module_name& name, base::Clock& clock, const Options& options);
  GatedClock(const sc_core::sc_module_name& name, base::Clock& clock)
      : GatedClock(name, clock, Options{}) {}

  /// From now on `who` needs the clock. Asking twice is asking once. From any process.
  void run(const std::string& who);
  /// `who` needs it no more; nothing when it did not ask.
  void release(const std::string& who);
  /// Whether an edge will come.
  bool running() const { return running_; }
  /// Who holds a request, in order of asking.
  const std::vector<std::string>& holders() const { return holders_; }

  /// Asserts rst_n now, for `reset_cycles` rising edges. The clock runs for it by itself.
  void reset();
  bool in_reset() const { return !rst_n.read(); }
  /// Rising edges since the reset at the start (edges of kAtStart's are not counted).
  std::uint64_t edges() const { return edges_; }
  /// Whether clk rose at the kernel's present time: pins may still be driven as by that edge.
  bool rose_now() const {
    return clk.read() && edges_ > 0 && last_rise_ == sc_core::sc_time_stamp();
  }
  /// When clk rose last.
  const sc_core::sc_time& last_rise() const { return last_rise_; }
  const base::Clock& clock() const { return clock_; }

 private:
  void wake();
  bool power_up();
  void begin_reset();
  bool wanted() const;
  void rise(const sc_core::sc_time& now);
  void fall();
  sc_core::sc_time next_rise(const sc_core::sc_time& now) const;

  base::Clock& clock_;
  const Options options_;
  std::vector<std::string> holders_;
  sc_core::sc_event edge_event_;  ///< the next edge
  sc_core::sc_event kick_event_;  ///< something changed: look again
  sc_core::sc_time last_rise_;
  sc_core::sc_time fall_at_;
  std::uint64_t edges_ = 0;
  unsigned power_up_left_;  ///< edges of the reset in delta cycles, both directions
  unsigned reset_left_ = 0;
  unsigned idle_left_ = 0;
  bool reset_requested_ = false;
  bool high_ = false;
  bool running_ = true;
};

}  // namespace leyden::cosim
