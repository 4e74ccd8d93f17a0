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

TEST_F(DmaRtlTest, RandomChainsEndAsInTheModel) {
  std::mt19937 random(9);
  for (int i = 0; i < 200; ++i) {
    Pair& pair = *pairs_[i % pairs_.size()];
    const unsigned channel = random() % 2;
    const unsigned length = 1 + random() % 5;
    // Anywhere a word begins, over a boundary too; apart from each other.
    std::vector<std::uint32_t> places;
    for (unsigned n = 0; n < length; ++n) {
      const std::uint32_t slot = kDescriptors + 0xff0 + 64 * ((n * 3 + i) % 8);
      places.push_back(slot + 4 * (random() % 8));
    }
    std::vector<Job> jobs;
    for (unsigned n = 0; n < length; ++n) {
      jobs.push_back(random_job(random));
      jobs.back().next = n + 1 < length ? kRam + places[n + 1] : 0;
      if (random() % 20 == 0) jobs.back().rows = 0;  // an error ends the chain
    }
    pair.both([&](DmaBench& bench) {
      for (unsigned n = 0; n < length; ++n) {
        std::memcpy(&bench.ram.memory[places[n]], &jobs[n], sizeof(Job));
      }
      bench.put(channel, reg::kDescriptor, kRam + places[0]);
    });
    run_and_compare(pair, channel, kLinked, "chain " + std::to_string(i));
    if (HasFatalFailure()) return;
  }
}

TEST_F(DmaRtlTest, ManyDenseRowsAreOneRow) {
  Pair& pair = *pairs_[1];
  const std::pair<std::uint32_t, std::uint32_t> shapes[] = {
      {255, 3}, {256, 3}, {257, 64}, {4096, 1}, {8000, 2}};
  for (const auto& [rows, bytes] : shapes) {
    const Job job{kRam + 0x11, kWeights + 0x7, bytes, rows, bytes, bytes, 0};
    std::uint64_t cycles[2] = {};
    unsigned n = 0;
    pair.both([&](DmaBench& bench) {
      bench.put_job(0, job);
      bench.start(0, kIrqEnable | kStart);
      cycles[n++] = bench.finish(0);
      EXPECT_EQ(bench.get(0, reg::kMoved), rows * bytes);
      bench.put(0, reg::kStatus, kDone);
    });
    EXPECT_TRUE(same(pair));
    EXPECT_EQ(cycles[1], cycles[0] + (rows > 255 ? 1 : 0));  // a step more of the product
  }
}

TEST_F(DmaRtlTest, ErrorsEndAsInTheModel) {
  std::mt19937 random(10);
  unsigned codes[7] = {};
  for (int i = 0; i < 300; ++i) {
    Pair& pair = *pairs_[i % pairs_.size()];
    const unsigned channel = random() % 2;
    Job job = random_job(random);
    std::uint32_t command = kStart;
    std::uint32_t descriptor = kRam + kDescriptors;
    const unsigned kind = random() % 7;
    tlm::tlm_response_status ram = tlm::TLM_OK_RESPONSE, weights = tlm::TLM_OK_RESPONSE;
    switch (kind) {
      case 0:
        job.source = kRam + kWindow - 1 - random() % 600;
        break;
      case 1:
        job.destination = kWeights + kWindow - 1 - random() % 600;
        break;
      case 2:
        (random() % 2 == 0 ? job.rows : job.row_bytes) = 0;
        break;
      case 3:
        descriptor = random() % 2 == 0 ? descriptor + 1 + random() % 3 : 0x60000000;
        command = kLinked;
        break;
      case 4:
        descriptor = kRam + kWindow - 16;  // its second half is not there
        command = kLinked;
        break;
      case 5:
        ram = tlm::TLM_GENERIC_ERROR_RESPONSE;
        break;
      default:
        weights = tlm::TLM_GENERIC_ERROR_RESPONSE;
        break;
    }
    DmaOutcome outcomes[2];
    unsigned n = 0;
    pair.both([&](DmaBench& bench) {
      bench.put_job(channel, job);
      bench.put(channel, reg::kDescriptor, descriptor);
      bench.ram.response = ram;
      bench.weights.response = weights;
      bench.start(channel, kIrqEnable | command);
      bench.finish(channel);
      bench.ram.response = bench.weights.response = tlm::TLM_OK_RESPONSE;
      outcomes[n++] = bench.outcome(channel);
      bench.put(channel, reg::kStatus, kDone | kError);
      bench.put(channel, reg::kCtrl, 0);
    });
    ASSERT_EQ(outcomes[0], outcomes[1]) << "error " << i << ": " << words(job);
    ASSERT_TRUE(same(pair)) << "error " << i << ": " << words(job);
    ++codes[outcomes[0].error_code];
  }
  for (const unsigned code : {2u, 3u, 4u, 5u}) EXPECT_GT(codes[code], 10u) << code;
}

TEST_F(DmaRtlTest, AChainThatNamesItselfIsTooLong) {
  Pair& pair = *pairs_[2];
  const Job job{kRam, kWeights, 1, 1, 0, 0, kRam + kDescriptors};
  pair.both([&](DmaBench& bench) {
    std::memcpy(&bench.ram.memory[kDescriptors], &job, sizeof job);
    bench.put(1, reg::kDescriptor, kRam + kDescriptors);
  });
  run_and_compare(pair, 1, kLinked, "endless chain");
  EXPECT_EQ(pair.rtl.get(1, reg::kErrorCode), 6u);
  EXPECT_EQ(pair.rtl.get(1, reg::kMoved), 65536u);
}

TEST_F(DmaRtlTest, StopAndStartInTheMiddleEndAsInTheModel) {
  std::mt19937 random(11);
  unsigned stopped = 0;
  for (int i = 0; i < 200; ++i) {
    Pair& pair = *pairs_[i % pairs_.size()];
    const bool linked = random() % 2 == 0;
    Job job = random_job(random);
    job.rows += 5;
    const std::uint32_t commands = random() % 4 == 0   ? kStart
                                   : random() % 4 == 0 ? kStop | kStart
                                                       : kStop;
    const unsigned after = random() % 300;
    DmaOutcome outcomes[2];
    unsigned n = 0;
    Job second = job;
    second.source += 64;
    job.next = kRam + kDescriptors + 64;
    pair.both([&](DmaBench& bench) {
      std::memcpy(&bench.ram.memory[kDescriptors], &job, sizeof job);
      std::memcpy(&bench.ram.memory[kDescriptors + 64], &second, sizeof second);
      bench.put_job(0, job);
      bench.put(0, reg::kDescriptor, kRam + kDescriptors);
      bench.start(0, kIrqEnable | (linked ? kLinked : kStart));
      bench.command_at(after, 0, kIrqEnable | commands);
      bench.finish(0);
      outcomes[n++] = bench.outcome(0);
      bench.put(0, reg::kStatus, kDone | kError);
      bench.put(0, reg::kCtrl, 0);
      bench.ram.accesses.clear();  // a descriptor more may be read, see docs/cosim-dma.md
      bench.weights.accesses.clear();
    });
    ASSERT_EQ(outcomes[0], outcomes[1]) << "command " << commands << " after " << after << ", "
                                        << words(job) << (linked ? ", chain" : "");
    ASSERT_TRUE(same(pair)) << i;
    if (outcomes[0].moved < job.rows * job.row_bytes * (linked ? 2 : 1)) ++stopped;
  }
  EXPECT_GT(stopped, 30u);
}

TEST_F(DmaRtlTest, BothChannelsAtOnceEndAsInTheModel) {
  std::mt19937 random(12);
  double all[2] = {};  // cycles until both have ended
  for (int i = 0; i < 100; ++i) {
    Pair& pair = *pairs_[i % pairs_.size()];
    Job jobs[2] = {random_job(random), random_job(random)};
    jobs[0].destination = kWeights + 0x5000 + random() % 0x1000;
    jobs[1].destination = kRam + 0x9000 + random() % 0x1000;
    std::uint64_t cycles[2][2] = {};
    DmaOutcome outcomes[2][2];
    unsigned n = 0;
    pair.both([&](DmaBench& bench) {
      for (unsigned c = 0; c < 2; ++c) bench.put_job(c, jobs[c]);
      bench.start(0, kIrqEnable | kStart);
      bench.start(1, kIrqEnable | kStart);
      for (unsigned c = 0; c < 2; ++c) cycles[n][c] = bench.finish(c);
      for (unsigned c = 0; c < 2; ++c) {
        outcomes[n][c] = bench.outcome(c);
        bench.put(c, reg::kStatus, kDone | kError);
        bench.put(c, reg::kCtrl, 0);
      }
      ++n;
    });
    for (unsigned c = 0; c < 2; ++c) {
      ASSERT_EQ(outcomes[0][c], outcomes[1][c]) << i;
    }
    for (unsigned k = 0; k < 2; ++k) {
      all[k] += static_cast<double>(std::max(cycles[k][0], cycles[k][1]));
    }
    EXPECT_EQ(pair.model.ram.memory, pair.rtl.ram.memory) << i;
    EXPECT_EQ(pair.model.weights.memory, pair.rtl.weights.memory) << i;
    pair.both([](DmaBench& bench) {
      bench.ram.accesses.clear();
      bench.weights.accesses.clear();
    });
  }
  EXPECT_EQ(all[1], all[0]);
}

TEST_F(DmaRtlTest, RegistersAnswerAsTheModels) {
  std::mt19937 random(13);
  Pair& pair = *pairs_[0];
  for (int i = 0; i < 2000; ++i) {
    const unsigned bytes = 1u << random() % 3;
    std::uint32_t offset = random() % (2 * reg::kBlockStride) / bytes * bytes;
    const std::uint32_t value = random();
    const bool writes = random() % 2 == 0;
    // No start: a random job may take for ever.
    if (writes && (offset & ~3u) % reg::kBlockStride == reg::kCtrl) continue;
    std::uint32_t got[2] = {};
    std::string told[2];
    tlm::tlm_response_status status[2] = {};
    unsigned n = 0;
    pair.both([&](DmaBench& bench) {
      bench.context.diagnostics.messages.clear();
      std::uint32_t word = writes ? value : 0;
      bench.core.run([&] {
        status[n] =
            writes ? bench.core.write(offset, &word, bytes) : bench.core.read(offset, &word, bytes);
      });
      got[n] = word;
      for (const auto& message : bench.context.diagnostics.messages) told[n] += message.text + ";";
      ++n;
    });
    ASSERT_EQ(status[0], status[1]) << hex(offset);
    ASSERT_EQ(got[0], got[1]) << (writes ? "write " : "read ") << bytes << " at " << hex(offset);
    if (!writes) told[0] = told[1] = "";  // APB reads words: another offset is told
    ASSERT_EQ(told[0], told[1]);
    ASSERT_EQ(pair.model.core.debug_read(offset & ~3u, &got[0], 4),
              pair.rtl.core.debug_read(offset & ~3u, &got[1], 4));
    ASSERT_EQ(got[0], got[1]) << "debug read at " << hex(offset);
  }
}

TEST_F(DmaRtlTest, BeyondTheChannelsIsAnError) {
  DmaBench& bench = pairs_[0]->rtl;
  std::uint32_t word = 0;
  bench.core.run([&] {
    LEYDEN_ASSERT_RESPONSE(tlm::TLM_GENERIC_ERROR_RESPONSE,
                           bench.core.read(2 * reg::kBlockStride, &word, 4));
  });
}

TEST_F(DmaRtlTest, EnergyAndActivityAreTheModels) {
  Pair& pair = *pairs_[2];
  std::vector<double> energy;
  std::vector<base::CauseCycles> causes;
  const Job load{kRam + 5, kWeights + 3, 700, 1, 0, 0, 0};
  const Job copy{kRam + 5, kRam + 0x8000, 33, 7, 100, 50, 0};
  pair.both([&](DmaBench& bench) {
    const auto before = bench.context.ledger.snapshot();
    const auto cycle = [&] { return bench.context.clock.cycles_at(sc_core::sc_time_stamp()); };
    const std::uint64_t begin = cycle();
    for (const Job& job : {load, copy}) {
      bench.put_job(0, job);
      bench.start(0, kIrqEnable | kStart);
      bench.finish(0);
      bench.put(0, reg::kStatus, kDone);
    }
    auto after = bench.context.ledger.snapshot();
    for (std::size_t i = 0; i < after.size(); ++i) after[i] -= before[i];
    energy.push_back(
        bench.context.ledger.energy_fj(after)[static_cast<std::size_t>(base::Component::kDma)]);
    causes.push_back(bench.context.activity.close(begin, cycle()));
    EXPECT_FALSE(bench.dma->busy());
  });
  EXPECT_DOUBLE_EQ(energy[0], (700 + 7 * 33) * 500.0);
  EXPECT_DOUBLE_EQ(energy[1], energy[0]);
  for (const base::Cause cause : {base::Cause::kDma, base::Cause::kWeightLoad}) {
    EXPECT_GT(causes[0][static_cast<std::size_t>(cause)], 0u);
    EXPECT_EQ(causes[0][static_cast<std::size_t>(cause)],
              causes[1][static_cast<std::size_t>(cause)]);
  }
}

TEST_F(DmaRtlTest, TheClockStandsStillAtRest) {
  DmaBench& bench = pairs_[0]->rtl;
  sc_core::sc_start();  // ends by itself: nothing is pending
  const std::uint64_t edges = bench.pins->clock().edges();
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
  EXPECT_EQ(bench.pins->clock().edges(), edges);
  EXPECT_TRUE(bench.pins->clock().holders().empty());
}

TEST_F(DmaRtlTest, ItCannotBeSaved) {
  base::Archive archive;
  EXPECT_THROW(pairs_[0]->rtl.dma->archive(archive), base::UsageError);
}

}  // namespace
}  // namespace leyden::cosim
