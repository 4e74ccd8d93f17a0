// The RTL of the DMA with the model beside it: nothing is told of what is right, and what is wrong
// is told where it is.
#include <optional>
#include <random>

#include <gmock/gmock.h>

#include "platform/cosim/lockstep_dma.h"
#include "tests/rtl/dma/dma_bench.h"
#include "tests/rtl/dma/faulty_dma.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::dma;
using dma::Job;

constexpr std::uint32_t kStart = 1, kIrqEnable = 2, kLinked = 4, kStop = 8;
constexpr std::uint32_t kDone = 2, kError = 4;

/// A bench whose DMA has defects, and the first difference that is told of it.
struct Case {
  Case(const std::string& name, unsigned burst_bytes, const Defects& defects)
      : bench(name, true, burst_bytes,
              [&](std::unique_ptr<dma::DmaBlock> rtl, base::Context& context) {
                auto faulty = std::make_unique<FaultyDma>((name + "_faulty").c_str(),
                                                          std::move(rtl), defects);
                auto block = std::make_unique<LockstepDma>(name + "_lockstep", std::move(faulty),
                                                           context, [this](Difference difference) {
                                                             ++told;
                                                             if (!first)
                                                               first = std::move(difference);
                                                           });
                block->set_layer_source([] { return base::LayerPlace{3, "conv2"}; });
                return block;
              }) {}

  std::optional<Difference> first;
  unsigned told = 0;
  DmaBench bench;
};

/// Flips a bit in a byte of the n-th transaction.
Defects wrong_data(unsigned number, unsigned byte) {
  Defects defects;
  defects.bus = [=](unsigned n, tlm::tlm_generic_payload& payload) {
    if (n == number) payload.get_data_ptr()[byte] ^= 0x10;
    return true;
  };
  return defects;
}

Defects wrong_address(unsigned number) {
  Defects defects;
  defects.bus = [=](unsigned n, tlm::tlm_generic_payload& payload) {
    if (n == number) payload.set_address(payload.get_address() + 16);
    return true;
  };
  return defects;
}

Defects shorter(unsigned number) {
  Defects defects;
  defects.bus = [=](unsigned n, tlm::tlm_generic_payload& payload) {
    if (n == number) {
      payload.set_data_length(payload.get_data_length() - 1);
      payload.set_streaming_width(payload.get_data_length());
    }
    return true;
  };
  return defects;
}

Defects left_out(unsigned number) {
  Defects defects;
  defects.bus = [=](unsigned n, tlm::tlm_generic_payload&) { return n != number; };
  return defects;
}

/// A register of channel 0 that reads other bits. A word alone is read.
Defects wrong_register(std::uint32_t offset, std::uint32_t flips, std::uint32_t where) {
  Defects defects;
  defects.registers = [=](tlm::tlm_generic_payload& payload) {
    if (!payload.is_read() || payload.get_address() != offset) return;
    std::uint32_t word = 0;
    std::memcpy(&word, payload.get_data_ptr(), 4);
    if ((word & where) != where) return;
    word ^= flips;
    std::memcpy(payload.get_data_ptr(), &word, 4);
  };
  return defects;
}

Defects no_interrupt() {
  Defects defects;
  defects.no_irq = true;
  return defects;
}

enum {
  kClean16,
  kClean256,
  kData,
  kAddress,
  kReadAddress,
  kLength,
  kMissing,
  kEnd,
  kMoved,
  kDones,
  kIrq,
  kCount
};

class DmaLockstepTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto add = [](const std::string& name, const Defects& defects, unsigned burst = 64) {
      cases_.push_back(std::make_unique<Case>(name, burst, defects));
    };
    add("clean16", {}, 16);
    add("clean256", {}, 256);
    add("data", wrong_data(5, 7));
    add("address", wrong_address(3));
    add("read_address", wrong_address(2));
    add("length", shorter(3));
    add("missing", left_out(3));
    add("end", left_out(7));
    add("moved", wrong_register(reg::kMoved, 1, 0));
    add("done", wrong_register(reg::kStatus, kDone, kDone));
    add("irq", no_interrupt());
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { cases_.clear(); }
  void SetUp() override {
    for (const auto& one : cases_) {
      std::mt19937 random(7);
      for (auto& byte : one->bench.ram.memory) byte = static_cast<std::uint8_t>(random());
    }
  }

  /// 256 bytes in four bursts: transactions 0 to 7. @return the sentence
  static std::string run(unsigned number) {
    Case& one = *cases_[number];
    one.bench.put_job(0, {kRam, kWeights + 0x100, 256, 1, 256, 256, 0});
    one.bench.start(0, kIrqEnable | kStart);
    one.bench.finish(0);
    EXPECT_LE(one.told, 1u);
    return one.first ? one.first->sentence() : "nothing";
  }
  static std::vector<std::unique_ptr<Case>> cases_;
};

std::vector<std::unique_ptr<Case>> DmaLockstepTest::cases_;

TEST_F(DmaLockstepTest, WhatIsRightIsNotTold) {
  std::mt19937 random(5);
  unsigned stopped = 0, failed = 0;
  for (int i = 0; i < 300; ++i) {
    Case& one = *cases_[i % 2];
    DmaBench& bench = one.bench;
    const unsigned channel = random() % 2;
    Job job{};
    job.rows = 1 + random() % 9;
    job.row_bytes = random() % 300;  // 0 is an error
    job.source_stride = random() % 3 == 0 ? job.row_bytes : 0u - random() % 300;
    job.destination_stride = random() % 3 == 0 ? job.row_bytes : random() % 300;
    job.source = random() % 10 == 0 ? kRam + kWindow - 100 : kRam + 0x5000 + random() % 0x1000;
    job.destination = (random() % 2 == 0 ? kWeights + 0x5000 : kRam + 0x9000) + random() % 0x1000;
    job.next = kRam + 0xff0;  // a chain of two, the second one over a boundary
    Job second = job;
    second.next = 0;
    std::memcpy(&bench.ram.memory[0x100], &job, sizeof job);
    std::memcpy(&bench.ram.memory[0xff0], &second, sizeof second);
    bench.put_job(channel, job);
    bench.put(channel, reg::kDescriptor, kRam + 0x100);
    bench.start(channel, kIrqEnable | (random() % 2 == 0 ? kLinked : kStart));
    if (random() % 3 == 0) {
      bench.command_at(random() % 200, channel, kIrqEnable | (random() % 2 == 0 ? kStop : kStart));
      ++stopped;
    }
    for (unsigned polls = random() % 4; polls > 0; --polls) {
      bench.get(channel, reg::kStatus);
      bench.get(channel, reg::kMoved);
    }
    bench.finish(channel);
    const DmaOutcome outcome = bench.outcome(channel);
    failed += (outcome.status & kError) != 0 ? 1 : 0;
    bench.put(channel, reg::kStatus, kDone | kError);
    bench.put(channel, reg::kCtrl, 0);
    ASSERT_FALSE(one.first) << i << ": " << one.first->sentence();
  }
  EXPECT_GT(stopped, 50u);
  EXPECT_GT(failed, 10u);
}

TEST_F(DmaLockstepTest, WrongDataHaveTheirByte) {
  const std::string told = run(kData);
  const std::uint32_t byte = cases_[kData]->bench.ram.memory[2 * 64 + 7];
  EXPECT_THAT(told, testing::HasSubstr("layer 3 (conv2), job 0 of dma0: byte at 0x"));
  EXPECT_THAT(told,
              testing::EndsWith("byte at " + hex(std::uint64_t{kWeights + 0x100 + 2 * 64 + 7}) +
                                ": expected " + hex(std::uint64_t{byte}) + ", found " +
                                hex(std::uint64_t{byte ^ 0x10})));
}

TEST_F(DmaLockstepTest, WrongTransactionsHaveTheirAddress) {
  const auto at = [](std::uint32_t address) { return hex(std::uint64_t{address}); };
  EXPECT_THAT(run(kAddress),
              testing::EndsWith("the bus: expected a write of 64 bytes at " + at(kWeights + 0x140) +
                                ", found a write of 64 bytes at " + at(kWeights + 0x150)));
  EXPECT_THAT(run(kReadAddress),
              testing::EndsWith("the bus: expected a read of 64 bytes at " + at(kRam + 0x40) +
                                ", found a read of 64 bytes at " + at(kRam + 0x50)));
  EXPECT_THAT(run(kLength),
              testing::EndsWith("the bus: expected a write of 64 bytes at " + at(kWeights + 0x140) +
                                ", found a write of 63 bytes at " + at(kWeights + 0x140)));
  EXPECT_THAT(run(kMissing),
              testing::EndsWith("the bus: expected a write of 64 bytes at " + at(kWeights + 0x140) +
                                ", found a read of 64 bytes at " + at(kRam + 0x80)));
  // The last write is not there: the channel rests while the model has it still to do.
  EXPECT_THAT(run(kEnd), testing::EndsWith("the bus: expected a write of 64 bytes at " +
                                           at(kWeights + 0x1c0) + ", found the end of the job"));
}

TEST_F(DmaLockstepTest, WrongRegistersHaveTheirName) {
  EXPECT_THAT(run(kMoved), testing::EndsWith("register MOVED: expected 0x100, found 0x101"));
  EXPECT_THAT(run(kDones), testing::EndsWith("register STATUS: expected 0x2, found 0x0"));
  EXPECT_THAT(run(kIrq), testing::EndsWith("dma0: interrupt: expected 1, found 0"));
}

}  // namespace
}  // namespace leyden::cosim
