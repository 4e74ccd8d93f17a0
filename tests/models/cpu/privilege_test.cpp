// User mode, PMP, MPRV and counter enables in running programs, against what the privileged
// architecture (1.12) says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/cpu/trap.h"
#include "tests/models/cpu/program.h"

namespace leyden::cpu {
namespace {

using test::ProgramRun;

constexpr std::uint32_t kUser = 0;
constexpr std::uint32_t kMachine = 3u << 11;
constexpr std::uint32_t kMprv = 1u << 17;
constexpr std::uint32_t kTw = 1u << 21;
constexpr std::uint32_t kMpie = 1u << 7;
constexpr std::uint32_t kIsPc = 1;  ///< mtval is the pc

struct Expected {
  const char* what;
  std::uint32_t cause;
  std::uint32_t value;
  std::uint32_t status;  ///< mstatus in the handler
};

void expect_traps(ProgramRun& run) {
  ASSERT_EQ(run.run(), RunResult::kStopped);
  ASSERT_TRUE(run.hart.stop_report().no_handler) << describe(run.hart.stop_report());
  const std::uint32_t data = run.symbol("data");
  const std::uint32_t code = run.symbol("code");
  ASSERT_EQ(data, code + 64);
  const std::uint32_t user = kUser | kMpie;  // MIE is set since the second mret
  const std::vector<Expected> expected = {
      {"ecall from machine mode", 11, 0, kMachine},
      {"no region: no fetch", 1, kIsPc, kUser},
      {"csrr mstatus", 2, 0x30002573, user},
      {"csrr mscratch", 2, 0x34002573, user},
      {"csrr cycle", 2, 0xc0002573, user},
      {"csrr hpmcounter5", 2, 0xc0502573, user},
      {"csrr pmpcfg0", 2, 0x3a002573, user},
      {"mret", 2, 0x30200073, user},
      {"sret", 2, 0x10200073, user},
      {"sfence.vma", 2, 0x12000073, user},
      {"ecall", 8, 0, user},
      {"ebreak", 3, kIsPc, user},
      {"lw", 4, data + 1, user},
      {"to machine mode", 8, 0, user},
      {"csrr instret", 2, 0xc0202573, kTw | user},
      {"csrr time", 2, 0xc0102573, kTw | user},
      {"csrw cycle", 2, 0xc0051073, kTw | user},
      {"wfi", 2, 0x10500073, kTw | user},
      {"to machine mode", 8, 0, kTw | user},
      {"sw to read-only", 7, data + 60, user},
      {"sb to read-only", 7, data + 3, user},
      {"amoadd.w", 7, data, user},
      {"sc.w", 7, data, user},
      {"lw from execute-only", 5, code, user},
      {"lbu", 5, code + 1, user},
      {"lr.w", 5, code, user},
      {"amoor.w", 7, code, user},
      {"jump to read-only", 1, data, user},
      {"second half of an instruction", 1, data, user},
      {"to machine mode", 8, 0, user},
      {"sw with MPRV", 7, data + 60, kMprv | kMachine | kMpie},
      {"sw to locked", 7, data + 60, kMachine | kMpie},
      {"sw still locked", 7, data + 60, kMachine | kMpie},
  };
  const std::uint32_t log = run.symbol("log");
  const std::uint32_t end = run.memory.word(run.symbol("end_of_log"));
  ASSERT_EQ((end - log) / 20, expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto at = static_cast<std::uint32_t>(log + 20 * i);
    const std::uint32_t place = run.memory.word(at);
    const std::uint32_t value = expected[i].value == kIsPc ? place : expected[i].value;
    EXPECT_EQ(run.memory.word(at + 4), expected[i].cause) << expected[i].what << ": mcause";
    EXPECT_EQ(run.memory.word(at + 8), place) << expected[i].what << ": mepc";
    EXPECT_EQ(run.memory.word(at + 12), value) << expected[i].what << ": mtval";
    EXPECT_EQ(run.memory.word(at + 16), expected[i].status) << expected[i].what << ": mstatus";
  }
  EXPECT_EQ(run.memory.word(data + 64), 0x1c99u & 0xffu) << "the locked region keeps its setting";
  EXPECT_EQ(run.memory.word(data + 68), (data >> 2) | 7u);
}

TEST(UserMode, TrapsAndRights) {
  ProgramRun run("user");
  expect_traps(run);
}

TEST(UserMode, TheSameFromBusMemory) {
  ProgramRun run("user");
  run.memory.is_direct = false;
  expect_traps(run);
}

TEST(UserMode, TheSameInTheTracedVariant) {
  ProgramRun run("user");
  run.hart.set_trace_hook([](const Retired&) {});
  expect_traps(run);
}

}  // namespace
}  // namespace leyden::cpu
