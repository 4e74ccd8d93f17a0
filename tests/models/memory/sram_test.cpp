// SRAM: two ports, direct access that grows with what is written.
#include "models/memory/sram.h"

#include <gmock/gmock.h>

#include "tests/models/memory/memory_bench.h"

namespace leyden::memory {
namespace {

constexpr std::uint64_t kPage = Storage::kPageBytes;

struct Bench {
  Bench() {
    context.declare("system", system_parameters());
    context.declare("sram", Sram::parameters());
    context.set("sram.bytes", 16 * kPage);
    context.set("sram.core_latency_cycles", 1);
    context.set("sram.bus_latency_cycles", 2);
    context.set("sram.core_read_energy_pj", 1);
    context.set("sram.core_write_energy_pj", 10);
    context.set("sram.bus_read_energy_pj", 100);
    context.set("sram.bus_write_energy_pj", 1000);
    sram = std::make_unique<Sram>("sram", context.context);
    core.bind(sram->core_socket);
    bus.bind(sram->bus_socket);
  }
  test::TestContext context{1e9 / kPeriodNs};
  CheckedMaster core{"core"};
  CheckedMaster bus{"bus"};
  std::unique_ptr<Sram> sram;
};

class SramTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Bench>();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { bench_.reset(); }
  void SetUp() override { messages().clear(); }
  void TearDown() override {
    EXPECT_EQ(bench_->core.checker.summary() + bench_->bus.checker.summary(), "");
  }
  static test::TestInitiator& core() { return bench_->core.initiator; }
  static test::TestInitiator& bus() { return bench_->bus.initiator; }
  static std::vector<test::CollectingDiagnostics::Message>& messages() {
    return bench_->context.diagnostics.messages;
  }
  static std::unique_ptr<Bench> bench_;
};

std::unique_ptr<Bench> SramTest::bench_;

TEST_F(SramTest, PortsSeeTheSameBytesWithTheirOwnLatency) {
  core().put32(0x40, 0xcafe);
  EXPECT_EQ(bus().get32(0x40), 0xcafeu);
  EXPECT_EQ(bench_->core.time_of_write(0x40, 64), cycles(1));
  EXPECT_EQ(bench_->bus.time_of_read(0x40, 64), cycles(2));
}

TEST_F(SramTest, EnergyIsCountedByPortDirectionAndBeat) {
  const auto before = bench_->context.ledger.snapshot();
  core().put32(0x40, 1);
  core().get32(0x40);
  bench_->bus.time_of_write(0x48, 16);  // two beats
  bench_->bus.time_of_read(0x40, 4);
  EXPECT_DOUBLE_EQ(energy_since(bench_->context.ledger, before, base::Component::kSram),
                   (10 + 1 + 2 * 1000 + 100) * 1000.0);
}

TEST_F(SramTest, DirectAccessGrowsWithThePagesWritten) {
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(core().request_dmi(tlm::TLM_READ_COMMAND, 5 * kPage + 8, dmi));
  EXPECT_EQ(dmi.get_start_address(), 5 * kPage);  // denied for this page only
  EXPECT_EQ(dmi.get_end_address(), 6 * kPage - 1);

  core().put32(5 * kPage + 8, 1);
  EXPECT_TRUE(core().dmi_hint);
  ASSERT_TRUE(core().request_dmi(tlm::TLM_WRITE_COMMAND, 5 * kPage, dmi));
  EXPECT_EQ(dmi.get_start_address(), 5 * kPage);
  EXPECT_EQ(dmi.get_end_address(), 6 * kPage - 1);
  EXPECT_TRUE(dmi.is_read_write_allowed());
  EXPECT_EQ(dmi.get_read_latency(), cycles(1));
  dmi.get_dmi_ptr()[12] = 0x77;
  EXPECT_EQ(bus().get<std::uint8_t>(5 * kPage + 12), 0x77);
  EXPECT_TRUE(messages().empty());  // a page granted counts as written

  const std::uint64_t word = 0;
  EXPECT_EQ(core().debug_write(7 * kPage - 4, &word, 8), 8u);  // pages 6 and 7, as a loader does
  ASSERT_TRUE(core().request_dmi(tlm::TLM_READ_COMMAND, 6 * kPage, dmi));
  EXPECT_EQ(dmi.get_start_address(), 5 * kPage);  // granted before: wholly written
  EXPECT_EQ(dmi.get_end_address(), 7 * kPage - 1);
  core().get32(7 * kPage + 8);  // so page 7 is still watched
  ASSERT_EQ(messages().size(), 1u);
  EXPECT_EQ(messages()[0].address, 0x80000000 + 7 * kPage + 8);

  const std::vector<std::uint8_t> page(kPage);
  core().debug_write(7 * kPage, page.data(), static_cast<unsigned>(page.size()));
  ASSERT_TRUE(core().request_dmi(tlm::TLM_READ_COMMAND, 5 * kPage, dmi));
  EXPECT_EQ(dmi.get_start_address(), 5 * kPage);
  EXPECT_EQ(dmi.get_end_address(), 8 * kPage - 1);
  EXPECT_FALSE(bus().request_dmi(tlm::TLM_READ_COMMAND, 6 * kPage, dmi));
}

TEST_F(SramTest, AReadOfAPageNeverWrittenIsReportedAndNotHinted) {
  core().get32(10 * kPage + 4);
  ASSERT_EQ(messages().size(), 1u);
  EXPECT_EQ(messages()[0].address, 0x80000000 + 10 * kPage + 4);
  EXPECT_FALSE(core().dmi_hint);
}

TEST_F(SramTest, InvalidationReachesTheCore) {
  core().invalidated.clear();
  bench_->sram->invalidate_dmi();
  EXPECT_THAT(core().invalidated,
              testing::ElementsAre(std::pair<std::uint64_t, std::uint64_t>(0, 16 * kPage - 1)));
}

TEST_F(SramTest, WhatIsWithheldIsNeverGrantedAndEachWriteIsSeen) {
  constexpr std::uint64_t kWord = 12 * kPage + 0x148;  // in the line from 0x140
  bench_->sram->withhold(kWord, 8);
  const std::uint64_t word = 0;
  core().debug_write(12 * kPage, &word, 8);
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(core().request_dmi(tlm::TLM_READ_COMMAND, 12 * kPage, dmi));
  EXPECT_EQ(dmi.get_end_address(), 12 * kPage + 0x13f);
  ASSERT_TRUE(core().request_dmi(tlm::TLM_READ_COMMAND, 12 * kPage + 0x180, dmi));
  EXPECT_EQ(dmi.get_start_address(), 12 * kPage + 0x180);
  EXPECT_EQ(dmi.get_end_address(), 13 * kPage - 1);
  EXPECT_FALSE(core().request_dmi(tlm::TLM_WRITE_COMMAND, kWord, dmi));
  EXPECT_EQ(dmi.get_start_address(), 12 * kPage + 0x140);
  EXPECT_EQ(dmi.get_end_address(), 12 * kPage + 0x17f);

  std::vector<std::string> seen;
  bench_->sram->set_write_observer(
      [&](std::uint64_t offset, std::uint64_t bytes, const char* initiator) {
        seen.push_back(std::to_string(offset - 12 * kPage) + "+" + std::to_string(bytes) + " " +
                       initiator);
      });
  core().put32(kWord, 1);
  EXPECT_FALSE(core().dmi_hint);
  core().get32(kWord);
  core().put32(12 * kPage + 0x180, 1);
  EXPECT_TRUE(core().dmi_hint);
  bus().put32(kWord + 4, 1);
  core().debug_write(kWord, &word, 8);
  bench_->sram->set_write_observer(nullptr);
  EXPECT_THAT(seen, testing::ElementsAre("328+4 core", "384+4 core", "332+4 bus", "328+8 core"));
}

TEST_F(SramTest, OutsideIsAnAddressError) {
  std::uint64_t data = 0;
  ASSERT_AE(core().read(16 * kPage - 4, &data, 8));
  ASSERT_AE(bus().read(16 * kPage, &data, 1));
  EXPECT_FALSE(core().dmi_hint);
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(core().request_dmi(tlm::TLM_READ_COMMAND, 1 << 30, dmi));
}

}  // namespace
}  // namespace leyden::memory
