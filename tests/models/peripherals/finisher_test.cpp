// The finisher: how firmware ends a run.
#include "models/peripherals/finisher.h"

#include <vector>

#include "registers/finisher.h"
#include "tests/models/peripherals/peripheral_bench.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::finisher;

struct Bench : PeripheralBench {
  Bench() { bind(finisher.socket); }
  std::vector<Finish> finishes;
  Finisher finisher{"finisher", context.context,
                    [this](const Finish& finish) { finishes.push_back(finish); }};
};

class FinisherTest : public PeripheralTest<Bench> {};

TEST_F(FinisherTest, PassFailWithCodeAndReset) {
  bench_->put(reg::kFinish, 0x5555);
  bench_->put(reg::kFinish, 0x00073333);
  bench_->put(reg::kFinish, 0xffff3333);
  bench_->put(reg::kFinish, 0x7777);
  ASSERT_EQ(bench_->finishes.size(), 4u);
  EXPECT_EQ(bench_->finishes[0].kind, Finish::Kind::kPass);
  EXPECT_EQ(bench_->finishes[1].kind, Finish::Kind::kFail);
  EXPECT_EQ(bench_->finishes[1].code, 7u);
  EXPECT_EQ(bench_->finishes[2].code, 0xffffu);
  EXPECT_EQ(bench_->finishes[3].kind, Finish::Kind::kReset);
}

TEST_F(FinisherTest, AnUnknownWordIsReportedAndEndsNothing) {
  bench_->finishes.clear();
  bench_->put(reg::kFinish, 0x1234);
  EXPECT_TRUE(bench_->finishes.empty());
  EXPECT_EQ(bench_->context.diagnostics.messages.size(), 1u);
}

}  // namespace
}  // namespace leyden::peripherals
