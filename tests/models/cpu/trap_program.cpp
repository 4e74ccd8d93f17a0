#include "tests/models/cpu/trap_program.h"

#include "models/cpu/instruction.h"

namespace leyden::test {
namespace {

constexpr std::uint32_t kMstatus = 0x300;
constexpr std::uint32_t kMie = 0x304;
constexpr std::uint32_t kMtvec = 0x305;
constexpr std::uint32_t kMepc = 0x341;
constexpr std::uint32_t kMcause = 0x342;
constexpr std::uint32_t kMtval = 0x343;
constexpr std::uint32_t kPmpcfg3 = 0x3a3;
constexpr std::uint32_t kPmpaddr15 = 0x3bf;
constexpr std::uint32_t kBeq = 0x63;
constexpr std::uint32_t kBne = 0x1063;
constexpr std::uint32_t kBlt = 0x4063;
constexpr std::uint32_t kMpp = 3u << 11;
constexpr unsigned kInterruptVectors = 16;

/// CSRs that QEMU 7.2 has, and this core has not.
constexpr std::pair<std::uint32_t, std::uint32_t> kCsrsOfQemu[] = {
    {0x302, 0x303},  // medeleg, mideleg, not to exist without supervisor mode
};

bool is_legal(std::uint32_t word) { return cpu::decode(word).id != cpu::Id::kIllegal; }
/// QEMU 7.2 runs sfence.vma in a hart without supervisor mode.
bool is_sfence(std::uint32_t word) { return (word & 0xfe007fff) == 0x12000073; }
bool is_compressed(std::uint32_t word) { return (word & 3) != 3; }

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

void TrapProgram::access_fault() {
  struct Access {
    std::uint32_t word;
    unsigned align;
    char format;
  };
  static constexpr Access kAccesses[] = {{0x0003, 1, 'i'}, {0x1003, 2, 'i'}, {0x2003, 4, 'i'},
                                         {0x4003, 1, 'i'}, {0x5003, 2, 'i'}, {0x0023, 1, 's'},
                                         {0x1023, 2, 's'}, {0x2023, 4, 's'}, {0x1000202f, 4, 'l'}};
  const Access& access = kAccesses[draw(std::size(kAccesses))];
  const unsigned pointer = nonzero();
  static constexpr std::uint32_t kPlaces[] = {kVirtRam + kVirtRamBytes, kVirtNowhere, 0xfffff000,
                                              0xc0000000};
  const std::uint32_t offset = (access.format == 'i' || access.format == 's') ? bits(11) : 0;
  as.li(pointer, (kPlaces[draw(4)] + bits(12)) & (0u - access.align));
  const std::uint32_t aligned = offset & (0u - access.align);
  switch (access.format) {
    case 'i':
      as.i(access.word, target(), pointer, aligned);
      break;
    case 's':
      as.s(access.word, pointer, source(), aligned);
      break;
    default:
      as.r(access.word, target(), pointer, 0);
  }
}

void TrapProgram::misaligned_atomic() {
  static constexpr std::uint32_t kFunctions[] = {0x10, 0x08, 0x00, 0x20, 0x60,
                                                 0x40, 0x80, 0xa0, 0xc0, 0xe0};
  const unsigned pointer = nonzero();
  const std::uint32_t function = kFunctions[draw(10)];
  as.addi(pointer, kData, 4 * draw(8) + 1 + draw(3));
  as.r(0x202f | function << 24, target(), pointer, function == 0x10 ? 0 : source());
}

void TrapProgram::illegal_encoding(std::uint32_t word) {
  if (is_compressed(word)) {
    as.half(word & 0xffff);
  } else {
    as.word(word);
  }
}

void TrapProgram::illegal_word() {
  for (;;) {
    std::uint32_t word = static_cast<std::uint32_t>(random()) | 3;
    if (!one_in(4)) {  // next to an instruction: one to three bits off in what identifies it
      const auto& row = cpu::kInstructions[draw(cpu::kInstructionCount)];
      word = row.match | (word & ~row.mask);
      for (unsigned k = 1 + draw(3); k > 0; --k) word ^= 1u << (2 + draw(30));
    }
    if (!is_legal(word) && !is_sfence(word)) return as.word(word);
  }
}

void TrapProgram::illegal_half() {
  for (;;) {
    const std::uint32_t word = bits(16);
    if (is_compressed(word) && !is_legal(word)) return as.half(word);
  }
}

void TrapProgram::call_or_break() {
  switch (draw(3)) {
    case 0: {
      const std::uint32_t at = as.reserve(2);
      as.ecall();
      as.patch_li(at, kResume);  // used in user mode
      break;
    }
    case 1:
      as.ebreak();
      break;
    default:
      as.half(0x9002);
  }
}

void TrapProgram::csr_of_number(std::uint32_t number) {
  for (const auto& [first, last] : kCsrsOfQemu) {
    if (number >= first && number <= last) return;
  }
  const unsigned rd = nonzero();
  as.csrr(rd, number);
  as.addi(rd, 0, 0);  // its value may differ legally
}

void TrapProgram::refused_csr_write() {
  // Bits 11:10 of the number say read-only. QEMU 7.2 takes csrrs and csrrc of a register that holds
  // 0 for reads; only those of x0 are.
  const unsigned value = nonzero();
  as.i(0x6013, value, value, 1);  // ori
  as.csr(1 + draw(3), target(), 0xc00 | bits(10), value);
  const unsigned rd = nonzero();
  as.csr(5, rd, 0xc00 | bits(10), bits(5));
}

void TrapProgram::jump_to_nowhere() {
  const std::uint32_t at = as.reserve(2);
  const unsigned pointer = nonzero();
  as.li(pointer, one_in(3) ? kVirtRam + kVirtRamBytes : kVirtNowhere + (bits(20) & ~1u));
  switch (draw(4)) {
    case 0:
      as.half(0x8002u | pointer << 7);  // c.jr
      break;
    case 1:
      as.half(0x9002u | pointer << 7);  // c.jalr
      break;
    case 2:
      clear_mprv();
      as.csrw(kMepc, pointer);
      as.mret();
      break;
    default:
      as.i(0x67, target(), pointer, bits(11));
  }
  as.patch_li(at, kResume);
}

void TrapProgram::csr_value(std::uint32_t number, std::uint32_t writable) {
  const unsigned value = nonzero();
  as.li(value, corner() & writable);
  const unsigned function = 1 + draw(3);
  unsigned rd = target();
  if (rd == value) rd = 0;
  if (one_in(4)) {
    as.csr(4 + function, rd, number, bits(5) & writable);
  } else {
    as.csr(function, rd, number, value);
  }
  as.csrr(value, number);
  // Nothing later is to depend on what may differ legally.
  as.addi(rd, 0, 0);
  as.addi(value, 0, 0);
}

void TrapProgram::csr_values() {
  struct Row {
    std::uint32_t number;
    std::uint32_t writable;  ///< bits that random values may have
  };
  constexpr std::uint32_t kAll = ~0u;
  static constexpr Row kRows[] = {
      {0x340, kAll}, {0x341, ~1u},  {0x342, kAll},
      {0x343, kAll}, {0x301, kAll}, {0x310, kAll},
      {0x304, kAll}, {0x306, kAll}, {0x320, kAll},
      {0x30a, kAll}, {0x31a, kAll}, {0x323, kAll},
      {0x32f, kAll}, {0xb03, kAll}, {0xb1f, kAll},
      {0xb83, kAll}, {0x3b3, kAll}, {0x344, ~0x3666u /* QEMU has interrupts of other modes */}};
  if (one_in(3)) {  // mstatus: MPP is 0 or 3
    const std::uint32_t keep = ~kMpp;
    const unsigned value = nonzero();
    as.li(value, (corner() & keep & ~(1u << 3)) | (one_in(2) ? kMpp : 0));
    as.csr(1 + draw(3), 0, kMstatus, value);
    as.csrr(value, kMstatus);
    as.addi(value, 0, 0);
    return;
  }
  if (one_in(4)) {
    const unsigned value = nonzero();
    as.li(value, corner() & ~2u);
    as.csrw(kMtvec, value);
    as.csrr(value, kMtvec);
    as.li(value, vectors_ + bits(1));
    as.csrw(kMtvec, value);
    return;
  }
  const Row& row = kRows[draw(std::size(kRows))];
  csr_value(row.number, row.writable);
}

void TrapProgram::return_to_next() {
  const std::uint32_t at = as.reserve(2);
  as.csrw(kMepc, kResume);
  as.lui(kScratch, 0x2000);
  as.addi(kScratch, kScratch, one_in(2) ? 0x880 : 0x800);
  as.csr(2, 0, kMstatus, kScratch);
  as.mret();
  as.patch_li(at, kResume);
}

void TrapProgram::toggle_vectors() {
  as.li(kScratch, vectors_ + bits(1));
  as.csrw(kMtvec, kScratch);
}

void TrapProgram::interrupt() {
  const bool timer = one_in(2);
  const auto raise = [&] {
    if (timer) {
      as.li(kScratch, kVirtMtimecmp);
      as.sw(0, kScratch, 4);
      as.sw(0, kScratch, 0);
    } else {
      as.li(kScratch, kVirtMsip);
      as.addi(kScratch + 1, 0, 1);
      as.sw(kScratch + 1, kScratch, 0);
    }
  };
  const auto set_enable = [&] {
    as.addi(kScratch + 2, 0, timer ? 0x80 : 0x08);
    as.csrw(kMie, kScratch + 2);
  };
  const auto set_global = [&] { as.csr(6, 0, kMstatus, 8); };
  switch (draw(4)) {
    case 0:
      raise();
      set_enable();
      arithmetic();
      set_global();
      break;
    case 1:
      set_enable();
      set_global();
      raise();
      break;
    case 2:
      set_global();
      raise();
      arithmetic();
      set_enable();
      break;
    default: {  // mret enables it
      set_enable();
      raise();
      const std::uint32_t at = as.reserve(2);
      as.csrw(kMepc, kResume);
      as.lui(kScratch, 0x2000);
      as.addi(kScratch, kScratch, 0x880);
      as.csr(2, 0, kMstatus, kScratch);
      as.mret();
      as.patch_li(at, kResume);
    }
  }
  for (unsigned k = draw(3); k > 0; --k) arithmetic();
  as.csr(7, 0, kMstatus, 8);
  as.csrw(kMie, 0);
}

void TrapProgram::wait_with_pending() {
  as.csr(7, 0, kMstatus, 8);
  as.li(kScratch, kVirtMsip);
  as.addi(kScratch + 1, 0, 1 + 8);
  as.csrw(kMie, kScratch + 1);
  as.sw(kScratch + 1, kScratch, 0);
  as.wfi();
  as.sw(0, kScratch, 0);
  as.csrw(kMie, 0);
}

void TrapProgram::self_modifying() {
  as.align(4);
  const std::uint32_t at = as.reserve(2);
  as.li(kScratch + 1, 0x13u | target() << 7 | source() << 15 | bits(12) << 20);
  as.sw(kScratch + 1, kScratch, 0);
  if (one_in(2)) as.word(0x0000100f);  // fence.i; both see the store without it
  as.patch_li(at, kScratch);
  as.ebreak();  // what the store replaces
}

void TrapProgram::clear_mprv() {
  as.lui(kScratch, 1u << 17);
  as.csr(3, 0, kMstatus, kScratch);
}

void TrapProgram::enter_user_mode() {
  clear_mprv();
  const std::uint32_t at = as.reserve(2);
  as.lui(kScratch, 0x2000);
  as.addi(kScratch, kScratch, 0x800);
  as.csr(3, 0, kMstatus, kScratch);
  as.csrw(kMepc, kResume);
  as.mret();
  as.patch_li(at, kResume);
}

void TrapProgram::user_mode() {
  as.lui(kScratch, 1u << 21);  // TW, for wfi
  as.csr(2 + draw(2), 0, kMstatus, kScratch);
  as.csr(2, 0, kMstatus, kScratch);
  as.li(kScratch, static_cast<std::uint32_t>(random()) & 7);
  as.csrw(0x306, kScratch);
  enter_user_mode();
  for (unsigned k = 2 + draw(8); k > 0; --k) {
    switch (draw(11)) {
      case 0:
        as.mret();
        break;
      case 1:
        as.wfi();
        break;
      case 2:
        csr_of_any_number();
        break;
      case 3: {
        static constexpr std::uint32_t kCounters[] = {0xc00, 0xc01, 0xc02, 0xc80, 0xc81, 0xc82};
        const unsigned rd = nonzero();
        as.csrr(rd, kCounters[draw(6)]);
        as.addi(rd, 0, 0);
        break;
      }
      case 4:
        as.csr(1 + draw(3), target(), 0x300 | bits(8), nonzero());
        break;
      case 5:
        access_fault();
        break;
      case 6:
        one_in(2) ? illegal_word() : illegal_half();
        break;
      case 7:
        as.ebreak();
        break;
      case 8:
        data_access();
        break;
      default:
        arithmetic();
    }
  }
  const std::uint32_t at = as.reserve(2);
  as.ecall();
  as.patch_li(at, kResume);
}

}  // namespace leyden::test
