#include "platform/trace/trace_events.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "models/base/error.h"

namespace leyden::trace {
namespace {

using Json = nlohmann::json;

class TraceEventsTest : public testing::Test {
 protected:
  std::string path_ = testing::TempDir() + "leyden_trace_events_test.json";

  void TearDown() override { std::remove(path_.c_str()); }
  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(TraceEventsTest, WritesExactTimes) {
  TraceEvents events(path_);
  events.process("\"p\"");
  events.track(3, "\"t\"");
  events.slice(3, "\"a\"", "c", 1'234'567, 2'000'000, "\"x\":1");
  events.slice(3, "\"b\"", "c", 3'000'000, 3'000'050, "");
  events.finish("\"k\":1");
  EXPECT_NE(text().find("\"ts\":1.234567,\"dur\":0.765433,"), std::string::npos);
  EXPECT_NE(text().find("\"ts\":3,\"dur\":0.00005,"), std::string::npos);
  const Json json = Json::parse(text());
  EXPECT_EQ(json.at("traceEvents").size(), 5u);
  EXPECT_EQ(json.at("traceEvents").at(3).at("args").at("x"), 1);
}

TEST_F(TraceEventsTest, EndsWhenFull) {
  TraceEvents events(path_, 10);
  events.process("\"p\"");
  for (std::uint64_t i = 0; i < 25; ++i) events.instant(1, "\"i\"", 1000 * i, "");
  EXPECT_TRUE(events.full());
  EXPECT_EQ(events.full_from_ps(), 10'000u);
  events.finish("");
  EXPECT_EQ(Json::parse(text()).at("traceEvents").size(), 11u);
}

TEST_F(TraceEventsTest, NamesAreAlwaysJson) {
  TraceEvents events(path_);
  events.process(json_string("a\"b\\c\n\xff\x01 \xc3\xa4"));
  events.finish("");
  EXPECT_TRUE(Json::accept(text()));
}

TEST(TraceEvents, TellsWhenItCannotBeWritten) {
  EXPECT_THROW(TraceEvents("/nonexistent/trace.json"), base::UsageError);
  EXPECT_THROW(TraceEvents("/dev/full"), base::UsageError);
}

}  // namespace
}  // namespace leyden::trace
