#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/cim/job.h"
#include "models/cim/macro.h"
#include "models/cim/timing.h"
#include "platform/cosim/pin_types.h"

namespace leyden::cosim {

/// The behavioural macro behind the port of a CIM controller (docs/cosim-cim.md): phases that last
/// as long as cim::job_timing() says, and results of cim::Macro. Those are computed for the whole
/// job when it begins; the word lines of every position are compared with the im2col row they were
/// computed from, so that a result is given only for what the RTL has fed.
class CimMacroSide {
 public:
  struct Pins {
    PinSignal<1> check{"mac_check"};
    PinSignal<1> checked{"mac_checked"};
    PinSignal<1> not_written{"mac_not_written"};
    PinSignal<1> no_gain{"mac_no_gain"};
    PinSignal<1> run{"mac_run"};
    PinSignal<8> unit_first{"mac_unit_first"};
    PinSignal<8> unit_count{"mac_unit_count"};
    PinSignal<16> column_first{"mac_column_first"};
    PinSignal<16> window_count{"mac_window_count"};
    PinSignal<16> outputs{"mac_outputs"};
    PinSignal<4> in_bits{"mac_in_bits"};
    PinSignal<4> weight_bits{"mac_weight_bits"};
    PinSignal<4> out_bits{"mac_out_bits"};
    PinSignal<1> partial{"mac_partial"};
    PinSignal<9> range{"mac_range"};
    PinSignal<16> tile{"mac_tile"};
    PinSignal<16> abn_first{"mac_abn_first"};
    PinSignal<1> launch{"mac_launch"};
    PinSignal<1> array_start{"mac_array_start"};
    PinSignal<1> array_done{"mac_array_done"};
    PinSignal<1> last{"mac_last"};
    PinSignal<1> skip{"mac_skip"};
    PinSignal<1> conv_start{"mac_conv_start"};
    PinSignal<1> conv_done{"mac_conv_done"};
    PinSignal<1> res_load{"mac_res_load"};
    PinSignal<128> res_data{"mac_res_data"};
    PinSignal<1> res_take{"mac_res_take"};

    template <typename F>
    void visit(F&& f) const {
      f(check.basename(), 1u, check);
      f(checked.basename(), 1u, checked);
      f(not_written.basename(), 1u, not_written);
      f(no_gain.basename(), 1u, no_gain);
      f(run.basename(), 1u, run);
      f(unit_first.basename(), 8u, unit_first);
      f(unit_count.basename(), 8u, unit_count);
      f(column_first.basename(), 16u, column_first);
      f(window_count.basename(), 16u, window_count);
      f(outputs.basename(), 16u, outputs);
      f(in_bits.basename(), 4u, in_bits);
      f(weight_bits.basename(), 4u, weight_bits);
      f(out_bits.basename(), 4u, out_bits);
      f(partial.basename(), 1u, partial);
      f(range.basename(), 9u, range);
      f(tile.basename(), 16u, tile);
      f(abn_first.basename(), 16u, abn_first);
      f(launch.basename(), 1u, launch);
      f(array_start.basename(), 1u, array_start);
      f(array_done.basename(), 1u, array_done);
      f(last.basename(), 1u, last);
      f(skip.basename(), 1u, skip);
      f(conv_start.basename(), 1u, conv_start);
      f(conv_done.basename(), 1u, conv_done);
      f(res_load.basename(), 1u, res_load);
      f(res_data.basename(), 128u, res_data);
      f(res_take.basename(), 1u, res_take);
    }
  };
  /// What was on the pins in the cycle that has just ended.
  struct Cycle {
    bool launch = false;
    bool array_start = false;
    bool array_done = false;
    bool array_busy = false;
    bool conv_start = false;
    bool conv_done = false;
    bool conv_busy = false;
    bool res_load = false;
  };
  /// First byte of the word lines that is not what it should be.
  struct WrongLine {
    std::uint64_t position;
    std::size_t line;
    std::size_t element;  ///< of the window; its length and more: a line beyond it
    std::uint8_t expected;
    std::uint8_t found;
  };

  Pins pins;

  /// @param on_wrong  called for a position whose word lines are wrong
  explicit CimMacroSide(std::function<void(const WrongLine&)> on_wrong);

  /// The answer to mac_check, for one cycle.
  void answer(bool not_written, bool no_gain);
  /// @param input  the job's input; what it holds now is what the RTL must feed
  /// @param input_bytes  from its first to its last byte
  void begin(cim::Macro& macro, const cim::Job& job, const std::uint8_t* input,
             std::size_t input_bytes, base::Fidelity fidelity, const cim::JobDraws& draws,
             double clock_hz);
  /// A field of the job on the pins that is not the job's. "" when all are right
  std::string wrong_field(std::uint32_t& expected, std::uint32_t& found) const;
  /// A rising edge.
  Cycle on_edge();
  /// Bytes on the word lines after a launch, from line 0 on.
  void word_lines(const std::uint8_t* lines);

  const cim::JobCounts& counts() const { return counts_; }  ///< but for feed_bytes, write_bytes
  const cim::JobTiming& timing() const { return timing_; }
  /// What the controller waits for, or "".
  std::string waits_for() const;
  /// No phase ends from now on: for tests of what hangs.
  void never_end() { never_ends_ = true; }
  /// No answer to mac_check from now on.
  void never_answer() { never_answers_ = true; }
  /// The next job's results belong to an input that differs in one byte: for tests of what is told.
  void expect_other_input(std::size_t byte) { other_byte_ = byte + 1; }

 private:
  /// Counts a phase's cycles.
  struct Phase {
    std::uint64_t left = 0;
    /// @return whether the next cycle is the last one
    bool step(bool start, std::uint64_t cycles);
  };
  std::uint64_t phases_of(std::uint64_t position) const;
  void present_results();

  const std::function<void(const WrongLine&)> on_wrong_;
  cim::Job job_;
  cim::JobTiming timing_;
  cim::JobCounts counts_;
  std::vector<std::uint32_t> steps_;  ///< of each position, with zero skipping; else empty
  std::vector<std::uint8_t> input_;
  std::vector<std::uint8_t> row_;      ///< what the word lines must be
  std::vector<std::uint8_t> results_;  ///< positions x position_bytes
  std::size_t first_line_ = 0;
  std::size_t line_count_ = 0;  ///< of the units in use
  Phase array_;
  Phase converter_;
  std::uint64_t launched_ = 0;  ///< positions
  std::uint64_t compared_ = 0;
  std::uint64_t loaded_ = 0;  ///< positions whose results the writer got
  std::uint64_t phase_ = 0;   ///< of the position launched last
  std::size_t taken_ = 0;     ///< bytes of the results that were loaded last
  bool answering_ = false;
  bool never_ends_ = false;
  bool never_answers_ = false;
  std::size_t other_byte_ = 0;
};

}  // namespace leyden::cosim
