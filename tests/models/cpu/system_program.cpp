#include "tests/models/cpu/system_program.h"

#include <cstring>
#include <vector>

#include "models/cpu/csr.h"

namespace leyden::test {
namespace {

using namespace cpu;  // numbers of CSRs

constexpr unsigned kPointer = 30;  // t5
constexpr unsigned kCount = 31;    // t6
constexpr std::uint32_t kTableAt = kCodeBase + 0xe800;
constexpr std::uint32_t kTableWords = 64;
constexpr unsigned kLastPmpRegion = 7;  // all memory, everything allowed
constexpr std::uint32_t kMpp = 0x1800;
constexpr std::uint32_t kMprv = 0x20000;
constexpr std::uint32_t kOpcodeAmo = 0x202f;
constexpr std::uint32_t kBne = 0x1063;
constexpr std::uint32_t kBge = 0x5063;

}  // namespace

std::uint32_t SystemProgram::place() {
  const std::uint32_t bytes = draw(3) == 0 ? a_.here() - kSystemPieces + 2 : code_end_ - kCodeBase;
  const std::uint32_t first = bytes == code_end_ - kCodeBase ? kCodeBase : kSystemPieces;
  const std::uint32_t step = draw(4) == 0 ? 2 : 4;
  return first + draw(bytes) / step * step;
}

void SystemProgram::counter() {
  const std::uint32_t index = draw(6);
  const std::uint32_t low =
      draw(3) == 0 ? (draw(2) == 0 ? kMcycle : kMinstret) : kMhpmcounter3 + index;
  switch (draw(6)) {
    case 0:
      a_.csr(1 + draw(3), work(), low + (draw(4) == 0 ? kMcycleh - kMcycle : 0), work());
      return;
    case 1:
      a_.csr(5 + draw(3), work(), kMhpmevent3 + index, draw(17));
      return;
    case 2:
      a_.csr(1 + draw(3), work(), kMcountinhibit, work());
      return;
    case 3:
      a_.csr(1 + draw(3), 0, kMcounteren, work());
      return;
    case 4:
      a_.csrr(work(), draw(2) == 0 ? kCycle : draw(2) == 0 ? kTime : kHpmcounter3 + index);
      return;
    default:
      a_.csrr(work(), low);
  }
}

void SystemProgram::protection() {
  const std::uint32_t region = draw(kLastPmpRegion);
  static constexpr std::uint32_t kSizes[] = {4, 8, 64, 1024, 4096, 8192, 32768};
  const std::uint32_t bytes = kSizes[draw(7)];
  std::uint32_t at = kCodeBase + draw(kMemoryBytes);
  if (draw(3) == 0) at = kDataBase + draw(0x5000);
  const std::uint32_t value = draw(3) == 0 ? at >> 2 : (at & ~(bytes - 1)) >> 2 | (bytes / 8 - 1);
  a_.li(kPointer, value);
  a_.csrw(kPmpaddr0 + region, kPointer);
  std::uint32_t field = draw(4) << 3 | (draw(2) == 0 ? 7 : draw(8));
  if (draw(40) == 0) field |= 0x80;
  const unsigned shift = 8 * (region % 4);
  a_.li(kPointer, 0xffu << shift);
  if (region / 4 == 0) {
    a_.csr(3, 0, kPmpcfg0, kPointer);
    a_.li(kPointer, field << shift);
    a_.csr(2, 0, kPmpcfg0, kPointer);
  } else if (shift != 24) {
    a_.csr(3, 0, kPmpcfg0 + 1, kPointer);
    a_.li(kPointer, field << shift);
    a_.csr(2, 0, kPmpcfg0 + 1, kPointer);
  }
}

void SystemProgram::mode() {
  switch (draw(5)) {
    case 0:  // to user mode, or staying
      a_.li(kPointer, kMpp);
      a_.csr(2 + draw(2), 0, kMstatus, kPointer);
      a_.word(0x00000f17);  // auipc t5, 0
      a_.addi(kPointer, kPointer, 16);
      a_.csrw(kMepc, kPointer);
      a_.mret();
      return;
    case 1:  // data accesses as of another mode
      a_.li(kPointer, kMpp);
      a_.csr(2 + draw(2), 0, kMstatus, kPointer);
      a_.li(kPointer, kMprv);
      a_.csr(2 + draw(2), 0, kMstatus, kPointer);
      return;
    case 2:
      a_.csr(5 + draw(3), work(), kMstatus, 8);
      return;
    case 3:
      a_.csr(1 + draw(3), work(), kMie, work());
      return;
    default:
      a_.ecall();
  }
}

void SystemProgram::patch_code() {
  static constexpr std::uint32_t kWords[] = {
      0x00150513, 0x0005a603, 0x00c50533, 0x02b54533, 0x00008067, 0x0001a001, 0x05050505,
      0x00b52023, 0xfea59ee3, 0x00000073, 0x0000100f, 0x10500073, 0x95b28082, 0x40050513};
  const std::uint32_t word =
      draw(4) == 0 ? static_cast<std::uint32_t>(random_()) : kWords[draw(14)];
  a_.li(kPointer, place());
  a_.li(kCount, word);
  a_.s(draw(3) == 0 ? 0x1023 : 0x2023, kPointer, kCount, 0);
  if (draw(2) == 0) a_.word(0x0000100f);
}

/// Data in the line in which the code lies.
void SystemProgram::share_line() {
  const std::uint32_t over = a_.reserve();
  const std::uint32_t data = a_.here();
  a_.word(0);
  a_.patch_jal(over, 0);
  const std::uint32_t loop = a_.here();
  a_.word(0x00000f17);  // auipc t5, 0
  a_.lw(kCount, kPointer, data - loop);
  a_.addi(kCount, kCount, 1);
  a_.sw(kCount, kPointer, data - loop);
  a_.i(0x7013, kCount, kCount, 31);
  a_.branch(kBne, kCount, 0, loop);
}

void SystemProgram::reservation() {
  const std::uint32_t loop = a_.here();
  a_.li(kPointer, draw(8) == 0 ? place() : kDataBase + 4 * draw(0x1400));
  a_.r(kOpcodeAmo | 2u << 27, kCount, kPointer, 0);
  if (draw(2) == 0) a_.r(kOpcodeAmo | 4u * draw(4) << 27, work(), kPointer, work());
  a_.r(kOpcodeAmo | 3u << 27, kCount, kPointer, work());
  if (draw(3) == 0) a_.branch(kBne, kCount, 0, loop);
}

void SystemProgram::call() {
  a_.li(kPointer, place() + draw(2));
  a_.i(0x67, draw(2), kPointer, draw(2) * 4);
}

void SystemProgram::piece() {
  switch (draw(14)) {
    case 0:
    case 1:
      counter();
      return;
    case 2:
      protection();
      return;
    case 3:
    case 4:
      mode();
      return;
    case 5:
      patch_code();
      return;
    case 6:
      share_line();
      return;
    case 7:
      reservation();
      return;
    case 8:
      call();
      return;
    case 9: {
      static constexpr std::uint32_t kOthers[] = {0x10500073, 0x0000100f, 0x00100073,
                                                  0x00000000, 0x0ff0000f, 0x9002};
      a_.word(kOthers[draw(6)]);
      return;
    }
    case 10:  // nobody there
      a_.li(kPointer, 0x10000000 + draw(8));
      a_.lw(work(), kPointer, 0);
      return;
    case 11:
      a_.half(0x0001);
      return;
    default:  // divisions and multiplications
      a_.r(0x02000033 | draw(8) << 12, work(), work(), work());
  }
}

/// Runs something often enough to be translated.
void SystemProgram::loop() {
  const unsigned count = 18;  // s2: nothing else in the loop changes it
  a_.addi(count, 0, 2 + draw(90));
  const std::uint32_t top = a_.here();
  for (unsigned n = 1 + draw(4); n > 0; --n) {
    if (draw(3) != 0) {
      a_.addi(work(), work(), draw(4096));
      a_.lw(work(), 9, 4 * draw(64));
      a_.sw(work(), 9, 4 * draw(64));
    }
    piece();
  }
  a_.addi(count, count, ~0u);
  a_.branch(kBne, count, 0, top);
}

void SystemProgram::handler(Program& program) {
  const auto put = [&](const Rv32Assembler& part, std::uint32_t at) {
    std::memcpy(program.memory.data() + (at - kCodeBase), part.code.data(), part.code.size());
  };
  Rv32Assembler trap(kSystemHandler);
  // Vectored interrupts all go on behind the vectors.
  for (unsigned i = 0; i < 16; ++i) trap.jal(0, kSystemHandler + 64);
  trap.csr(1, kCount, kMscratch, kCount);
  trap.csrr(kCount, kMcause);
  const std::uint32_t exception = trap.reserve();
  trap.csr(1, kCount, kMscratch, kCount);
  trap.mret();
  trap.patch_branch(exception, kBge, kCount, 0);
  trap.lui(kCount, kMprv);
  trap.csr(3, 0, kMstatus, kCount);
  trap.csrr(kCount, kMinstret);
  trap.i(0x7013, kCount, kCount, 4 * (kTableWords - 1));
  trap.csr(1, kPointer, kMtval, kPointer);
  trap.li(kPointer, kTableAt);
  trap.r(0x33, kCount, kCount, kPointer);
  trap.csr(1, kPointer, kMtval, kPointer);
  trap.lw(kCount, kCount, 0);
  trap.csrw(kMepc, kCount);
  trap.i(0x7013, kCount, kCount, 1);
  const std::uint32_t user = trap.reserve();
  trap.li(kCount, kMpp);
  trap.csr(2, 0, kMstatus, kCount);
  const std::uint32_t over = trap.reserve();
  trap.patch_branch(user, 0x0063, kCount, 0);
  trap.li(kCount, kMpp);
  trap.csr(3, 0, kMstatus, kCount);
  trap.patch_jal(over, 0);
  trap.csr(1, kCount, kMscratch, kCount);
  trap.mret();
  put(trap, kSystemHandler);
  for (std::uint32_t i = 0; i < kTableWords; ++i) {
    const std::uint32_t target = (place() & ~3u) | draw(2);
    std::memcpy(program.memory.data() + (kTableAt - kCodeBase) + 4 * i, &target, 4);
  }

  Rv32Assembler start(kSystemStart);
  start.li(kCount, kSystemHandler + draw(2));
  start.csrw(kMtvec, kCount);
  start.li(kCount, ~0u);
  start.csrw(kPmpaddr0 + kLastPmpRegion, kCount);
  start.li(kCount, 0x1f000000);
  start.csrw(kPmpcfg0 + 1, kCount);
  start.li(kCount, 0xfffff888);
  start.csrw(kMie, kCount);
  start.csr(6, 0, kMstatus, 8);
  start.li(kCount, kCodeBase);
  start.i(0x67, 0, kCount, 0);
  put(start, kSystemStart);
}

Program SystemProgram::make() {
  Program program =
      draw(2) == 0 ? RandomProgram(seed_).with_surprises().make() : RandomProgram(seed_).make();
  code_end_ = program.marks.back() + 4;
  // Each mark goes to system code and comes back.
  for (std::size_t i = 0; i < program.marks.size(); ++i) {
    const std::uint32_t mark = program.marks[i];
    Rv32Assembler there(mark);
    there.jal(0, a_.here());
    std::memcpy(program.memory.data() + (mark - kCodeBase), there.code.data(), 4);
    for (unsigned n = 1 + draw(3); n > 0; --n) {
      if (draw(3) != 0) {
        loop();
      } else {
        piece();
      }
    }
    a_.jal(0, i + 1 == program.marks.size() ? kCodeBase : mark + 4);
  }
  std::memcpy(program.memory.data() + (kSystemPieces - kCodeBase), a_.code.data(), a_.code.size());
  handler(program);
  return program;
}

}  // namespace leyden::test
