#include "platform/coverage/cover_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "models/base/error.h"
#include "platform/coverage/coverage_table.h"

namespace leyden::coverage {
namespace {

using testing::HasSubstr;
using testing::Not;

Coverage two_points() {
  Coverage coverage;
  const PointId stride = coverage.declare("jobs", "stride", {"1", "2", "more"});
  const PointId kernel = coverage.declare("jobs", "kernel", {"1x1", "3x3"});
  coverage.declare("registers", "CTRL.START written", {"0", "1"});
  coverage.hit(stride, 0, 5);
  coverage.hit(stride, 2);
  coverage.hit(kernel, 1);
  coverage.add_run("first");
  return coverage;
}

TEST(Coverage, CountsBinsThatWereSeen) {
  const Coverage coverage = two_points();
  EXPECT_EQ(coverage.bins(), 7U);
  EXPECT_EQ(coverage.hit_bins(), 3U);
  EXPECT_NEAR(coverage.percent(), 300.0 / 7, 1e-9);
  EXPECT_EQ(coverage.groups()[0].bins(), 5U);
  EXPECT_EQ(coverage.groups()[0].hit(), 3U);
  EXPECT_EQ(coverage.groups()[1].hit(), 0U);
}

TEST(Coverage, APointTwiceIsAMistakeOfTheModel) {
  Coverage coverage = two_points();
  EXPECT_THROW(coverage.declare("jobs", "stride", {"1"}), base::ModelError);
}

TEST(Coverage, JsonAndBack) {
  const Coverage coverage = two_points();
  const Coverage again = Coverage::parse(coverage.json(), "x.json");
  EXPECT_EQ(again.json(), coverage.json());
  EXPECT_EQ(again.hit_bins(), 3U);
  EXPECT_THAT(again.runs(), testing::ElementsAre("first"));
}

TEST(Coverage, MergeAddsAndKeepsWhatOnlyOneHas) {
  Coverage all = two_points();
  Coverage other;
  const PointId stride = other.declare("jobs", "stride", {"1", "2", "more", "unequal"});
  other.declare("overlaps", "dma0 with dma1", {"seen"});
  other.hit(stride, 1, 7);
  other.add_run("second");
  all.merge(other);
  const Point& merged = all.groups()[0].points[0];
  ASSERT_EQ(merged.bins.size(), 4U);
  EXPECT_EQ(merged.bins[0].hits, 5U);
  EXPECT_EQ(merged.bins[1].hits, 7U);
  EXPECT_EQ(merged.bins[3].hits, 0U);
  EXPECT_EQ(all.groups().size(), 3U);
  EXPECT_THAT(all.runs(), testing::ElementsAre("first", "second"));
  // Adding is commutative in what is counted.
  Coverage reversed = other;
  reversed.merge(two_points());
  EXPECT_EQ(reversed.hit_bins(), all.hit_bins());
  EXPECT_EQ(reversed.bins(), all.bins());
}

TEST(Coverage, WrongFilesAreToldInOneSentence) {
  const auto told = [](const std::string& text) {
    try {
      Coverage::parse(text, "x.json");
    } catch (const base::UsageError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const std::string good = two_points().json();
  EXPECT_THAT(told(""), HasSubstr("x.json is no functional coverage"));
  EXPECT_THAT(told("[1, 2]"), HasSubstr("is no functional coverage"));
  EXPECT_THAT(told(good.substr(0, good.size() / 2)), HasSubstr("is no functional coverage"));
  std::string later = good;
  later.replace(later.find("\"version\": 1"), 12, "\"version\": 2");
  EXPECT_THAT(told(later), HasSubstr("another version"));
  std::string negative = good;
  negative.replace(negative.find(": 5"), 3, ": -5");
  EXPECT_THAT(told(negative), HasSubstr("damaged"));
  std::string twice = good;
  twice.replace(twice.find("kernel"), 6, "stride");
  EXPECT_THAT(told(twice), HasSubstr("two points stride"));
}

TEST(Coverage, DamagedFilesNeverCrash) {
  std::mt19937 random(7);
  const std::string good = two_points().json();
  unsigned refused = 0;
  for (unsigned n = 0; n < 3000; ++n) {
    std::string text = good;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = static_cast<char>(random());
      } else {
        text.erase(at, 1 + random() % 20);
      }
      if (text.empty()) text = " ";
    }
    try {
      Coverage::parse(text, "x.json");
    } catch (const base::UsageError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000U);
}

TEST(CoverageTable, TellsHolesWhenTheyAreWanted) {
  const Coverage coverage = two_points();
  const std::string brief = coverage_table(coverage, 80, false);
  EXPECT_THAT(brief, HasSubstr("42.9"));  // 3 of 7
  EXPECT_THAT(brief, HasSubstr("60.0"));  // 3 of 5
  EXPECT_THAT(brief, Not(HasSubstr("stride")));
  const std::string holes = coverage_table(coverage, 80, true);
  EXPECT_THAT(holes, HasSubstr("stride"));
  EXPECT_THAT(holes, HasSubstr("1x1"));
  EXPECT_THAT(coverage_page(coverage), HasSubstr("| stride | 1: 5, 2: **never**, more: 1 |"));
}

}  // namespace
}  // namespace leyden::coverage
