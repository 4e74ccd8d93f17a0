#pragma once

#include <cstdint>

#include "models/base/activity_observer.h"
#include "platform/cosim/rtl_cim_lmem.h"
#include "platform/cosim/rtl_cim_macro.h"

namespace leyden::cosim {

/// What a job of a CIM controller did in each cycle, as its pins tell, put together into the span
/// that cim::CimUnit tells of its own: cycles by what bounds them (a slot from a launch to the next
/// is given to the stage that ended last, waits for LMEM to stall), and when the stages worked.
class CimJobWatch {
 public:
  void begin(std::uint64_t positions, bool mvm_longer, bool pipelined);
  /// A cycle of the job, counted from its first.
  void add(std::uint64_t cycle, const CimMacroSide::Cycle& macro, const CimLmemSide::Cycle& lmem,
           bool row_ready);
  /// The input has been read.
  void fed(std::uint64_t cycle) { span_.feed_end = cycle; }
  /// @return the span, but for macro, tile and start
  base::JobSpan end(std::uint64_t cycles);

 private:
  void give(base::Cause cause, std::uint64_t cycles);
  void give_slot(std::uint64_t cycles, bool macro_bound, bool feed_bound);

  base::JobSpan span_;
  std::uint64_t launches_ = 0;
  std::uint64_t loads_ = 0;
  std::uint64_t slot_begin_ = 0;
  std::uint64_t slot_mvm_ = 0;  ///< cycles of the array in the slot
  std::uint64_t slot_stalls_ = 0;
  bool row_was_ready_ = false;
  bool pipelined_ = false;
  bool mvm_longer_ = false;
};

}  // namespace leyden::cosim
