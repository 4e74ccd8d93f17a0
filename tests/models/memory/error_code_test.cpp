// SRAM and LMEM with SECDED: what masters read, what it costs, what is told.
#include <gmock/gmock.h>

#include "models/memory/local_memory.h"
#include "models/memory/sram.h"
#include "tests/models/memory/memory_bench.h"

namespace leyden::memory {
namespace {

constexpr std::uint64_t kPage = Storage::kPageBytes;
constexpr std::uint64_t kLmem = 0x20000000;

struct Bench {
  Bench() {
    context.declare("system", system_parameters());
    context.declare("sram", Sram::parameters());
    context.declare("lmem", LocalMemory::parameters());
    context.set("sram.bytes", 4 * kPage);
    context.set("sram.core_latency_cycles", 0.0);
    context.set("sram.bus_latency_cycles", 2);
    for (const char* port : {"core", "bus"}) {
      context.set(std::string("sram.") + port + "_read_energy_pj", 1);
      context.set(std::string("sram.") + port + "_write_energy_pj", 10);
    }
    context.set("lmem.bank_bytes", kPage);
    context.set("lmem.latency_cycles", 2);
    context.set("lmem.read_energy_pj", 1);
    context.set("lmem.write_energy_pj", 10);
    for (const std::string scope : {"sram", "lmem"}) {
      context.set(scope + ".ecc", "secded");
      context.set(scope + ".ecc_cycles", 3);
      context.set(scope + ".ecc_energy_pj", 100);
    }
    sram = std::make_unique<Sram>("sram", context.context);
    lmem = std::make_unique<LocalMemory>("lmem", context.context);
    core.bind(sram->core_socket);
    bus.bind(sram->bus_socket);
    dma.bind(lmem->socket);
    sram->protected_words()->set_report(
        [this](bool corrected, std::uint64_t offset) { told.emplace_back(corrected, offset); });
    lmem->protected_words()->set_report([this](bool corrected, std::uint64_t offset) {
      told.emplace_back(corrected, kLmem + offset);
    });
  }
  double picojoules(base::Component component, const base::EventCounts& before) const {
    return energy_since(context.ledger, before, component) / 1000;
  }
  test::TestContext context{1e9 / kPeriodNs};
  CheckedMaster core{"core"};
  CheckedMaster bus{"bus"};
  CheckedMaster dma{"dma"};
  std::unique_ptr<Sram> sram;
  std::unique_ptr<LocalMemory> lmem;
  std::vector<std::pair<bool, std::uint64_t>> told;
};

using Told = std::vector<std::pair<bool, std::uint64_t>>;

class ErrorCodeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Bench>();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { bench_.reset(); }
  void SetUp() override {
    sc_core::sc_start(cycles(1000));
    bench_->told.clear();
  }
  static std::unique_ptr<Bench> bench_;
};

std::unique_ptr<Bench> ErrorCodeTest::bench_;

TEST_F(ErrorCodeTest, AFlippedBitOfSramReadsCorrectedUntilItIsWritten) {
  test::TestInitiator& core = bench_->core.initiator;
  const std::vector<std::uint8_t> page(kPage, 0x5a);
  core.write(0, page.data(), kPage);
  bench_->sram->flip(0x105, 4);
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(core.request_dmi(tlm::TLM_READ_COMMAND, 0x104, dmi));
  EXPECT_TRUE(core.request_dmi(tlm::TLM_READ_COMMAND, 0x140, dmi));
  EXPECT_GE(dmi.get_start_address(), 0x140u);
  EXPECT_EQ(core.get32(0x104), 0x5a5a5a5au);
  EXPECT_EQ(core.get32(0x104), 0x5a5a5a5au);
  EXPECT_FALSE(core.request_dmi(tlm::TLM_READ_COMMAND, 0x104, dmi));
  EXPECT_EQ(bench_->told, (Told{{true, 0x104}, {true, 0x104}}));
  core.put32(0x104, 7);
  EXPECT_TRUE(core.request_dmi(tlm::TLM_READ_COMMAND, 0x104, dmi));
  EXPECT_EQ(core.get32(0x104), 7u);
  EXPECT_EQ(bench_->told.size(), 2u);
}

TEST_F(ErrorCodeTest, TwoFlippedBitsOfAWordGiveAnErrorResponse) {
  bench_->core.initiator.put32(0x200, 0);
  bench_->core.initiator.put32(0x204, 0);
  bench_->sram->flip(0x200, 0);
  bench_->sram->flip(0x203, 7);
  std::uint32_t word = 0;
  EXPECT_EQ(bench_->core.initiator.read(0x200, &word, 4), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(bench_->bus.initiator.read(0x202, &word, 1), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(bench_->bus.initiator.read(0x204, &word, 4), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(bench_->told, (Told{{false, 0x200}, {false, 0x200}}));
}

TEST_F(ErrorCodeTest, CostsCyclesAndEnergy) {
  // Bus port: 2 cycles of its own, 3 of the code; a part of a word is a read and a write.
  EXPECT_EQ(bench_->bus.time_of_write(0x300, 16), cycles(5));
  EXPECT_EQ(bench_->bus.time_of_read(0x300, 16), cycles(5));
  const base::EventCounts before = bench_->context.ledger.snapshot();
  EXPECT_EQ(bench_->bus.time_of_write(0x301, 1), cycles(10));
  EXPECT_EQ(bench_->picojoules(base::Component::kSram, before), 10 + 1 + 2 * 100);
  EXPECT_EQ(bench_->core.time_of_read(0x300, 4), cycles(0));  // within the core's own cycles

  sc_core::sc_start(cycles(1000));
  const base::EventCounts lmem = bench_->context.ledger.snapshot();
  EXPECT_EQ(bench_->dma.time_of_write(0x20, 16), cycles(5));
  EXPECT_EQ(bench_->picojoules(base::Component::kLmem, lmem), 10 + 100);
  sc_core::sc_start(cycles(1000));
  LmemPortIf& unit = *bench_->lmem->port.operator->();
  EXPECT_EQ(unit.occupy({kLmem, 64, 0, 1}, 4, 0, 10), 3u);
}

TEST_F(ErrorCodeTest, AUnitsReadOfLmemIsTold) {
  test::TestInitiator& dma = bench_->dma.initiator;
  for (unsigned word = 0; word < 4; ++word) dma.put32(0x80 + 4 * word, 0x01020304);
  bench_->lmem->flip(0x84, 0);
  bench_->lmem->flip(0x88, 1);
  bench_->lmem->flip(0x88, 2);
  LmemPortIf& unit = *bench_->lmem->port.operator->();
  unit.release(unit.claim("cim0", ClaimMode::kRead, {kLmem + 0x80, 8, 0, 1}));
  EXPECT_EQ(bench_->told, (Told{{true, kLmem + 0x84}}));
  EXPECT_EQ(*bench_->lmem->data({kLmem + 0x84, 1, 0, 1}), 0x04);
  unit.release(unit.claim("cim0", ClaimMode::kRead, {kLmem + 0x88, 4, 0, 1}));
  EXPECT_EQ(bench_->told.back(), (std::pair<bool, std::uint64_t>{false, kLmem + 0x88}));
  std::uint32_t word = 0;
  EXPECT_EQ(dma.read(0x88, &word, 4), tlm::TLM_GENERIC_ERROR_RESPONSE);
}

}  // namespace
}  // namespace leyden::memory
