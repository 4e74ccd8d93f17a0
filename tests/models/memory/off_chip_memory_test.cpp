// Off-chip memory: one channel, served in order of arrival.
#include "models/memory/off_chip_memory.h"

#include <cstdio>
#include <random>

#include <gmock/gmock.h>
#include <unistd.h>

#include "models/base/error.h"
#include "tests/models/memory/memory_bench.h"

namespace leyden::memory {
namespace {

constexpr std::uint64_t kGiB = 1ull << 30;

/// Host memory this process really holds, in bytes.
std::uint64_t resident_bytes() {
  unsigned long long size = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%llu %llu", &size, &resident) != 2) resident = 0;
  if (file != nullptr) std::fclose(file);
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

struct Channel {
  Channel(const std::string& name, double bytes_per_cycle) : master(name + "_master") {
    context.declare("system", system_parameters());
    context.declare("off_chip", OffChipMemory::parameters());
    context.set("off_chip.bytes", kGiB);
    context.set("off_chip.latency_ns", 95);  // 10 cycles of 10 ns, rounded up
    context.set("off_chip.bytes_per_cycle", bytes_per_cycle);
    context.set("off_chip.read_energy_pj", 3);
    context.set("off_chip.write_energy_pj", 5);
    memory = std::make_unique<OffChipMemory>(name.c_str(), context.context);
    master.bind(memory->socket);
  }
  sc_core::sc_time finish(std::uint64_t arrival, std::uint64_t address, unsigned bytes) {
    std::vector<std::uint8_t> data(bytes);
    master.initiator.delay = cycles(arrival);
    EXPECT_EQ(master.initiator.write(address, data.data(), bytes), tlm::TLM_OK_RESPONSE);
    return master.initiator.delay;
  }
  test::TestContext context{1e9 / kPeriodNs};
  CheckedMaster master;
  std::unique_ptr<OffChipMemory> memory;
};

class OffChipMemoryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    slow_ = std::make_unique<Channel>("slow", 4);
    fast_ = std::make_unique<Channel>("fast", 5);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() {
    slow_.reset();
    fast_.reset();
  }
  void SetUp() override { sc_core::sc_start(cycles(100000)); }
  void TearDown() override {
    EXPECT_EQ(slow_->master.checker.summary() + fast_->master.checker.summary(), "");
  }
  static std::unique_ptr<Channel> slow_, fast_;
};

std::unique_ptr<Channel> OffChipMemoryTest::slow_, OffChipMemoryTest::fast_;

TEST_F(OffChipMemoryTest, AnIdleChannelTakesTransferAndLatency) {
  EXPECT_EQ(slow_->finish(0, 0, 64), cycles(16 + 10));
  EXPECT_EQ(slow_->finish(100, 0, 65), cycles(100 + 17 + 10));
  EXPECT_EQ(fast_->finish(0, 0, 64), cycles(13 + 10));
}

// By hand, 4 bytes a cycle: [0, 16), [16, 20), idle, [50, 52); each answered 10 cycles later.
TEST_F(OffChipMemoryTest, AccessesQueueForTheChannelNotForTheLatency) {
  EXPECT_EQ(slow_->finish(0, 0, 64), cycles(26));
  EXPECT_EQ(slow_->finish(3, 0, 16), cycles(30));
  EXPECT_EQ(slow_->finish(50, 0, 8), cycles(62));
}

TEST_F(OffChipMemoryTest, MoreBandwidthIsNeverSlower) {
  std::mt19937 random(6);
  std::uint64_t arrival = 0;
  for (int i = 0; i < 500; ++i) {
    arrival += random() % 40;
    const unsigned bytes = 1 + random() % 256;
    EXPECT_LE(fast_->finish(arrival, 0, bytes), slow_->finish(arrival, 0, bytes));
  }
}

TEST_F(OffChipMemoryTest, EnergyIsCountedByByteAndDirection) {
  const auto before = slow_->context.ledger.snapshot();
  slow_->master.time_of_write(64, 10);
  slow_->master.time_of_read(64, 7);
  EXPECT_DOUBLE_EQ(energy_since(slow_->context.ledger, before, base::Component::kOffChip),
                   (10 * 5 + 7 * 3) * 1000.0);
  for (const base::EventKind& kind : slow_->context.ledger.kinds()) {
    EXPECT_EQ(kind.own_supply, kind.component == base::Component::kOffChip) << kind.name;
  }
}

TEST_F(OffChipMemoryTest, AGibibyteCostsTheHostWhatIsTouched) {
  const std::uint64_t before = resident_bytes();
  ASSERT_NE(before, 0u);
  for (std::uint64_t at = 0; at < kGiB; at += kGiB / 16) {
    slow_->master.initiator.put32(at, 1);
  }
  EXPECT_LT(resident_bytes(), before + (4u << 20));
}

TEST_F(OffChipMemoryTest, TheHostReachesItWithoutTime) {
  const std::uint32_t value = 0x11223344;
  slow_->memory->host_write(kGiB - 4, &value, 4);
  EXPECT_EQ(slow_->master.initiator.get32(kGiB - 4), value);
  std::uint32_t back = 0;
  slow_->memory->host_read(kGiB - 4, &back, 4);
  EXPECT_EQ(back, value);
  EXPECT_THROW(slow_->memory->host_read(kGiB - 3, &back, 4), base::ModelError);
  EXPECT_TRUE(slow_->context.diagnostics.messages.empty());  // host writes count as writes
}

}  // namespace
}  // namespace leyden::memory
