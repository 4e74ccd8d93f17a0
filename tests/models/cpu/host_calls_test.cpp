// What reaches a hart from outside its program: other masters' writes, and the host behind ebreak.
#include <cstring>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "models/cpu/hart.h"
#include "models/cpu/trap.h"
#include "tests/models/cpu/array_memory.h"

namespace leyden::cpu {
namespace {

constexpr std::uint32_t kCode = 0x80000000u;
constexpr std::uint32_t kWord = 0x80001000u;
constexpr std::uint32_t kValue = 0x1234;
constexpr unsigned kT1 = 6;
constexpr unsigned kA0 = 10;
constexpr unsigned kA1 = 11;

// Encodings of the unprivileged specification.
constexpr std::uint32_t kLoadReserved = 0x100522af;      // lr.w t0, (a0)
constexpr std::uint32_t kStoreConditional = 0x18b5232f;  // sc.w t1, a1, (a0)
constexpr std::uint32_t kNop = 0x00000013;
constexpr std::uint32_t kEbreak = 0x00100073;
constexpr std::uint32_t kSpin = 0x0000006f;  // j .

/// Array memory in which something may happen before a conditional store.
class Memory : public test::ArrayMemory {
 public:
  using ArrayMemory::ArrayMemory;
  std::function<void()> before_access;
  std::uint64_t catch_up(std::uint64_t) override {
    if (before_access) before_access();
    return before_access ? 7 : 0;
  }
};

struct Machine {
  explicit Machine(const std::vector<std::uint32_t>& code) : memory(kCode, 0x2000) {
    memory.load(kCode, code.data(), code.size() * 4);
    hart.reset(kCode);
    hart.set_reg(kA0, kWord);
    hart.set_reg(kA1, kValue);
  }
  void until(std::uint32_t pc) {
    for (unsigned i = 0; i < 1000 && hart.pc() != pc; ++i) hart.run(hart.cycles() + 1);
    ASSERT_EQ(hart.pc(), pc);
  }
  Memory memory;
  Hart hart{Timing(), memory};
};

struct Case {
  const char* what;
  std::uint32_t first;
  std::uint32_t last;
  bool lost;
};

class Reservation : public testing::TestWithParam<bool> {};

TEST_P(Reservation, IsLostToAWriteOfItsWordOnly) {
  const Case cases[] = {
      {"the word", kWord, kWord + 3, true},
      {"its last byte", kWord + 3, kWord + 3, true},
      {"a long run over it", kWord - 64, kWord + 64, true},
      {"up to it", kWord - 16, kWord - 1, false},
      {"from behind it", kWord + 4, kWord + 19, false},
  };
  for (const Case& c : cases) {
    Machine run({kLoadReserved, kNop, kStoreConditional, kSpin});
    run.memory.is_direct = GetParam();
    run.until(kCode + 4);
    run.hart.lose_reservation(c.first, c.last);
    run.until(kCode + 12);
    EXPECT_EQ(run.hart.reg(kT1), c.lost ? 1u : 0u) << c.what;
    EXPECT_EQ(run.memory.word(kWord), c.lost ? 0u : kValue) << c.what;
  }
}
INSTANTIATE_TEST_SUITE_P(DirectAndBus, Reservation, testing::Bool());

TEST(Reservation, IsLostToAWriteWhileTheStoreWaits) {
  for (const bool lost : {false, true}) {
    Machine run({kLoadReserved, kStoreConditional, kSpin});
    run.memory.is_direct = false;
    run.until(kCode + 4);
    const std::uint64_t before = run.hart.cycles();
    run.memory.before_access = [&] {
      if (lost) run.hart.lose_reservation(kWord, kWord);
    };
    run.until(kCode + 8);
    EXPECT_EQ(run.hart.reg(kT1), lost ? 1u : 0u);
    EXPECT_EQ(run.memory.word(kWord), lost ? 0u : kValue);
    EXPECT_EQ(run.hart.cycles() - before, Timing().of(TimingClass::kAtomic) + 7);
  }
}

TEST(EbreakHook, AServedCallGoesOnBehindIt) {
  Machine run({kNop, kEbreak, kSpin});
  unsigned calls = 0;
  run.hart.set_ebreak_hook([&] {
    EXPECT_EQ(run.hart.pc(), kCode + 4);
    run.hart.set_reg(kA0, 99);
    return ++calls == 1;
  });
  const RunResult result = run.hart.run(1000);
  EXPECT_EQ(result, RunResult::kResynchronise) << "the host may have changed anything";
  EXPECT_EQ(run.hart.pc(), kCode + 8);
  EXPECT_EQ(run.hart.reg(kA0), 99u);
  EXPECT_EQ(run.hart.instructions(), 1u) << "the call does not count as an instruction";
  EXPECT_EQ(run.hart.cycles(), Timing().of(TimingClass::kAlu) + Timing().trap);
  EXPECT_EQ(calls, 1u);
}

TEST(EbreakHook, OneThatIsNoCallIsABreakpoint) {
  Machine run({kNop, kEbreak, kSpin});
  run.hart.set_ebreak_hook([] { return false; });
  EXPECT_EQ(run.hart.run(1000), RunResult::kStopped);  // there is no handler
  EXPECT_EQ(run.hart.stop_report().cause, kCauseBreakpoint);
  EXPECT_EQ(run.hart.stop_report().pc, kCode + 4);
}

}  // namespace
}  // namespace leyden::cpu
