#include "models/base/activity.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <vector>

#include "models/base/error.h"

namespace leyden::base {
namespace {

std::size_t at(Cause cause) { return static_cast<std::size_t>(cause); }

CauseCycles split(std::uint64_t feed, std::uint64_t mvm, std::uint64_t adc, std::uint64_t write,
                  std::uint64_t stall) {
  CauseCycles cycles{};
  cycles[at(Cause::kFeed)] = feed;
  cycles[at(Cause::kMvm)] = mvm;
  cycles[at(Cause::kAdc)] = adc;
  cycles[at(Cause::kWriteBack)] = write;
  cycles[at(Cause::kStall)] = stall;
  return cycles;
}

/// The rule of activity.h cycle by cycle, as written there, with no cleverness.
class BruteForce {
 public:
  explicit BruteForce(std::size_t cycles) : busy_(cycles) {}

  void job(std::uint64_t start, const CauseCycles& parts) {
    std::vector<Cause> laid_out;
    for (const Cause cause :
         {Cause::kFeed, Cause::kMvm, Cause::kAdc, Cause::kWriteBack, Cause::kStall}) {
      laid_out.insert(laid_out.end(), parts[at(cause)], cause);
    }
    for (std::size_t i = 0; i < laid_out.size(); ++i) {
      if (start + i < busy_.size()) busy_[start + i].job.push_back(laid_out[i]);
    }
  }
  void other(Cause cause, std::uint64_t start, std::uint64_t end) {
    for (std::uint64_t i = start; i < end && i < busy_.size(); ++i) ++busy_[i].other[at(cause)];
  }
  CauseCycles causes(std::uint64_t start, std::uint64_t end) const {
    CauseCycles cycles{};
    for (std::uint64_t i = start; i < end; ++i) ++cycles[at(cause_of(busy_[i]))];
    return cycles;
  }
  CauseCycles busy(std::uint64_t start, std::uint64_t end) const {
    CauseCycles cycles{};
    for (std::uint64_t i = start; i < end; ++i) {
      for (const Cause cause : busy_[i].job) ++cycles[at(cause)];
      for (std::size_t cause = 0; cause < kCauseCount; ++cause) {
        cycles[cause] += busy_[i].other[cause];
      }
    }
    return cycles;
  }

 private:
  struct Cycle {
    std::vector<Cause> job;  // in the order of recording
    CauseCycles other{};
  };
  static Cause cause_of(const Cycle& cycle) {
    if (!cycle.job.empty()) return cycle.job.front();
    for (const Cause cause : {Cause::kVector, Cause::kWeightLoad, Cause::kDma, Cause::kCore}) {
      if (cycle.other[at(cause)] != 0) return cause;
    }
    return Cause::kStall;
  }
  std::vector<Cycle> busy_;
};

TEST(Activity, RandomIntervalsEqualTheRuleAppliedCycleByCycle) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 300; ++trial) {
    ActivityLog log;
    BruteForce oracle(700);
    const auto below = [&](unsigned n) { return random() % n; };
    // Two windows that follow each other, as layers do; intervals may reach over both.
    const std::uint64_t first = below(50);
    const std::uint64_t middle = first + below(250);
    const std::uint64_t last = middle + below(250);
    const unsigned count = below(25);
    for (unsigned i = 0; i < count; ++i) {
      const std::uint64_t start = below(500);
      if (below(3) == 0) {
        const CauseCycles parts = split(below(20), below(20), below(20), below(20), below(5));
        log.record_job(start, parts);
        oracle.job(start, parts);
        continue;
      }
      constexpr Cause kOthers[] = {Cause::kDma, Cause::kWeightLoad, Cause::kVector, Cause::kCore};
      const Cause cause = kOthers[below(4)];
      const std::uint64_t end = start + below(80);
      log.record(cause, start, end);
      oracle.other(cause, start, end);
      if (below(2) == 0) {  // a piece that touches the one before
        log.record(cause, end, end + 3);
        oracle.other(cause, end, end + 3);
      }
    }
    EXPECT_EQ(log.close(first, middle), oracle.causes(first, middle)) << "trial " << trial;
    EXPECT_EQ(log.busy(), oracle.busy(first, middle)) << "trial " << trial;
    const CauseCycles second = log.close(middle, last);
    EXPECT_EQ(second, oracle.causes(middle, last)) << "trial " << trial;
    EXPECT_EQ(log.busy(), oracle.busy(middle, last)) << "trial " << trial;
    EXPECT_EQ(std::accumulate(second.begin(), second.end(), std::uint64_t{0}), last - middle);
  }
}

TEST(Activity, WhatAJobHidesIsNotCounted) {
  ActivityLog log;
  log.record(Cause::kDma, 0, 100);
  log.record_job(10, split(5, 20, 10, 5, 0));
  const CauseCycles cycles = log.close(0, 100);
  EXPECT_EQ(cycles[at(Cause::kDma)], 60U);
  EXPECT_EQ(cycles[at(Cause::kFeed)], 5U);
  EXPECT_EQ(cycles[at(Cause::kMvm)], 20U);
  EXPECT_EQ(cycles[at(Cause::kAdc)], 10U);
  EXPECT_EQ(cycles[at(Cause::kWriteBack)], 5U);
  EXPECT_EQ(log.busy()[at(Cause::kDma)], 100U);
}

TEST(Activity, AnEmptyWindowIsStall) {
  ActivityLog log;
  EXPECT_EQ(log.close(5, 25)[at(Cause::kStall)], 20U);
  EXPECT_EQ(log.close(25, 25), CauseCycles{});
}

TEST(Activity, ContradictionsAreRefused) {
  ActivityLog log;
  CauseCycles wrong{};
  wrong[at(Cause::kVector)] = 1;
  EXPECT_THROW(log.record_job(0, wrong), ModelError);
  EXPECT_THROW(log.record(Cause::kMvm, 0, 1), ModelError);
  EXPECT_THROW(log.record(Cause::kDma, 2, 1), ModelError);
  EXPECT_THROW(log.close(2, 1), ModelError);
}

TEST(Activity, CausesHaveNames) {
  EXPECT_EQ(to_string(Cause::kDma), "dma");
  EXPECT_EQ(to_string(Cause::kWriteBack), "write_back");
  EXPECT_EQ(to_string(Cause::kStall), "stall");
}

}  // namespace
}  // namespace leyden::base
