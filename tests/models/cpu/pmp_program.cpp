#include "tests/models/cpu/pmp_program.h"

namespace leyden::test {
namespace {

// A field of pmpcfg.
constexpr std::uint8_t kRead = 1;
constexpr std::uint8_t kWrite = 2;
constexpr std::uint8_t kExecute = 4;
constexpr std::uint8_t kLock = 0x80;
enum Match { kOff, kTopOfRange, kWord, kPowerOfTwo };
constexpr std::uint8_t field(Match match) { return static_cast<std::uint8_t>(match << 3); }

bool allows(const PmpRules& pmp, bool machine, std::uint8_t rights, std::uint32_t address,
            unsigned bytes) {
  const auto mode = machine ? cpu::Privilege::kMachine : cpu::Privilege::kUser;
  return (pmp.rights(address, bytes, mode) & rights) == rights;
}

constexpr std::uint32_t kMstatus = 0x300;
constexpr std::uint32_t kMepc = 0x341;
constexpr std::uint32_t kPmpcfg0 = 0x3a0;
constexpr std::uint32_t kPmpaddr0 = 0x3b0;

}  // namespace

PmpProgram::PmpProgram(std::uint64_t seed, bool for_qemu)
    : for_qemu_(for_qemu), p_(seed, "PMP: LEYDEN_QEMU_SEED,") {
  // What the frame has set up.
  pmp_.regions.back() = {0x1f, ~0u};
  p_.as.li(kAlways, 1);
}

void PmpProgram::fill(unsigned configurations, unsigned accesses) {
  for (unsigned k = 0; k < configurations; ++k) {
    // Locks stay: one configuration in the middle has them, and is then changed as far as it goes.
    configure(k == configurations / 2);
    for (unsigned n = 0; n < accesses; ++n) access();
  }
}

PmpProgram::Written PmpProgram::draw_configuration(bool locks) {
  Written w;
  for (std::uint32_t& place : hot_) {
    place = kProbeArea + 4 * p_.draw((kProbeEnd - kProbeArea) / 4);
    if (p_.one_in(3)) place &= ~0xfffu;
  }
  const unsigned used = 1 + p_.draw(kEntries);
  for (unsigned i = 0; i < kEntries; ++i) {
    std::uint8_t rights = static_cast<std::uint8_t>(p_.bits(3));
    if (for_qemu_ && (rights & kRead) == 0) rights &= static_cast<std::uint8_t>(~kWrite);
    const std::uint32_t ones = (1u << p_.draw(p_.one_in(8) ? 29 : 13)) - 1;
    auto match = static_cast<Match>(p_.draw(4));
    if (i >= used) match = kOff;
    w.addr[i] = hot() >> 2;
    if (match == kPowerOfTwo) w.addr[i] = (w.addr[i] & ~(2 * ones + 1)) | ones;
    if (!for_qemu_ && p_.one_in(6)) w.addr[i] = static_cast<std::uint32_t>(p_.random());
    w.cfg[i] = rights | field(match);
    if (!for_qemu_ && p_.one_in(4)) w.cfg[i] |= static_cast<std::uint8_t>(p_.bits(2) << 5);
    if (locks && p_.one_in(3)) w.cfg[i] |= kLock;
  }
  if (p_.one_in(2)) {  // user mode may run the code of the program: 1 MiB
    w.addr[0] = (kVirtRam >> 2) | 0x1ffff;
    w.cfg[0] = kExecute | field(kPowerOfTwo);
  }
  if (for_qemu_ || p_.one_in(2)) {
    w.addr[kEntries - 1] = ~0u;
    w.cfg[kEntries - 1] =
        static_cast<std::uint8_t>(field(kPowerOfTwo) | (p_.one_in(2) ? kRead | kExecute : 7));
  }
  return w;
}

/// Whether machine mode can still run the frame: its code, and its end.
bool PmpProgram::frame_works(const PmpRules& pmp) {
  const auto works = [&](std::uint32_t at) {
    return at < kVirtRam || at >= kVirtData || allows(pmp, true, 7, at, 4);
  };
  for (std::uint32_t at = kVirtRam; at < kVirtData; at += 0x4000) {
    if (!works(at)) return false;
  }
  for (const PmpRegister& region : pmp.regions) {  // where a region begins or ends
    if (!works(region.addr << 2) || !works((region.addr << 2) - 4)) return false;
  }
  return allows(pmp, true, kWrite, kVirtFinisher, 4);
}

void PmpProgram::configure(bool locks) {
  for (;;) {
    const Written w = draw_configuration(locks);
    // Addresses first, then the configuration, word by word.
    PmpRules next = pmp_;
    bool works = true;
    for (unsigned i = 0; i < kEntries && works; ++i) {
      next.write_addr(i, w.addr[i]);
      works = frame_works(next);
    }
    std::array<std::uint32_t, kEntries / 4> words{};
    for (unsigned i = 0; i < kEntries; ++i)
      words[i / 4] |= std::uint32_t{w.cfg[i]} << (8 * (i % 4));
    for (unsigned k = 0; k < words.size() && works; ++k) {
      next.write_cfg(k, words[k]);
      works = frame_works(next);
    }
    if (!works) continue;
    pmp_ = next;
    for (unsigned i = 0; i < kEntries; ++i) {
      p_.as.li(kScratch, w.addr[i]);
      p_.as.csrw(kPmpaddr0 + i, kScratch);
    }
    for (unsigned k = 0; k < words.size(); ++k) {
      p_.as.li(kScratch, words[k]);
      p_.as.csrw(kPmpcfg0 + k, kScratch);
    }
    // What can be read back: locked and reserved bits.
    for (unsigned word = 0; word < kEntries / 4; ++word) p_.as.csrr(1 + word, kPmpcfg0 + word);
    for (unsigned i = 0; i < kEntries; ++i) p_.as.csrr(5 + i, kPmpaddr0 + i);
    return;
  }
}

void PmpProgram::access() {
  std::uint32_t address = hot() - 8 + p_.draw(16);
  if (p_.one_in(8)) address = kProbeArea + p_.draw(kProbeEnd - kProbeArea);
  if (address < kProbeArea || address >= kProbeEnd - 8) return;
  if (p_.one_in(4)) {
    fetch(address & ~(for_qemu_ ? 3u : 1u));
  } else {
    data_access(address);
  }
}

void PmpProgram::data_access(std::uint32_t address) {
  Rv32Assembler& as = p_.as;
  enum Mode { kMachine, kModified, kUser };
  auto mode = static_cast<Mode>(p_.draw(3));
  if (mode == kUser && !allows(pmp_, false, kExecute, as.here(), 128)) mode = kModified;
  const unsigned log_bytes = p_.draw(3);
  const unsigned bytes = 1u << log_bytes;
  address &= ~(bytes - 1);
  const unsigned pointer = 1 + p_.draw(10);
  const unsigned value = pointer + 1;
  as.li(pointer, address);
  // Memory stays as it is: a store writes what is there.
  const unsigned in_word = address < kProbeMiddle ? address & 3 : (address & 3) ^ 2;
  as.addi(value, 0, in_word == 0 ? 0x73 : 0);
  if (bytes == 4 && address >= kProbeMiddle) as.lui(value, 0x730000);
  const std::uint32_t resume = as.reserve(2);
  if (mode == kModified || mode == kUser) {
    as.lui(kScratch + 1, 0x2000);
    as.addi(kScratch + 1, kScratch + 1, 0x800);
    as.csr(3, 0, kMstatus, kScratch + 1);  // MPP: user mode
  }
  if (mode == kModified) {
    as.lui(kScratch + 1, 1u << 17);
    as.csr(2, 0, kMstatus, kScratch + 1);  // MPRV
  }
  if (mode == kUser) {
    const std::uint32_t at = as.reserve(2);
    as.csrw(kMepc, kScratch + 1);
    as.mret();
    as.patch_li(at, kScratch + 1);
  }
  PmpExpectation expect;
  expect.tval = address;
  std::uint8_t rights = kRead;
  const std::uint32_t pc = as.here();
  const unsigned kind = p_.draw(bytes == 4 ? 4 : 2);
  switch (kind) {
    case 0:
      as.i(0x0003 | log_bytes << 12, 11, pointer, 0);
      break;
    case 1:
      rights = kWrite;
      as.s(0x0023 | log_bytes << 12, pointer, value, 0);
      break;
    case 2:
      as.r(0x1000202f, 11, pointer, 0);  // lr.w
      break;
    default:
      rights = kRead | kWrite;
      as.r(0x4000202f, 11, pointer, 0);  // amoor.w
  }
  expect.cause = (rights & kWrite) != 0 ? 7 : 5;
  expect.is_allowed = allows(pmp_, mode == kMachine, rights, address, bytes);
  expectations_[pc] = expect;
  if (mode == kUser) as.ecall();
  as.patch_li(resume, kResume);
  if (mode == kModified) as.csr(3, 0, kMstatus, kScratch + 1);
  if (mode == kModified) {
    as.lui(kScratch + 1, 1u << 17);
    as.csr(3, 0, kMstatus, kScratch + 1);
  }
}

void PmpProgram::fetch(std::uint32_t address) {
  Rv32Assembler& as = p_.as;
  const bool machine = p_.one_in(3);
  const std::uint32_t resume = as.reserve(2);
  as.lui(kScratch + 1, 0x2000);
  as.addi(kScratch + 1, kScratch + 1, 0x800);
  as.csr(machine ? 2 : 3, 0, kMstatus, kScratch + 1);
  as.li(kScratch + 1, address);
  as.csrw(kMepc, kScratch + 1);
  PmpExpectation expect;
  expect.is_fetch = true;
  expect.cause = 1;
  // By halfwords: an ecall has two, the 0 beside it is compressed.
  const bool is_long = (address < kProbeMiddle ? address & 2 : (address & 2) ^ 2) == 0;
  expect.tval = address;
  expect.is_allowed = allows(pmp_, machine, kExecute, address, 2);
  if (expect.is_allowed && is_long) {
    expect.tval = address + 2;
    expect.is_allowed = allows(pmp_, machine, kExecute, address + 2, 2);
  }
  expectations_[as.here()] = expect;
  as.mret();
  as.patch_li(resume, kResume);
}

}  // namespace leyden::test
