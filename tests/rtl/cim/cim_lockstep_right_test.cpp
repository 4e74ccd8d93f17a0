// The RTL of the CIM unit with the model beside it: nothing is told of what is right.
#include <algorithm>
#include <random>

#include <gmock/gmock.h>

#include "tests/rtl/cim/lockstep_case.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::cim;

constexpr std::uint32_t kStart = 1, kIrqEnable = 2;
constexpr std::uint32_t kDone = 2, kError = 4;

const std::vector<MacroKind>& kinds() {
  static const std::vector<MacroKind> kKinds = {
      {"imagine", "imagine", {}},
      {"capram", "capram", {}},
      {"adapt256", "adapt256", {}},
      {"rram128", "rram128", {}},
      {"pipelined", "imagine", {{"pipelined", "yes"}}},
      {"skipping", "rram128", {{"drive.zero_skipping", "yes"}}},
  };
  return kKinds;
}

/// Accesses as software makes them around a job, at random.
class Software {
 public:
  Software(CimBench& bench, unsigned seed) : bench_(bench), random_(seed) {}

  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  void run(const cim::DecodedJob& decoded, const cim::DecodedJob& next) {
    leyden::test::TestInitiator& bus = bench_.registers;
    put(decoded);
    // CTRL alone, or with the register behind it, whose write clears nothing.
    const std::uint32_t words[] = {kStart | (below(2) ? kIrqEnable : 0), 0};
    ASSERT_OK(bus.write(reg::kCtrl, words, below(3) == 0 ? 8 : 4));
    for (unsigned n = below(4); n > 0; --n) {
      sc_core::wait(below(30) * bench_.clock.period());
      switch (below(6)) {
        case 0:
          bus.put32(reg::kCtrl, kStart | kIrqEnable);  // an error while it is busy
          seconds += 1;
          break;
        case 1:
          put(next);
          break;
        case 2:
          bus.put<std::uint8_t>(reg::kTag + 1, static_cast<std::uint8_t>(random_()));
          break;
        case 3:
          bus.put32(reg::kStatus, kDone | kError);
          break;
        case 4: {
          std::uint32_t any = 0;  // wherever it is, also what is refused
          const unsigned length = below(2) != 0 ? 4 : 3;
          if (bus.read(below(0x200) * 2, &any, length) != tlm::TLM_OK_RESPONSE) ++refusals;
          break;
        }
        default:
          bus.get32(reg::kStatus);
          bus.get32(reg::kErrorCode);
      }
    }
    do {
      sc_core::wait((1 + below(5)) * bench_.clock.period());
      if (below(2) != 0) bus.get32(reg::kStatus);
    } while (bench_.unit->busy());
    sc_core::wait(below(3) * bench_.clock.period());
    const std::uint32_t status = bus.get32(reg::kStatus);
    if ((status & kError) != 0) ++errors;
    std::uint32_t all[reg::kJobWords];
    ASSERT_OK(bus.read(reg::kJobFirst, all, sizeof all));
    bus.put32(reg::kStatus, kDone | kError);
    if (below(4) == 0) bus.put32(reg::kCtrl, 0);
    ASSERT_OK(bench_.weights.read(4 * below(16), all, 8));
  }

  unsigned seconds = 0, errors = 0, refusals = 0;

 private:
  void put(const cim::DecodedJob& decoded) {
    const cim::JobWords words = cim::encode_job(decoded);
    ASSERT_OK(bench_.registers.write(reg::kJobFirst, words.data(), sizeof words));
  }
  CimBench& bench_;
  std::mt19937 random_;
};

class CimLockstepRightTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const MacroKind& kind : kinds()) {
      cases_[kind.name] = std::make_unique<LockstepCase>(kind.name, kind, CimDefects{});
    }
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { cases_.clear(); }
  static std::map<std::string, std::unique_ptr<LockstepCase>> cases_;
};

std::map<std::string, std::unique_ptr<LockstepCase>> CimLockstepRightTest::cases_;

TEST_F(CimLockstepRightTest, WhatIsRightIsNotTold) {
  unsigned number = 0;
  for (const MacroKind& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    LockstepCase& one = *cases_.at(kind.name);
    CimBench& bench = one.bench;
    bench.load_weights(5);
    RandomJobs jobs(bench.macro(), 900 + number++);
    Software software(bench, number);
    for (unsigned i = 0; i < 100; ++i) {
      bench.context.fidelity = static_cast<base::Fidelity>(i % 3);
      bench.context.draws = {3, i};
      const cim::DecodedJob decoded = i % 4 == 3 ? jobs.next_wrong() : jobs.next();
      if (decoded.job.positions() > 5000) continue;
      fill_lmem(bench, i);
      bench.registers.run([&] { software.run(decoded, jobs.next()); });
      ASSERT_FALSE(one.first) << i << ": " << one.first->sentence();
    }
    EXPECT_GT(software.seconds, 10u);
    EXPECT_GT(software.errors, 20u);
    EXPECT_GT(software.refusals, 5u);
    EXPECT_GT(bench.pins->jobs(), 50u);
  }
}

/// Words of one access that a job ends in between are of different times.
TEST_F(CimLockstepRightTest, LongAccessesAcrossTheEndOfAJob) {
  LockstepCase& one = *cases_.at("imagine");
  CimBench& bench = one.bench;
  leyden::test::TestInitiator& bus = bench.registers;
  bench.load_weights(5);
  cim::DecodedJob small = plain_job(RandomJobs::kLmem + 0x4000);
  small.job.out_width = small.job.out_height = 1;
  small.job.in_bits = 1;
  cim::DecodedJob wrong = small;
  wrong.job.in_bits = 9;
  // From CTRL to the last word, a word in two cycles; the words are the next job's.
  std::vector<std::uint32_t> block((reg::kJobFirst - reg::kCtrl) / 4 + reg::kJobWords);
  block[0] = kStart | kIrqEnable;
  const auto bytes = static_cast<unsigned>(4 * block.size());
  const auto start = [&](const cim::DecodedJob& decoded) {
    const cim::JobWords words = cim::encode_job(decoded);
    ASSERT_OK(bus.write(reg::kJobFirst, words.data(), sizeof words));
    ASSERT_OK(bus.write(reg::kCtrl, block.data(), bytes));
  };
  for (unsigned i = 0; i < 60; ++i) {
    fill_lmem(bench, 8);
    bus.run([&] {
      // A job that ends before the write that starts it.
      start(i % 2 == 0 ? small : wrong);
      EXPECT_FALSE(bench.unit->busy());
      EXPECT_NE(bus.get32(reg::kStatus), 0u);
      bus.put32(reg::kStatus, kDone | kError);
      // A job that ends while another one is started, cleared and read.
      const cim::JobWords words = cim::encode_job(small);
      ASSERT_OK(bus.write(reg::kJobFirst, words.data(), sizeof words));
      bus.put32(reg::kCtrl, kStart);
      sc_core::wait(i * bench.clock.period());
      const std::uint32_t both[] = {kStart | kIrqEnable, kDone | kError};
      ASSERT_OK(bus.write(reg::kCtrl, both, sizeof both));
      std::uint32_t read[3] = {};
      ASSERT_OK(bus.read(reg::kCtrl, read, sizeof read));
      while (bench.unit->busy()) sc_core::wait(bench.clock.period());
      sc_core::wait(3 * bench.clock.period());
      bus.put32(reg::kStatus, kDone | kError);
    });
    ASSERT_FALSE(one.first) << i << ": " << one.first->sentence();
  }
}

TEST_F(CimLockstepRightTest, TheModelLosesItsWeightsTooAndIsWrittenByDebuggers) {
  LockstepCase& one = *cases_.at("capram");
  CimBench& bench = one.bench;
  bench.load_weights(5);
  std::uint8_t row[16] = {};
  bench.registers.run([&] { ASSERT_OK(bench.weights.read(0, row, sizeof row)); });
  for (std::uint8_t& byte : row) byte = static_cast<std::uint8_t>(~byte);
  EXPECT_EQ(bench.weights.debug_write(0, row, sizeof row), sizeof row);
  std::uint8_t again[16] = {};
  bench.registers.run([&] { ASSERT_OK(bench.weights.read(0, again, sizeof again)); });
  EXPECT_TRUE(std::equal(row, row + sizeof row, again));

  bench.unit->power_off();
  RandomJobs jobs(bench.macro(), 4);
  CimOutcome outcome;
  bench.registers.run([&] { outcome = bench.run(jobs.next()); });
  EXPECT_EQ(outcome.error_code, static_cast<std::uint32_t>(cim::JobError::kNotWritten));
  EXPECT_FALSE(one.first) << one.first->sentence();
}

}  // namespace
}  // namespace leyden::cosim
