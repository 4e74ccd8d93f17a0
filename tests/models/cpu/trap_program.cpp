#include "tests/models/cpu/trap_program.h"

namespace leyden::test {
namespace {

constexpr std::uint32_t kMstatus = 0x300;
constexpr std::uint32_t kMtvec = 0x305;
constexpr std::uint32_t kMepc = 0x341;
constexpr std::uint32_t kMcause = 0x342;
constexpr std::uint32_t kMtval = 0x343;
constexpr std::uint32_t kPmpcfg3 = 0x3a3;
constexpr std::uint32_t kPmpaddr15 = 0x3bf;
constexpr std::uint32_t kBeq = 0x63;
constexpr std::uint32_t kBne = 0x1063;
constexpr std::uint32_t kBlt = 0x4063;
constexpr unsigned kInterruptVectors = 16;

}  // namespace

TrapProgram::TrapProgram(std::uint64_t seed, std::string what)
    : as(kVirtRam), random(seed), replay_(std::move(what) + " seed " + std::to_string(seed)) {
  const std::uint32_t over = as.reserve();
  handler();
  as.patch_jal(over, 0);
  as.li(kScratch, vectors_);
  as.csrw(kMtvec, kScratch);
  // The timer is pending at reset.
  as.li(kScratch, kVirtMtimecmp);
  as.addi(kScratch + 1, 0, ~0u);
  as.sw(kScratch + 1, kScratch, 4);
  as.sw(kScratch + 1, kScratch, 0);
  // User mode may do anything: a region of all addresses, last in priority.
  as.csrw(kPmpaddr15, kScratch + 1);
  as.lui(kScratch, 0x1f000000);
  as.csrw(kPmpcfg3, kScratch);
  as.lui(kScratch, 0x2000);
  as.addi(kScratch, kScratch, 0x800);
  as.csr(2, 0, kMstatus, kScratch);  // MPP: machine mode
  as.li(kData, kVirtData);
  as.li(kResume, 0);
  as.li(kAlways, 0);
  for (unsigned rd = 1; rd <= 24; ++rd) as.li(rd, corner());
}

VirtProgram TrapProgram::finish() {
  as.li(kScratch, kVirtFinisher);
  as.li(kScratch + 1, 0x5555);
  as.sw(kScratch + 1, kScratch, 0);
  as.jal(0, as.here());
  as.code.resize(kProbeEnd - kVirtRam);
  for (std::uint32_t at = kProbeArea; at < kProbeEnd; at += 4) {
    // ecall, aligned in the first half, across words in the second
    as.code[at - kVirtRam + (at < kProbeMiddle ? 0 : 2)] = 0x73;
  }
  for (std::uint32_t k = 0; k < kVirtDataBytes; ++k) {
    as.code[kVirtData - kVirtRam + k] = static_cast<std::uint8_t>(random());
  }
  return {replay_, std::move(as.code)};
}

void TrapProgram::handler() {
  constexpr unsigned kA = kScratch;
  constexpr unsigned kB = kScratch + 1;
  constexpr unsigned kC = kScratch + 2;
  constexpr unsigned kD = kScratch + 3;
  as.align(64);
  vectors_ = as.here();
  const std::uint32_t table = as.reserve(kInterruptVectors);
  for (unsigned k = 0; k < kInterruptVectors; ++k) as.patch_jal(table + 4 * k, 0);
  as.csrr(kA, kMcause);
  as.csrr(kB, kMepc);
  const std::uint32_t to_interrupt = as.reserve();
  const std::uint32_t to_resume1 = as.reserve();
  as.addi(kD, 0, 1);
  const std::uint32_t to_resume2 = as.reserve();
  as.addi(kD, 0, 8);
  const std::uint32_t to_resume3 = as.reserve();
  // A breakpoint's mtval may legally differ: it goes no further than here.
  as.addi(kD, 0, 3);
  const std::uint32_t no_breakpoint = as.reserve();
  as.csrw(kMtval, 0);
  as.patch_branch(no_breakpoint, kBne, kA, kD);
  // Skips the instruction.
  as.i(0x5003, kD, kB, 0);  // lhu
  as.i(0x7013, kD, kD, 3);
  as.addi(kD, kD, 0u - 3);
  as.addi(kB, kB, 2);
  const std::uint32_t is_short = as.reserve();
  as.addi(kB, kB, 2);
  as.patch_branch(is_short, kBne, kD, 0);
  as.csrw(kMepc, kB);
  as.mret();
  as.patch_branch(to_resume1, kBne, kAlways, 0);
  // A sum over all traps so far.
  as.r(0x33, kTrapSum, kTrapSum, kA);
  as.i(0x1013, kD, kTrapSum, 5);
  as.r(0x33, kTrapSum, kTrapSum, kD);
  as.r(0x4033, kTrapSum, kTrapSum, kB);
  as.patch_branch(to_resume2, kBeq, kA, kD);
  as.patch_branch(to_resume3, kBeq, kA, kD);
  as.lui(kD, 0x2000);
  as.addi(kD, kD, 0x800);
  as.csr(2, 0, kMstatus, kD);
  as.csrw(kMepc, kResume);
  as.mret();
  // Takes the interrupt away.
  as.patch_branch(to_interrupt, kBlt, kA, 0);
  as.li(kA, kVirtMsip);
  as.sw(0, kA, 0);
  as.li(kA, kVirtMtimecmp);
  as.addi(kC, 0, ~0u);
  as.sw(kC, kA, 4);
  as.sw(kC, kA, 0);
  as.mret();
}

std::uint32_t TrapProgram::corner() {
  static constexpr std::uint32_t kCorners[] = {
      0, 1, 2, 0xffffffff, 0x80000000, 0x7fffffff, 0xfffffffe, 0x80000001, 31, 32, 0xffff, 0x10000};
  const std::uint32_t pick = draw(2 * std::size(kCorners));
  return pick < std::size(kCorners) ? kCorners[pick] : static_cast<std::uint32_t>(random());
}

void TrapProgram::arithmetic() {
  static constexpr std::uint32_t kRegister[] = {
      0x00000033, 0x40000033, 0x00001033, 0x00002033, 0x00003033, 0x00004033,
      0x00005033, 0x40005033, 0x00006033, 0x00007033, 0x02000033, 0x02001033,
      0x02002033, 0x02003033, 0x02004033, 0x02005033, 0x02006033, 0x02007033};
  static constexpr std::uint32_t kImmediate[] = {0x13, 0x2013, 0x3013, 0x4013, 0x6013, 0x7013};
  switch (draw(5)) {
    case 0:
      as.li(target(), corner());
      break;
    case 1:
      as.i(kImmediate[draw(6)], target(), source(), bits(12));
      break;
    case 2:  // c.addi, c.li, c.mv, c.add
      switch (draw(4)) {
        case 0:
          as.half(0x0001u | bits(1) << 12 | nonzero() << 7 | bits(5) << 2);
          break;
        case 1:
          as.half(0x4001u | bits(1) << 12 | nonzero() << 7 | bits(5) << 2);
          break;
        default:
          as.half(0x8002u | bits(1) << 12 | nonzero() << 7 | (1 + draw(31)) << 2);
      }
      break;
    default:
      as.r(kRegister[draw(std::size(kRegister))], target(), source(), source());
  }
}

void TrapProgram::bit_manipulation() {
  // Zba, Zbb, Zbs (RISC-V bit manipulation 1.0.0, table of RV32 encodings).
  static constexpr std::uint32_t kRegister[] = {0x20002033, 0x20004033, 0x20006033, 0x40007033,
                                                0x40006033, 0x40004033, 0x0a006033, 0x0a007033,
                                                0x0a004033, 0x0a005033, 0x60001033, 0x60005033,
                                                0x48001033, 0x48005033, 0x68001033, 0x28001033};
  static constexpr std::uint32_t kShift[] = {0x60005013, 0x48001013, 0x48005013, 0x68001013,
                                             0x28001013};
  static constexpr std::uint32_t kUnary[] = {0x60001013, 0x60101013, 0x60201013, 0x60401013,
                                             0x60501013, 0x08004033, 0x28705013, 0x69805013};
  const std::uint32_t pick = draw(std::size(kRegister) + std::size(kShift) + std::size(kUnary));
  if (pick < std::size(kRegister)) {
    as.r(kRegister[pick], target(), source(), source());
  } else if (pick < std::size(kRegister) + std::size(kShift)) {
    as.r(kShift[pick - std::size(kRegister)], target(), source(), bits(5));
  } else {
    as.r(kUnary[pick - std::size(kRegister) - std::size(kShift)], target(), source(), 0);
  }
}

void TrapProgram::data_access() {
  static constexpr std::uint32_t kLoads[] = {0x0003, 0x1003, 0x2003, 0x4003, 0x5003};
  static constexpr std::uint32_t kLoadAlign[] = {1, 2, 4, 1, 2};
  static constexpr std::uint32_t kStores[] = {0x0023, 0x1023, 0x2023};
  static constexpr std::uint32_t kAtomics[] = {0x08, 0x00, 0x20, 0x60, 0x40,
                                               0x80, 0xa0, 0xc0, 0xe0};
  switch (draw(3)) {
    case 0: {
      const unsigned pick = draw(5);
      as.i(kLoads[pick], target(), kData, bits(11) & (0u - kLoadAlign[pick]));
      break;
    }
    case 1: {
      const unsigned pick = draw(3);
      as.s(kStores[pick], kData, source(), bits(11) & (0u - (1u << pick)));
      break;
    }
    default: {
      const unsigned pointer = kScratch + draw(4);
      as.addi(pointer, kData, 4 * draw(8));
      if (one_in(4)) return reservation(pointer);
      as.r(0x202f | kAtomics[draw(std::size(kAtomics))] << 24 | bits(2) << 25, target(), pointer,
           source());
    }
  }
}

void TrapProgram::reservation(unsigned pointer) {
  as.r(0x1000202f | bits(2) << 25, target(), pointer, 0);
  if (one_in(3)) as.addi(target(), source(), bits(12));
  if (one_in(4)) as.addi(pointer, pointer, 4);  // another address: must fail
  as.r(0x1800202f | bits(2) << 25, target(), pointer, source());
  if (one_in(3)) as.r(0x1800202f, target(), pointer, source());  // none left: must fail
}

void TrapProgram::branch_over() {
  static constexpr std::uint32_t kOpcodes[] = {0x63, 0x1063, 0x4063, 0x5063, 0x6063, 0x7063};
  const std::uint32_t at = as.reserve();
  for (unsigned k = draw(4); k > 0; --k) arithmetic();
  as.patch_branch(at, kOpcodes[draw(6)], source(), source());
}

}  // namespace leyden::test
