// The DMA's RTL against its TLM model, job by job: memory, registers, interrupts, bus transactions,
// cycles, energy.
#include <algorithm>
#include <random>

#include <gmock/gmock.h>

#include "models/base/error.h"
#include "tests/rtl/dma/dma_bench.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::dma;
using dma::Job;

constexpr std::uint32_t kStart = 1, kIrqEnable = 2, kLinked = 4, kStop = 8;
constexpr std::uint32_t kDone = 2, kError = 4;
constexpr std::uint32_t kDescriptors = 0xe000;  ///< offset in RAM

struct Pair {
  explicit Pair(unsigned burst_bytes)
      : model("model" + std::to_string(burst_bytes), false, burst_bytes),
        rtl("rtl" + std::to_string(burst_bytes), true, burst_bytes) {}
  DmaBench model, rtl;

  template <typename Body>
  void both(Body body) {
    body(model);
    body(rtl);
  }
};

class DmaRtlTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const unsigned bytes : {16u, 64u, 256u, 4096u}) {
      pairs_.push_back(std::make_unique<Pair>(bytes));
    }
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { pairs_.clear(); }
  void SetUp() override {
    for (const auto& pair : pairs_) {
      pair->both([](DmaBench& bench) {
        std::mt19937 random(7);
        for (auto& byte : bench.ram.memory) byte = static_cast<std::uint8_t>(random());
        for (auto& byte : bench.weights.memory) byte = static_cast<std::uint8_t>(random());
        bench.ram.accesses.clear();
        bench.weights.accesses.clear();
      });
    }
  }
  void TearDown() override {
    for (const auto& pair : pairs_) {
      pair->both([](DmaBench& bench) {
        for (const auto& checker : bench.checkers) EXPECT_EQ(checker->summary(), "");
      });
    }
  }
  static Job random_job(std::mt19937& random) {
    Job job{};
    job.rows = 1 + random() % 9;
    job.row_bytes = 1 + random() % (random() % 4 == 0 ? 2000 : 120);
    const auto stride = [&]() -> std::uint32_t {
      switch (random() % 4) {
        case 0:
          return job.row_bytes;
        case 1:
          return 0u - (job.row_bytes + random() % 50);
        case 2:
          return 0;
        default:
          return job.row_bytes + random() % 50;
      }
    };
    job.source_stride = stride();
    job.destination_stride = random() % 3 == 0 ? job.source_stride : stride();
    job.source = kRam + 0x5000 + random() % 0x1000;
    job.destination = (random() % 2 == 0 ? kWeights + 0x5000 : kRam + 0x9000) + random() % 0x1000;
    return job;
  }
  /// All that is left in memories and of bus transactions is equal.
  static testing::AssertionResult same(Pair& pair) {
    if (pair.model.ram.memory != pair.rtl.ram.memory) {
      return testing::AssertionFailure()
             << "RAM differs at " << first(pair.model.ram.memory, pair.rtl.ram.memory);
    }
    if (pair.model.weights.memory != pair.rtl.weights.memory) {
      return testing::AssertionFailure()
             << "weights differ at " << first(pair.model.weights.memory, pair.rtl.weights.memory);
    }
    const auto list = [](const test::TestTarget& target) {
      std::string text;
      for (const auto& access : target.accesses) {
        text += (access.command == tlm::TLM_READ_COMMAND ? "r " : "w ") + hex(access.address) +
                " " + std::to_string(access.length) + "\n";
      }
      return text;
    };
    if (list(pair.model.ram) != list(pair.rtl.ram)) {
      return testing::AssertionFailure() << "RAM's accesses differ: model\n"
                                         << list(pair.model.ram) << "RTL\n"
                                         << list(pair.rtl.ram);
    }
    if (list(pair.model.weights) != list(pair.rtl.weights)) {
      return testing::AssertionFailure() << "weights' accesses differ: model\n"
                                         << list(pair.model.weights) << "RTL\n"
                                         << list(pair.rtl.weights);
    }
    pair.both([](DmaBench& bench) {
      bench.ram.accesses.clear();
      bench.weights.accesses.clear();
    });
    return testing::AssertionSuccess();
  }
  static std::string first(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
    return hex(
        static_cast<std::uint64_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin()));
  }
  /// Runs what the registers say in both, and compares.
  static void run_and_compare(Pair& pair, unsigned channel, std::uint32_t command,
                              const std::string& what) {
    std::uint64_t cycles[2] = {};
    DmaOutcome outcomes[2];
    unsigned n = 0;
    pair.both([&](DmaBench& bench) {
      bench.start(channel, kIrqEnable | command);
      cycles[n] = bench.finish(channel);
      outcomes[n] = bench.outcome(channel);
      bench.put(channel, reg::kStatus, kDone | kError);
      bench.put(channel, reg::kCtrl, 0);
      ++n;
    });
    ASSERT_EQ(outcomes[0], outcomes[1]) << what;
    ASSERT_TRUE(same(pair)) << what;
    ASSERT_EQ(cycles[0], cycles[1]) << what;
  }
  static std::vector<std::unique_ptr<Pair>> pairs_;
};

std::vector<std::unique_ptr<Pair>> DmaRtlTest::pairs_;

std::string words(const Job& job) {
  return "from " + hex(job.source) + " to " + hex(job.destination) + ", " +
         std::to_string(job.rows) + " x " + std::to_string(job.row_bytes) + ", strides " +
         hex(job.source_stride) + " " + hex(job.destination_stride);
}

TEST_F(DmaRtlTest, RandomJobsEndAsInTheModel) {
  std::mt19937 random(8);
  for (int i = 0; i < 400; ++i) {
    Pair& pair = *pairs_[i % pairs_.size()];
    const unsigned channel = random() % 2;
    const Job job = random_job(random);
    pair.both([&](DmaBench& bench) { bench.put_job(channel, job); });
    run_and_compare(pair, channel, kStart, "job " + std::to_string(i) + ": " + words(job));
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace leyden::cosim
