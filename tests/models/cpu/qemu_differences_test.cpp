// What QEMU 7.2 does otherwise than the privileged architecture (1.12) says, or may do otherwise,
// by hand: docs/models/cpu.md, "Where QEMU differs".
#include <gtest/gtest.h>

#include "tests/models/cpu/rv32_assembler.h"
#include "tests/models/cpu/virt_machine.h"

namespace leyden::test {
namespace {

constexpr std::uint32_t kMstatus = 0x300;
constexpr std::uint32_t kMtvec = 0x305;
constexpr std::uint32_t kMepc = 0x341;
constexpr std::uint32_t kMpp = 3u << 11;
constexpr std::uint32_t kMprv = 1u << 17;
constexpr unsigned kTraps = 31;  ///< x31: exceptions so far
constexpr unsigned kCause = 30;  ///< x30: mcause of the last
constexpr unsigned kBack = 29;   ///< x29: where to go on after one from user mode
constexpr unsigned kOther = 28;

/// Runs code in machine mode behind a handler that counts an exception and goes on at x29, or
/// behind the 4-byte instruction when x29 is 0.
class Differences : public testing::Test {
 protected:
  Differences() {
    const std::uint32_t over = as.reserve();
    as.align(4);
    const std::uint32_t handler = as.here();
    as.addi(kTraps, kTraps, 1);
    as.csrr(kCause, 0x342);
    const std::uint32_t skip = as.reserve();
    as.csrw(kMepc, kBack);
    as.li(kOther, kMpp);
    as.csr(2, 0, kMstatus, kOther);
    as.mret();
    as.patch_branch(skip, 0x63, kBack, 0);
    as.csrr(kOther, kMepc);
    as.addi(kOther, kOther, 4);
    as.csrw(kMepc, kOther);
    as.mret();
    as.patch_jal(over, 0);
    as.li(kOther, handler);
    as.csrw(kMtvec, kOther);
  }
  void run() {
    as.csrw(kMstatus, 0);
    as.li(kOther, kVirtFinisher);
    as.sw(0, kOther, 0);
    machine = std::make_unique<VirtMachine>(VirtProgram{"", as.code});
    for (unsigned k = 0; k < 1000 && !machine->memory.finished; ++k) machine->step();
    ASSERT_TRUE(machine->memory.finished);
  }
  std::uint32_t reg(unsigned index) const { return machine->hart.reg(index); }

  Rv32Assembler as{kVirtRam};
  std::unique_ptr<VirtMachine> machine;
};

// 3.1.6, 3.1.9, 3.1.18: without the supervisor mode and the extensions they belong to, these bits
// read 0; MPP holds only modes there are.
TEST_F(Differences, BitsWithoutMeaningReadZero) {
  as.li(1, ~0u);
  const std::pair<std::uint32_t, std::uint32_t> expected[] = {
      {0x310, 0}, {0x304, 0x888}, {0x344, 0x80 /* the timer */}, {0x30a, 1}, {0x31a, 0}};
  unsigned rd = 2;
  for (const auto& [number, value] : expected) {
    as.csrw(number, 1);
    as.csrr(rd++, number);
  }
  as.csrw(0x304, 0);
  as.li(1, ~0x8u);
  as.csrw(kMstatus, 1);
  as.csrr(7, kMstatus);
  for (unsigned mode = 1; mode <= 2; ++mode) {
    as.li(1, kMpp);
    as.csr(3, 0, kMstatus, 1);
    as.li(1, mode << 11);
    as.csr(2, 0, kMstatus, 1);
    as.csrr(7 + mode, kMstatus);
  }
  run();
  rd = 2;
  for (const auto& [number, value] : expected) {
    EXPECT_EQ(reg(rd++), value) << std::hex << "CSR 0x" << number;
  }
  EXPECT_EQ(reg(7), 0x00221880u) << "TW, MPRV, MPP, MPIE";
  EXPECT_TRUE((reg(8) & kMpp) == 0 || (reg(8) & kMpp) == kMpp);
  EXPECT_TRUE((reg(9) & kMpp) == 0 || (reg(9) & kMpp) == kMpp);
  EXPECT_EQ(reg(kTraps), 0u);
}

// 3.1.8: medeleg and mideleg should not exist without the supervisor mode; neither does sfence.vma.
TEST_F(Differences, NothingOfTheSupervisorMode) {
  as.csrr(1, 0x302);
  as.csrr(1, 0x303);
  as.word(0x12000073);
  run();
  EXPECT_EQ(reg(kTraps), 3u);
  EXPECT_EQ(reg(kCause), cpu::kCauseIllegal);
}

// Zicsr: whether csrrs and csrrc write is told by the register's number, not by its value.
TEST_F(Differences, SettingNoBitIsAWrite) {
  as.li(1, 0);
  as.csr(2, 2, 0xf14, 1);
  as.csr(3, 2, 0xf14, 1);
  as.csr(2, 2, 0xf14, 0);
  run();
  EXPECT_EQ(reg(kTraps), 2u);
  EXPECT_EQ(reg(kCause), cpu::kCauseIllegal);
}

TEST_F(Differences, BitZeroOfMepcReadsZero) {
  as.li(1, 0x80001235);
  as.csrw(kMepc, 1);
  as.csrr(2, kMepc);
  run();
  EXPECT_EQ(reg(2), 0x80001234u);
}

// 3.1.6.3: mret to a less privileged mode clears MPRV. 3.7: without a region that is on, user mode
// may do nothing. (Fails at the fetch, not at the mret.)
TEST_F(Differences, ReturnToUserModeClearsMprv) {
  const std::uint32_t back = as.reserve(2);
  as.li(1, kMpp);
  as.csr(3, 0, kMstatus, 1);
  as.li(1, kMprv);
  as.csr(2, 0, kMstatus, 1);
  as.li(1, kVirtRam);
  as.csrw(kMepc, 1);
  as.mret();
  as.patch_li(back, kBack);
  as.csrr(2, kMstatus);
  run();
  EXPECT_EQ(reg(2) & kMprv, 0u);
  EXPECT_EQ(reg(kTraps), 1u);
  EXPECT_EQ(reg(kCause), cpu::kCauseFetchAccess);
}

// Chapter "A", 8.2: a reservation may be lost in a trap or not. Here only an sc ends it.
TEST_F(Differences, ReservationOutlivesATrapAndAStore) {
  as.li(1, kVirtRam + 0x1000);
  as.r(0x1000202f, 2, 1, 0);  // lr.w
  as.ecall();
  as.r(0x1800202f, 3, 1, 1);  // sc.w
  as.r(0x1000202f, 2, 1, 0);
  as.sw(0, 1, 0);
  as.r(0x1800202f, 4, 1, 1);
  run();
  EXPECT_EQ(reg(kTraps), 1u);
  EXPECT_EQ(reg(3), 0u);
  EXPECT_EQ(reg(4), 0u);
}

}  // namespace
}  // namespace leyden::test
