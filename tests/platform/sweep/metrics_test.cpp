#include "platform/sweep/metrics.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

TEST(Metrics, AreColumnsWithDifferentNames) {
  std::set<std::string> names;
  for (const Metric& metric : metrics()) {
    EXPECT_TRUE(std::regex_match(metric.name, std::regex("[a-z][a-z0-9_]*"))) << metric.name;
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_FALSE(metric.text.empty()) << metric.name;
  }
  EXPECT_EQ(names.count("cycles_stall"), 1u);
  EXPECT_EQ(names.count("energy_off_chip_nj"), 1u);
}

TEST(Metrics, AreFoundByName) {
  for (std::size_t i = 0; i < metrics().size(); ++i) {
    EXPECT_EQ(metric_index(metrics()[i].name, "x"), i);
  }
}

TEST(Metrics, AnUnknownOneIsRefusedWithTheNearest) {
  try {
    metric_index("latency_ns", "objectives[0]");
    FAIL();
  } catch (const base::UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "objectives[0] is latency_ns, which is no metric; did you mean 'latency_us'?");
  }
}

TEST(Metrics, AreUnknownUntilSet) {
  MetricValues values = no_metrics();
  EXPECT_FALSE(metric(values, "energy_nj"));
  set_metric(values, "energy_nj", 0);
  EXPECT_EQ(metric(values, "energy_nj"), 0);
  EXPECT_THROW(set_metric(values, "energy", 1), base::ModelError);
}

}  // namespace
}  // namespace leyden::sweep
