// Distributions, yield and its interval, by hand and by sums of binomial probabilities.
#include "platform/report/dies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "models/base/error.h"

namespace leyden::report {
namespace {

using ::testing::HasSubstr;

TEST(Distribution, ByHand) {
  const Distribution odd = distribution_of({4, 1, 10});
  EXPECT_DOUBLE_EQ(odd.mean, 5);
  EXPECT_DOUBLE_EQ(odd.median, 4);
  EXPECT_DOUBLE_EQ(odd.min, 1);
  EXPECT_DOUBLE_EQ(odd.max, 10);
  EXPECT_DOUBLE_EQ(odd.standard_deviation, std::sqrt((1.0 + 16 + 25) / 2));
  EXPECT_DOUBLE_EQ(distribution_of({4, 1, 10, 5}).median, 4.5);
  EXPECT_DOUBLE_EQ(distribution_of({7}).standard_deviation, 0);
}

/// P(X <= k) of a binomial X, term by term.
double at_most(int k, int n, double p) {
  double sum = 0;
  for (int i = 0; i <= k; ++i) {
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1) +
                    i * std::log(p) + (n - i) * std::log1p(-p));
  }
  return sum;
}

TEST(ClopperPearson, TailsHoldHalfAPercent) {
  for (const int n : {1, 7, 50, 300}) {
    for (const int k : {0, 1, n / 2, n - 1, n}) {
      const Interval interval =
          clopper_pearson(static_cast<std::uint64_t>(k), static_cast<std::uint64_t>(n), 0.99);
      if (k == 0) {
        EXPECT_EQ(interval.lower, 0);
      } else {
        EXPECT_NEAR(1 - at_most(k - 1, n, interval.lower), 0.005, 1e-8) << k << " of " << n;
      }
      if (k == n) {
        EXPECT_EQ(interval.upper, 1);
      } else {
        EXPECT_NEAR(at_most(k, n, interval.upper), 0.005, 1e-8) << k << " of " << n;
      }
    }
  }
}

DiesFacts three_dies() {
  DiesFacts facts;
  for (const std::uint64_t correct : {90u, 80u, 85u}) {
    DieFacts die;
    die.seed = static_cast<std::uint32_t>(7 + facts.dies.size());
    die.correct = correct;
    die.linearity.inl_max_lsb = static_cast<double>(correct) / 100;
    facts.dies.push_back(die);
  }
  return facts;
}

TEST(Dies, EverySeedAndTheYield) {
  DiesFacts facts = three_dies();
  EXPECT_FALSE(make_dies(facts, 100).contains("yield"));
  facts.accuracy_limit_percent = 85;  // a die at the limit is good
  const nlohmann::ordered_json dies = make_dies(facts, 100);
  EXPECT_EQ(dies["count"], 3);
  EXPECT_EQ(dies["each"][2]["die_seed"], 9);
  EXPECT_DOUBLE_EQ(dies["each"][1]["accuracy_percent"], 80);
  EXPECT_DOUBLE_EQ(dies["distributions"]["accuracy_percent"]["mean"], 85);
  EXPECT_DOUBLE_EQ(dies["distributions"]["inl_max_lsb"]["max"], 0.9);
  EXPECT_EQ(dies["yield"]["good_dies"], 2);
  EXPECT_NEAR(dies["yield"]["yield_percent"], 200.0 / 3, 1e-9);
  EXPECT_LT(dies["yield"]["lower_percent"], 10);
  EXPECT_GT(dies["yield"]["upper_percent"], 99);
  EXPECT_THROW(make_dies({}, 100), base::UsageError);
}

TEST(Dies, TheHistogramCountsEveryDie) {
  DiesFacts facts = three_dies();
  facts.accuracy_limit_percent = 85;
  const std::string table = dies_table(make_dies(facts, 100));
  EXPECT_THAT(table, HasSubstr("seeds 7 to 9"));
  EXPECT_THAT(table, HasSubstr("2 of 3 dies reach 85 %"));
  const auto count = [](const std::string& text) {
    const std::regex bar("to +[0-9.]+ %  #* ?([0-9]+)\n");
    int sum = 0;
    for (std::sregex_iterator it(text.begin(), text.end(), bar), end; it != end; ++it) {
      sum += std::stoi((*it)[1]);
    }
    return sum;
  };
  EXPECT_EQ(count(table), 3);
  for (DieFacts& die : facts.dies) die.correct = 70;  // all alike: one bar
  EXPECT_EQ(count(dies_table(make_dies(facts, 100))), 3);
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
}

}  // namespace
}  // namespace leyden::report
