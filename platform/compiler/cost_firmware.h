#pragma once

#include <array>
#include <cstdint>

#include "platform/compiler/cost_parameters.h"

namespace leyden::compiler {

/// A straight run of the firmware's instructions without its accesses over the bus. `code_bytes`
/// tells the words fetched from SRAM; the stalls are those of the chip file's core.
struct CodeBlock {
  std::uint32_t alu = 0;
  std::uint32_t load = 0;   ///< from SRAM
  std::uint32_t store = 0;  ///< to SRAM
  std::uint32_t branch = 0;
  std::uint32_t jump = 0;
  std::uint32_t system = 0;
  std::uint32_t load_use = 0;     ///< results of loads needed by the next instruction
  std::uint32_t taken = 0;        ///< branches taken
  std::uint32_t fetch_waits = 0;  ///< 4-byte instructions at jump targets that are not 4-aligned

  std::uint32_t instructions() const { return alu + load + store + branch + jump + system; }
  std::uint64_t cycles(const CostParameters& p) const;
};

/// The step walk of firmware/runtime/walk.c and runtime.c, in blocks between accesses over the bus.
/// Counted from the code that scripts/setup's compiler makes of them at the release preset's
/// options (riscv64-unknown-elf-gcc 12, -O2 with compressed instructions): the one part of the cost
/// model that is fitted, to the instructions of that binary. The cost test tells when they change.
namespace walk {
// A phase: LAYER_BEGIN is written, walk_steps() called and entered.
inline constexpr CodeBlock kEnterSteps{16, 0, 12, 1, 1, 0, 0, 0, 0};
inline constexpr CodeBlock kEnterNoSteps{6, 0, 12, 1, 1, 0, 0, 1, 0};
// A step: unit, wait mask.
inline constexpr CodeBlock kStepHead{9, 4, 0, 2, 0, 0, 0, 0, 0};
// It has to wait: call of walk_wait() and the way back.
inline constexpr CodeBlock kStepCallsWait{1, 0, 0, 0, 1, 0, 0, 1, 0};
inline constexpr CodeBlock kStepWaited{0, 0, 0, 0, 1, 0, 0, 0, 0};
// Register base of the unit.
inline constexpr CodeBlock kBaseCim{8, 0, 0, 1, 1, 0, 0, 1, 0};
inline constexpr CodeBlock kBaseVector{6, 0, 0, 2, 1, 0, 0, 1, 0};
inline constexpr CodeBlock kBaseDma{7, 0, 0, 2, 0, 0, 0, 0, 0};
// Jump into the row of stores; each word is loaded, needed at once and stored.
inline constexpr CodeBlock kWordsFirst{4, 2, 0, 1, 1, 0, 1, 0, 0};
inline constexpr CodeBlock kWord{0, 1, 0, 0, 0, 0, 1, 0, 0};
// Words 1 and 0 with their origins, the start, the step's end.
inline constexpr CodeBlock kWordOne{4, 3, 0, 0, 0, 0, 1, 0, 0};
inline constexpr CodeBlock kWordZero{3, 3, 0, 0, 0, 0, 1, 0, 0};
inline constexpr CodeBlock kStart{1, 0, 0, 0, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kStepEnd{2, 1, 1, 1, 0, 0, 1, 0, 0};
inline constexpr CodeBlock kNextStep{0, 0, 0, 0, 0, 0, 0, 1, 0};
inline constexpr CodeBlock kLeaveSteps{1, 11, 0, 0, 1, 0, 0, 0, 0};
// walk_wait(): entered, asleep, woken, which unit, its status, clear and complete, the end.
inline constexpr CodeBlock kPhaseCallsWait{2, 0, 0, 0, 1, 0, 0, 0, 0};
inline constexpr CodeBlock kEnterWait{12, 1, 4, 1, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kEnterWaitNothing{0, 0, 0, 0, 0, 0, 0, 1, 0};
inline constexpr CodeBlock kSleep{0, 0, 0, 0, 0, 1, 0, 0, 0};
inline constexpr CodeBlock kClaimed{0, 0, 0, 2, 0, 0, 1, 0, 0};
inline constexpr CodeBlock kFromCim{4, 0, 0, 1, 1, 0, 0, 2, 2};
inline constexpr CodeBlock kFromVector{4, 0, 0, 1, 1, 0, 0, 1, 1};
inline constexpr CodeBlock kFromDma{4, 0, 0, 1, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kStatus{1, 0, 0, 1, 0, 0, 1, 0, 0};
inline constexpr CodeBlock kHandled{4, 1, 1, 1, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kStillWaiting{0, 0, 0, 0, 0, 0, 0, 1, 0};
inline constexpr CodeBlock kLeaveWait{1, 4, 0, 0, 1, 0, 0, 0, 0};
// From the return of walk_wait() to the store of LAYER_END: it is not 4-aligned.
inline constexpr CodeBlock kMarkEnd{0, 0, 0, 0, 0, 0, 0, 0, 1};
// The class: a word of codes, one byte of it.
inline constexpr CodeBlock kBeforeOutput{1, 0, 0, 0, 0, 0, 0, 0, 0};  // after LAYER_BEGIN
inline constexpr CodeBlock kClassFirst{3, 3, 0, 3, 0, 0, 3, 2, 0};
inline constexpr CodeBlock kClassWord{3, 0, 0, 2, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kClassWordLoaded{2, 0, 0, 0, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kClassByteAlone{2, 0, 0, 1, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kClassByteAligned{1, 0, 0, 1, 0, 0, 0, 1, 1};
inline constexpr CodeBlock kClassByteLoaded{3, 0, 0, 0, 1, 0, 0, 0, 0};
inline constexpr CodeBlock kClassCode{3, 0, 0, 2, 0, 0, 0, 1, 0};
inline constexpr CodeBlock kClassNextCode{0, 0, 0, 0, 0, 0, 0, 1, 0};
inline constexpr CodeBlock kClassAligned{0, 0, 0, 0, 0, 0, 0, 1, 1};
inline constexpr CodeBlock kClassNextWord{0, 0, 0, 1, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kClassEnd{1, 0, 0, 1, 0, 0, 0, 1, 0};
// The output is the class, or there is none.
inline constexpr CodeBlock kClassIsCode{2, 2, 0, 3, 0, 0, 2, 1, 0};
inline constexpr CodeBlock kClassCodeRead{2, 0, 0, 0, 0, 0, 1, 0, 0};
inline constexpr CodeBlock kNoClass{3, 2, 0, 3, 0, 0, 2, 2, 0};
// Outside the marks: the image begins, a layer follows, the image ends.
inline constexpr CodeBlock kImageBegins{6, 5, 2, 5, 0, 0, 4, 1, 0};
inline constexpr CodeBlock kFirstLayer{2, 2, 0, 1, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kNextLayer{7, 6, 0, 1, 0, 0, 0, 1, 1};
inline constexpr CodeBlock kLastLayer{6, 4, 0, 1, 0, 0, 0, 0, 0};
inline constexpr CodeBlock kImageEnds{1, 0, 0, 0, 1, 1, 0, 0, 0};

/// Registers of a step that are written from its end down; an odd number of them begins at an
/// address that is not 4-aligned.
constexpr std::uint32_t words_fetch_waits(std::uint32_t words) { return words % 2; }
}  // namespace walk

}  // namespace leyden::compiler
