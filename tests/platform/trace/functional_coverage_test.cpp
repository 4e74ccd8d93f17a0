#include "platform/trace/functional_coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <set>

namespace leyden::trace {
namespace {

using coverage::Coverage;

std::uint64_t hits(const Coverage& coverage, const std::string& group, const std::string& point,
                   const std::string& bin) {
  for (const coverage::Group& g : coverage.groups()) {
    for (const coverage::Point& p : g.points) {
      if (g.name != group || p.name != point) continue;
      for (const coverage::Bin& b : p.bins) {
        if (b.name == bin) return b.hits;
      }
    }
  }
  ADD_FAILURE() << group << " has no " << point << ": " << bin;
  return 0;
}

std::vector<std::uint8_t> bytes(const std::vector<std::uint32_t>& words) {
  std::vector<std::uint8_t> data(words.size() * 4);
  std::memcpy(data.data(), words.data(), data.size());
  return data;
}

class FunctionalCoverageTest : public testing::Test {
 protected:
  void write(std::uint64_t address, const std::vector<std::uint32_t>& words) {
    const auto data = bytes(words);
    seen.access(address, true, data.data(), static_cast<unsigned>(data.size()));
  }
  void read(std::uint64_t address, std::uint32_t word) {
    const auto data = bytes({word});
    seen.access(address, false, data.data(), 4);
  }
  std::uint64_t of(const std::string& group, const std::string& point, const std::string& bin) {
    return hits(seen.coverage(), group, point, bin);
  }
  // Sources 0 (none), 1 timer of the test, 2 cim0.
  FunctionalCoverage seen{1, 2, {"", "dma0", "cim0"}};
};

// Addresses and places of fields by hand from configs/registers/{dma,cim}.yaml.
TEST_F(FunctionalCoverageTest, ValuesOfRegisterFields) {
  write(0x10030004, {0x3});         // dma0 CTRL: START 1, IRQ_ENABLE 1, START_LINKED 0
  write(0x10030104, {0x0});         // dma1 CTRL
  read(0x10030008, 0x5);            // STATUS: BUSY 1, DONE 0, ERROR 1
  write(0x10030008, {0x2});         // clears DONE
  write(0x10030048, {0x80000000});  // ROW_BYTES
  const std::string dma = "registers of dma";
  EXPECT_EQ(of(dma, "CTRL.START written", "1"), 1U);
  EXPECT_EQ(of(dma, "CTRL.START written", "0"), 1U);
  EXPECT_EQ(of(dma, "CTRL.START_LINKED written", "0"), 2U);
  EXPECT_EQ(of(dma, "CTRL.START_LINKED written", "1"), 0U);
  EXPECT_EQ(of(dma, "STATUS.BUSY read", "1"), 1U);
  EXPECT_EQ(of(dma, "STATUS.DONE read", "0"), 1U);
  EXPECT_EQ(of(dma, "STATUS.DONE written", "1"), 1U);
  EXPECT_EQ(of(dma, "STATUS.ERROR written", "1"), 0U);
  EXPECT_EQ(of(dma, "ROW_BYTES written", "high"), 1U);
  EXPECT_EQ(of(dma, "ROW_BYTES written", "low"), 0U);
}

TEST_F(FunctionalCoverageTest, JobsAreThoseThatAreStarted) {
  // IN_ADDR .. TAG in one block: 5x5 kernel, strides 2 and 2, padding left, a later part of the
  // window, 3 outputs, 4 x 6 positions, 4 b inputs, 2 b weights, 5 b outputs, partial sums.
  write(0x10100040,
        {0x20000000, 28 | 28 << 16, 4 | 4u << 16, 5 | 5 << 8 | 2 << 16 | 2 << 24, 2, 50 | 25u << 16,
         0x20008000, 4 | 6u << 16, 3 | 3u << 16, 0, 4 | 2 << 4 | 5 << 8 | 1 << 12, 0});
  const std::string cim = "jobs of cim";
  EXPECT_EQ(of(cim, "kernel", "5x5"), 0U);  // not started yet
  write(0x10100004, {0x1});
  EXPECT_EQ(of(cim, "kernel", "5x5"), 1U);
  EXPECT_EQ(of(cim, "stride", "2"), 1U);
  EXPECT_EQ(of(cim, "kernel x stride", "5x5 x 2"), 1U);
  EXPECT_EQ(of(cim, "padding", "left"), 1U);
  EXPECT_EQ(of(cim, "part of the window (row splits)", "later"), 1U);
  EXPECT_EQ(of(cim, "input bits x weight bits", "4 x 2"), 1U);
  EXPECT_EQ(of(cim, "output bits", "5"), 1U);
  EXPECT_EQ(of(cim, "results", "partial sums"), 1U);
  EXPECT_EQ(of(cim, "positions", "more"), 1U);
  EXPECT_EQ(of(cim, "outputs", "2 to 15"), 1U);
  EXPECT_EQ(of(cim, "input pixels", "dense"), 1U);
  EXPECT_EQ(of("registers of cim", "KERNEL.WIDTH written", "low"), 1U);
  write(0x10100004, {0x2});  // no START
  EXPECT_EQ(of(cim, "kernel", "5x5"), 1U);
}

TEST_F(FunctionalCoverageTest, Transfers) {
  seen.transfer({0, 0x40000000, 0x20000010, 4096, false, 10, 20});
  seen.transfer({1, 0x20000001, 0x80000004, 15, false, 30, 40});
  const std::string dma = "transfers of dma";
  EXPECT_EQ(of(dma, "source x destination", "off_chip x lmem"), 1U);
  EXPECT_EQ(of(dma, "source x destination", "lmem x sram"), 1U);
  EXPECT_EQ(of(dma, "source", "on a byte"), 1U);
  EXPECT_EQ(of(dma, "destination", "on a word"), 1U);
  EXPECT_EQ(of(dma, "lanes of source and destination", "shifted"), 1U);
  EXPECT_EQ(of(dma, "bytes", "4096 or more"), 1U);
  EXPECT_EQ(of(dma, "bytes", "1 to 15"), 1U);
  EXPECT_EQ(of(dma, "channel", "1"), 1U);
}

// Random work of units, against a table of who is busy in which cycle.
TEST(OverlapCoverageTest, AgreesWithATableOfCycles) {
  std::mt19937 random(3);
  for (unsigned round = 0; round < 50; ++round) {
    Coverage coverage;
    OverlapCoverage overlaps(coverage, {"a", "b"}, {"", "irq_a", "irq_b"});
    std::map<std::pair<unsigned, std::uint64_t>, bool> busy;
    std::uint64_t together = 0;
    std::uint64_t free_at[2] = {0, 0};
    std::uint64_t raised = 0;
    std::uint64_t now = 0;
    std::set<std::uint64_t> used;
    for (unsigned n = 0; n < 40; ++n) {
      now += random() % 8;
      const unsigned unit = random() % 2;
      if (free_at[unit] <= now) {
        const std::uint64_t end = now + 1 + random() % 10;
        bool meets = false;
        for (std::uint64_t cycle = now; cycle < end; ++cycle) {
          busy[{unit, cycle}] = true;
          meets = meets || busy[{1 - unit, cycle}];
        }
        // Spans of the other unit that this one meets count once a span of this one.
        together += meets;
        overlaps.busy(unit, now, end);
        free_at[unit] = end;
      }
      overlaps.lines(0, now);
      overlaps.lines(2, now);  // source 1 comes
      raised += busy[{1, now}];
    }
    EXPECT_EQ(hits(coverage, "interrupts and jobs", "units at work together", "a with b"),
              together);
    EXPECT_EQ(hits(coverage, "interrupts and jobs", "interrupt raised while a unit works",
                   "irq_a while b"),
              raised);
  }
}

TEST(OverlapCoverageTest, PendingInterrupts) {
  Coverage coverage;
  OverlapCoverage overlaps(coverage, {"a"}, {"", "x", "y", "", "z"});
  const std::string group = "interrupts and jobs";
  overlaps.lines(1 << 1, 5);
  EXPECT_EQ(hits(coverage, group, "interrupt raised while another pends", "y while x"), 0U);
  overlaps.lines(1 << 1 | 1 << 4, 6);
  EXPECT_EQ(hits(coverage, group, "interrupt raised while another pends", "z while x"), 1U);
  EXPECT_EQ(hits(coverage, group, "interrupt raised while another pends", "x while z"), 0U);
  overlaps.claimed(1);
  EXPECT_EQ(hits(coverage, group, "interrupt claimed while another pends", "x while z"), 1U);
  overlaps.lines(1 << 4 | 1 << 2, 9);
  EXPECT_EQ(hits(coverage, group, "interrupt raised while another pends", "y while z"), 1U);
  overlaps.begins(0, 10);
  overlaps.lines(0, 11);
  overlaps.lines(1 << 1, 12);
  overlaps.ends(0, 13);
  overlaps.lines(0, 14);
  overlaps.lines(1 << 1, 15);
  EXPECT_EQ(hits(coverage, group, "interrupt raised while a unit works", "x while a"), 1U);
}

}  // namespace
}  // namespace leyden::trace
