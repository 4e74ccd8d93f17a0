// The pieces of TrapProgram that trap, or are about traps and modes.
#include <iterator>
#include <utility>

#include "models/cpu/instruction.h"
#include "tests/models/cpu/trap_program.h"

namespace leyden::test {
namespace {

constexpr std::uint32_t kMstatus = 0x300;
constexpr std::uint32_t kMie = 0x304;
constexpr std::uint32_t kMtvec = 0x305;
constexpr std::uint32_t kMepc = 0x341;
constexpr std::uint32_t kMpp = 3u << 11;

/// CSRs that QEMU 7.2 has, and this core has not.
constexpr std::pair<std::uint32_t, std::uint32_t> kCsrsOfQemu[] = {
    {0x302, 0x303},  // medeleg, mideleg, not to exist without supervisor mode
};

bool is_legal(std::uint32_t word) { return cpu::decode(word).id != cpu::Id::kIllegal; }
/// QEMU 7.2 runs sfence.vma in a hart without supervisor mode.
bool is_sfence(std::uint32_t word) { return (word & 0xfe007fff) == 0x12000073; }
bool is_compressed(std::uint32_t word) { return (word & 3) != 3; }

}  // namespace

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
