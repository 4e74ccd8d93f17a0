#include <fnmatch.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "platform/trace/trace_window.h"
#include "platform/trace/wave_signals.h"

namespace leyden::trace {
namespace {

TEST(TraceWindow, ReadsImagesAndCycles) {
  EXPECT_EQ(TraceWindow::parse("").kind, TraceWindow::Kind::kAll);
  const TraceWindow one = TraceWindow::parse("7");
  EXPECT_EQ(one.kind, TraceWindow::Kind::kImages);
  EXPECT_EQ(one.first, 7u);
  EXPECT_EQ(one.last, 7u);
  EXPECT_EQ(TraceWindow::parse("3:5").last, 5u);
  const TraceWindow cycles = TraceWindow::parse("10c:20c");
  EXPECT_EQ(cycles.kind, TraceWindow::Kind::kCycles);
  EXPECT_EQ(cycles.last, 20u);
  for (const char* bad : {"x", "-1", "5:", ":5", "5c", "5c:9", "5:9c", "9:5", "5c:5c", "1:2:3",
                          "99999999999999999999", "7 ", "0x10"}) {
    EXPECT_THROW(TraceWindow::parse(bad), base::UsageError) << bad;
  }
}

TEST(TraceWindow, ChecksImages) {
  TraceWindow::parse("3:5").check_images(3, 3);
  TraceWindow::parse("").check_images(3, 3);
  TraceWindow::parse("1c:2c").check_images(3, 3);
  EXPECT_THROW(TraceWindow::parse("2").check_images(3, 3), base::UsageError);
  EXPECT_THROW(TraceWindow::parse("3:6").check_images(3, 3), base::UsageError);
}

TEST(OpenWindow, FollowsImages) {
  OpenWindow window(TraceWindow::parse("4:5"));
  EXPECT_FALSE(window.holds(0));
  window.image_begins(3, 100);
  window.image_ends(3, 200);
  EXPECT_FALSE(window.holds(150));
  window.image_begins(4, 300);
  EXPECT_TRUE(window.holds(300));
  window.image_ends(4, 400);
  EXPECT_TRUE(window.holds(450));
  window.image_begins(5, 500);
  window.image_ends(5, 600);
  std::uint64_t start = 250;
  std::uint64_t end = 650;
  EXPECT_TRUE(window.cut(start, end));
  EXPECT_EQ(start, 300u);
  EXPECT_EQ(end, 600u);
  EXPECT_TRUE(window.over(600));
  start = 600;
  end = 700;
  EXPECT_FALSE(window.cut(start, end));
}

TEST(WaveSignals, PatternsAreThoseOfTheCLibrary) {
  const char alphabet[] = {'a', 'b', '.', '*', '?'};
  unsigned matched = 0;
  for (unsigned p = 0; p < 3125; ++p) {
    std::string pattern;
    for (unsigned rest = p, i = 0; i < 5; ++i, rest /= 5) pattern += alphabet[rest % 5];
    for (unsigned t = 0; t < 243; ++t) {
      std::string text;
      for (unsigned rest = t, i = 0; i < 5; ++i, rest /= 3) text += alphabet[rest % 3];
      const bool expected = fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
      ASSERT_EQ(matches(pattern, text), expected) << pattern << ' ' << text;
      matched += expected;
    }
  }
  EXPECT_GT(matched, 1000u);
}

TEST(WaveSignals, Chooses) {
  const std::vector<WaveSignal> all = wave_signals(2, 1, {"", "dma0", "cim0", "cim1"});
  const auto chosen = [&](const std::string& list) {
    std::vector<std::string> names;
    const std::vector<bool> flags = choose_signals(all, list);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (flags[i]) names.push_back(all[i].path());
    }
    return names;
  };
  EXPECT_EQ(chosen("cim?.busy"), (std::vector<std::string>{"cim0.busy", "cim1.busy"}));
  EXPECT_EQ(chosen("leyden.chip.irq.cim1, irq.dma0"),
            (std::vector<std::string>{"irq.dma0", "irq.cim1"}));
  EXPECT_EQ(chosen("all").size(), all.size());
  EXPECT_FALSE(any_costly(all, choose_signals(all, "")));
  EXPECT_TRUE(any_costly(all, choose_signals(all, "all")));
  for (const char* bad : {"cim2.busy", ",", "cim0.busy,", "busy"}) {
    EXPECT_THROW(choose_signals(all, bad), base::UsageError) << bad;
  }
}

TEST(WaveSignals, ScopesAreBesideEachOther) {
  const std::vector<WaveSignal> all = wave_signals(16, 2, {"", "a", "b"});
  std::vector<std::string> seen;
  for (const WaveSignal& signal : all) {
    if (!seen.empty() && seen.back() == signal.scope) continue;
    for (const std::string& scope : seen) EXPECT_NE(scope, signal.scope);
    seen.push_back(signal.scope);
  }
}

TEST(WavePath, EndsInItsFormat) {
  check_wave_path("a.vcd");
  check_wave_path("/x/a.fst");
  for (const char* bad : {"a", ".vcd", "a.VCD", "avcd", "a.vcd.gz"}) {
    EXPECT_THROW(check_wave_path(bad), base::UsageError) << bad;
  }
}

}  // namespace
}  // namespace leyden::trace
