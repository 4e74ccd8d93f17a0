// The fluid model of a bank: closed forms, and a simulation in steps of 1/64 cycle.
#include "models/memory/bank_load.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace leyden::memory {
namespace {

TEST(BankLoad, AJobAloneIsHeldUpOnlyByMoreBeatsThanCycles) {
  EXPECT_EQ(BankLoad().occupy(0, 100, 100), 0u);
  EXPECT_EQ(BankLoad().occupy(0, 1, 100), 0u);
  EXPECT_EQ(BankLoad().occupy(0, 150, 100), 50u);
  EXPECT_EQ(BankLoad().occupy(7, 5, 0), 4u);  // no cycles at all counts as one
}

TEST(BankLoad, TwoJobsThatFillTheBankAreSerialised) {
  BankLoad bank;
  EXPECT_EQ(bank.occupy(0, 100, 100), 0u);
  // Nothing is served until 100, then one beat a cycle: done at 200 rather than 100.
  EXPECT_EQ(bank.occupy(0, 100, 100), 100u);
}

TEST(BankLoad, HalfLoadsFitTogether) {
  BankLoad bank;
  EXPECT_EQ(bank.occupy(0, 50, 100), 0u);
  EXPECT_EQ(bank.occupy(0, 50, 100), 0u);
  // 25 of 50 beats too many while both run, then nobody else: 25 cycles more.
  EXPECT_EQ(bank.occupy(50, 25, 50), 25u);
}

TEST(BankLoad, ABacklogDrainsWithinTheWindow) {
  BankLoad bank;
  EXPECT_EQ(bank.occupy(0, 100, 100), 0u);
  // 20 beats over 200 cycles: 10 wait until 100, drained long before 200.
  EXPECT_EQ(bank.occupy(0, 20, 200), 0u);
}

TEST(BankLoad, TheBusTakesWhatJobsLeave) {
  BankLoad bank;
  EXPECT_EQ(bank.serve(10, 16), 26u);
  EXPECT_EQ(bank.serve(20, 4), 30u);  // after the one before
  bank.occupy(100, 75, 100);
  EXPECT_EQ(bank.serve(100, 4), 116u);  // a quarter of the cycles
  EXPECT_EQ(bank.serve(196, 4), 203u);  // one until 200, then one each
  bank.occupy(300, 100, 100);
  EXPECT_EQ(bank.serve(310, 2), 402u);  // a full bank: after the job
}

TEST(BankLoad, ForgetsWhatIsOver) {
  BankLoad bank;
  bank.occupy(0, 100, 100);
  EXPECT_EQ(bank.occupy(100, 100, 100), 0u);
  bank.clear();
  EXPECT_EQ(bank.serve(110, 1), 111u);
}

/// Finish of a job of `rate` over [0, cycles) beside constant loads that end, stepped finely.
double stepped_finish(const std::vector<std::pair<unsigned, double>>& others, double rate,
                      unsigned cycles) {
  constexpr int kSteps = 64;
  double backlog = 0;
  for (int step = 0;; ++step) {
    const double at = static_cast<double>(step) / kSteps;
    if (at >= cycles && backlog <= 1e-9) return at;
    double load = at < cycles ? rate : 0;
    for (const auto& [end, other] : others) load += at < end ? other : 0;
    backlog = std::max(0.0, backlog + (load - 1) / kSteps);
  }
}

TEST(BankLoad, AgreesWithASteppedSimulation) {
  std::mt19937 random(3);
  unsigned delayed = 0;
  for (int round = 0; round < 400; ++round) {
    BankLoad bank;
    std::vector<std::pair<unsigned, double>> others;
    for (unsigned i = random() % 4; i > 0; --i) {
      const unsigned window = 1 + random() % 300;
      const unsigned beats = random() % (window + 1);
      const auto took = window + static_cast<unsigned>(bank.occupy(0, beats, window));
      others.emplace_back(took, static_cast<double>(beats) / took);
    }
    const unsigned cycles = 1 + random() % 300;
    const unsigned beats = random() % (cycles + 1);
    const double expected = stepped_finish(others, static_cast<double>(beats) / cycles, cycles);
    const auto got = cycles + bank.occupy(0, beats, cycles);
    delayed += got > cycles ? 1 : 0;
    ASSERT_NEAR(static_cast<double>(got), expected, 1.5) << "round " << round;
  }
  EXPECT_GT(delayed, 50u);
}

TEST(BankLoad, MoreLoadIsNeverFaster) {
  std::mt19937 random(4);
  for (int round = 0; round < 2000; ++round) {
    const unsigned window = 1 + random() % 200, beats = random() % (window + 1);
    const unsigned more = beats + random() % 20;
    const unsigned cycles = 1 + random() % 200, own = random() % (cycles + 1);
    BankLoad light, heavy;
    light.occupy(0, beats, window);
    heavy.occupy(0, more, window);
    ASSERT_LE(light.serve(5, 10), heavy.serve(5, 10));
    ASSERT_LE(light.occupy(0, own, cycles), heavy.occupy(0, own, cycles) + 1);
  }
}

}  // namespace
}  // namespace leyden::memory
