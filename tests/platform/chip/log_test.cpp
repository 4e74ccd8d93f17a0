#include "platform/chip/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

namespace leyden::chip {
namespace {

using base::Severity;
using ::testing::ElementsAre;

class LogTest : public ::testing::Test {
 protected:
  LogTest()
      : logger_(std::make_shared<spdlog::logger>(
            "test", std::make_shared<spdlog::sinks::ostream_sink_st>(stream_))) {
    logger_->set_pattern("%l: %v");
  }
  std::vector<std::string> lines() {
    logger_->flush();
    std::vector<std::string> out;
    std::istringstream text(stream_.str());
    for (std::string line; std::getline(text, line);) out.push_back(line);
    return out;
  }
  std::ostringstream stream_;
  std::shared_ptr<spdlog::logger> logger_;
};

TEST_F(LogTest, AddsAddressAndLocation) {
  Log log(logger_);
  log.set_location([] { return std::string("pc 0x80000010 <main+0x10>"); });
  log.report(Severity::kWarning, "uart", "a write to a read-only register", 0x10000005);
  EXPECT_THAT(lines(), ElementsAre("warning: uart: a write to a read-only register (address "
                                   "0x10000005), pc 0x80000010 <main+0x10>"));
}

TEST_F(LogTest, LimitsRepetitionsAndTellsTheCountAtTheEnd) {
  Log log(logger_);
  for (int i = 0; i < 100; ++i) log.report(Severity::kError, "dma", "again", std::nullopt);
  log.report(Severity::kInfo, "dma", "once", std::nullopt);
  EXPECT_THAT(lines(), ElementsAre("error: dma: again", "error: dma: again", "error: dma: again",
                                   "info: dma: once"));
  log.finish();
  EXPECT_EQ(lines().back(), "error: dma: again [100 times in all]");
  EXPECT_THAT(log.warnings(), ElementsAre("dma: again"));
}

TEST_F(LogTest, ManyDifferentSentencesAreCountedOnly) {
  Log log(logger_);
  for (std::uint64_t a = 0; a < 250; ++a) log.report(Severity::kWarning, "bus", "bad", a);
  EXPECT_EQ(lines().size(), 100u);
  log.finish();
  EXPECT_EQ(lines().back(), "warning: 150 other warnings were not told");
  EXPECT_EQ(log.warnings().size(), 250u);
}

TEST_F(LogTest, BracesInASentenceAreText) {
  Log log(logger_);
  log.report(Severity::kWarning, "x", "{0} {} {", std::nullopt);
  EXPECT_THAT(lines(), ElementsAre("warning: x: {0} {} {"));
}

}  // namespace
}  // namespace leyden::chip
