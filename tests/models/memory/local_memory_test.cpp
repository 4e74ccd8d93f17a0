// LMEM: claims, contention of units and the bus, power-up contents at each image.
#include "models/memory/local_memory.h"

#include <cstring>

#include <gmock/gmock.h>

#include "models/base/error.h"
#include "tests/models/memory/memory_bench.h"

namespace leyden::memory {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::uint64_t kBase = 0x20000000;
constexpr std::uint64_t kBank = 16384;

struct Bench {
  Bench() {
    context.declare("system", system_parameters());
    context.declare("lmem", LocalMemory::parameters());
    context.set("lmem.bank_bytes", kBank);
    context.set("lmem.latency_cycles", 2);
    context.set("lmem.read_energy_pj", 1);
    context.set("lmem.write_energy_pj", 100);
    lmem = std::make_unique<LocalMemory>("lmem", context.context);
    master.bind(lmem->socket);
  }
  test::TestContext context{1e9 / kPeriodNs};
  CheckedMaster master{"dma"};
  std::unique_ptr<LocalMemory> lmem;
};

class LocalMemoryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Bench>();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { bench_.reset(); }
  void SetUp() override {
    sc_core::sc_start(cycles(100000));
    bench_->lmem->reset_contents();
    messages().clear();
  }
  void TearDown() override { EXPECT_EQ(bench_->master.checker.summary(), ""); }

  static LmemPortIf& unit() { return *bench_->lmem->port.operator->(); }
  static test::TestInitiator& master() { return bench_->master.initiator; }
  static std::vector<test::CollectingDiagnostics::Message>& messages() {
    return bench_->context.diagnostics.messages;
  }
  static std::string claim_error(const std::string& owner, ClaimMode mode, const Region& region) {
    try {
      unit().release(unit().claim(owner, mode, region));
    } catch (const base::ModelError& error) {
      return error.what();
    }
    return "";
  }
  static std::unique_ptr<Bench> bench_;
};

std::unique_ptr<Bench> LocalMemoryTest::bench_;

TEST_F(LocalMemoryTest, UnitsAndMastersSeeTheSameBytes) {
  master().put32(0x100, 0xabcd1234);
  std::uint8_t* data = unit().data({kBase + 0x100, 4, 0, 1});
  ASSERT_NE(data, nullptr);
  std::uint32_t word = 0;
  std::memcpy(&word, data, 4);
  EXPECT_EQ(word, 0xabcd1234u);
  data[0] = 0x99;
  EXPECT_EQ(master().get32(0x100), 0xabcd1299u);
}

TEST_F(LocalMemoryTest, RegionsMustLieInside) {
  EXPECT_NE(unit().data({kBase, 16, 64, 512}), nullptr);
  EXPECT_EQ(unit().data({kBase + 64, 16, 64, 511}), unit().data({kBase + 64, 1, 0, 1}));
  EXPECT_EQ(unit().data({kBase + 64, 65, 64, 512}), nullptr);
  EXPECT_EQ(unit().data({kBase - 1, 4, 0, 1}), nullptr);
  EXPECT_THAT(claim_error("cim0", ClaimMode::kRead, {kBase + 2 * kBank - 3, 4, 0, 1}),
              AllOf(HasSubstr("leaves LMEM"), HasSubstr("32768 bytes from 0x20000000")));
}

TEST_F(LocalMemoryTest, ConflictingClaimsNameBothOwners) {
  const Region region{kBase, 64, 0, 1};
  unit().mark_written(region);
  const ClaimId reading = unit().claim("cim0", ClaimMode::kRead, region);
  EXPECT_EQ(claim_error("vector", ClaimMode::kRead, region), "");
  EXPECT_THAT(claim_error("vector", ClaimMode::kWrite, {kBase + 60, 8, 0, 1}),
              AllOf(HasSubstr("vector claims 0x2000003c (8 bytes) to write to"),
                    HasSubstr("while cim0 claims 0x20000000 (64 bytes) to read from")));
  EXPECT_EQ(claim_error("cim0", ClaimMode::kWrite, region), "");  // one unit, in place
  unit().release(reading);
  EXPECT_EQ(claim_error("vector", ClaimMode::kWrite, region), "");
  EXPECT_THROW(unit().release(reading), base::ModelError);

  const ClaimId slice = unit().claim("cim0", ClaimMode::kWrite, {kBase, 16, 64, 100});
  EXPECT_EQ(claim_error("cim1", ClaimMode::kWrite, {kBase + 16, 48, 64, 100}), "");
  EXPECT_NE(claim_error("cim1", ClaimMode::kWrite, {kBase + 16, 49, 64, 99}), "");
  unit().release(slice);
}

TEST_F(LocalMemoryTest, BusAccessesToClaimedRegionsAreErrorsThatNameBoth) {
  const ClaimId output = unit().claim("cim0", ClaimMode::kWrite, {kBase + 0x40, 16, 0, 1});
  unit().mark_written({kBase + 0x80, 16, 0, 1});
  const ClaimId input = unit().claim("cim0", ClaimMode::kRead, {kBase + 0x80, 16, 0, 1});
  std::uint64_t data = 0;
  EXPECT_EQ(master().read(0x48, &data, 8), tlm::TLM_GENERIC_ERROR_RESPONSE);
  ASSERT_EQ(messages().size(), 1u);
  EXPECT_EQ(messages()[0].severity, base::Severity::kError);
  EXPECT_EQ(messages()[0].address, kBase + 0x48);
  EXPECT_THAT(messages()[0].text,
              AllOf(HasSubstr("dma reads 0x20000048 (8 bytes)"), HasSubstr("while cim0 claims")));
  EXPECT_EQ(master().write(0x80, &data, 8), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(master().read(0x80, &data, 8), tlm::TLM_OK_RESPONSE);   // both read
  EXPECT_EQ(master().write(0x50, &data, 8), tlm::TLM_OK_RESPONSE);  // beside the region
  EXPECT_EQ(master().debug_read(0x48, &data, 8), 8u);               // debuggers may look
  EXPECT_THROW(bench_->lmem->reset_contents(), base::ModelError);
  unit().release(output);
  unit().release(input);
  EXPECT_EQ(master().write(0x48, &data, 8), tlm::TLM_OK_RESPONSE);
}

TEST_F(LocalMemoryTest, AClaimToReadWhatWasNeverWrittenIsReportedOnce) {
  unit().mark_written({kBase, 16, 64, 2});
  EXPECT_EQ(claim_error("cim0", ClaimMode::kRead, {kBase, 16, 64, 2}), "");
  EXPECT_TRUE(messages().empty());
  EXPECT_EQ(claim_error("cim0", ClaimMode::kRead, {kBase, 16, 64, 4}), "");
  ASSERT_EQ(messages().size(), 1u);
  EXPECT_EQ(messages()[0].address, kBase + 128);
  EXPECT_EQ(claim_error("cim0", ClaimMode::kWrite, {kBase + 512, 16, 0, 1}), "");
  EXPECT_EQ(messages().size(), 1u);
}

TEST_F(LocalMemoryTest, AnIdleBankAddsItsLatencyOnly) {
  EXPECT_EQ(bench_->master.time_of_write(0, 256), cycles(2));
  sc_core::sc_start(cycles(1));  // the bus brings one beat a cycle
  EXPECT_EQ(bench_->master.time_of_read(0, 16), cycles(2));
}

// A job takes 3 of 4 cycles of bank A for 400 cycles. A bus access of 4 beats that arrives at cycle
// 100 began at 96, gets every fourth cycle and is served at 112, 12 cycles late. Bank B is idle.
TEST_F(LocalMemoryTest, TheBusTakesTheCyclesThatJobsLeave) {
  EXPECT_EQ(unit().occupy({kBase, 4800, 0, 1}, 300, 0, 400), 0u);
  sc_core::sc_start(cycles(100));
  EXPECT_EQ(bench_->master.time_of_write(0x2000, 64), cycles(2 + 12));
  EXPECT_EQ(bench_->master.time_of_write(kBank, 64), cycles(2));
}

TEST_F(LocalMemoryTest, JobsOfOneBankDelayEachOtherThoseOfTwoDoNot) {
  EXPECT_EQ(unit().occupy({kBase, 1600, 0, 1}, 100, 0, 100), 0u);
  EXPECT_EQ(unit().occupy({kBase + kBank, 1600, 0, 1}, 0, 100, 100), 0u);
  EXPECT_EQ(unit().occupy({kBase + 4096, 1600, 0, 1}, 0, 100, 100), 100u);
  sc_core::sc_start(cycles(1000));
  // Half of it in each bank: 50 beats in 100 cycles beside a full bank A, 50 more after it.
  EXPECT_EQ(unit().occupy({kBase, 1600, 0, 1}, 100, 0, 100), 0u);
  EXPECT_EQ(unit().occupy({kBase + kBank - 800, 1600, 0, 1}, 0, 100, 100), 50u);
}

TEST_F(LocalMemoryTest, EnergyIsCountedByBeat) {
  const auto before = bench_->context.ledger.snapshot();
  unit().occupy({kBase, 1600, 0, 1}, 70, 3, 100);
  bench_->master.time_of_write(8, 16);  // two beats
  bench_->master.time_of_read(8, 4);
  EXPECT_DOUBLE_EQ(energy_since(bench_->context.ledger, before, base::Component::kLmem),
                   (71 * 1 + 5 * 100) * 1000.0);
}

TEST_F(LocalMemoryTest, ResetGivesPowerUpContentsAgain) {
  const std::uint32_t before = master().get32(0x400);
  ASSERT_EQ(messages().size(), 1u);  // never written
  master().put32(0x400, ~before);
  bench_->lmem->reset_contents();
  EXPECT_EQ(master().get32(0x400), before);
  EXPECT_EQ(messages().size(), 2u);
}

}  // namespace
}  // namespace leyden::memory
