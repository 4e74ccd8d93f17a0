#include "platform/cosim/rtl_cim_span.h"

#include <algorithm>

namespace leyden::cosim {

void CimJobWatch::begin(std::uint64_t positions, bool mvm_longer, bool pipelined) {
  *this = CimJobWatch();
  span_.positions = positions;
  mvm_longer_ = mvm_longer;
  pipelined_ = pipelined;
}

void CimJobWatch::give(base::Cause cause, std::uint64_t cycles) {
  span_.split[static_cast<std::size_t>(cause)] += cycles;
}

void CimJobWatch::give_slot(std::uint64_t cycles, bool macro_bound, bool feed_bound) {
  if (macro_bound) {
    const std::uint64_t mvm = pipelined_ ? (mvm_longer_ ? cycles : 0) : std::min(slot_mvm_, cycles);
    give(base::Cause::kMvm, mvm);
    give(base::Cause::kAdc, cycles - mvm);
  } else {
    const std::uint64_t stalls = std::min(slot_stalls_, cycles);
    give(base::Cause::kStall, stalls);
    give(feed_bound ? base::Cause::kFeed : base::Cause::kWriteBack, cycles - stalls);
  }
  slot_begin_ += cycles;
  slot_mvm_ = 0;
  slot_stalls_ = 0;
}

void CimJobWatch::add(std::uint64_t cycle, const CimMacroSide::Cycle& macro,
                      const CimLmemSide::Cycle& lmem, bool row_ready) {
  const std::uint64_t next = cycle + 1;
  if (lmem.read) ++span_.feed_busy;
  if (lmem.written && span_.write_busy++ == 0) span_.write_start = cycle;
  if (lmem.stalled) ++slot_stalls_;
  if (macro.array_busy) {
    ++span_.array_busy;
    ++slot_mvm_;
  }
  if (macro.conv_busy) ++span_.adc_busy;
  if (macro.array_start && span_.array_start == 0) span_.array_start = next;
  if (macro.conv_start && span_.adc_start == 0) span_.adc_start = next;
  if (macro.array_done) span_.array_end = next;
  if (macro.conv_done) span_.adc_end = next;

  const bool macro_bound = macro.conv_done || macro.array_done;
  if (macro.launch) {
    give_slot(next - slot_begin_, macro_bound && launches_ > 0, launches_ == 0 || !row_was_ready_);
    ++launches_;
  }
  if (macro.res_load && ++loads_ == span_.positions) {
    give_slot(next - slot_begin_, macro_bound, false);
  }
  row_was_ready_ = row_ready;
}

base::JobSpan CimJobWatch::end(std::uint64_t cycles) {
  give_slot(cycles - std::min(cycles, slot_begin_), false, false);
  span_.write_end = cycles;
  // A job without phases (all inputs 0, zero skipping) has none of these.
  span_.array_end = std::max(span_.array_end, span_.array_start);
  span_.adc_end = std::max(span_.adc_end, span_.adc_start);
  return span_;
}

}  // namespace leyden::cosim
