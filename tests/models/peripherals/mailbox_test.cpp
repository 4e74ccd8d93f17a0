// The mailbox from both sides.
#include "models/peripherals/mailbox.h"

#include <vector>

#include <gmock/gmock.h>

#include "models/base/error.h"
#include "registers/mailbox.h"
#include "tests/models/peripherals/peripheral_bench.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::mailbox;
using testing::ElementsAre;

struct Bench : PeripheralBench {
  Bench() {
    bind(mailbox.socket);
    mailbox.irq.bind(irq);
  }
  std::vector<std::uint32_t> results, failures;
  Mailbox mailbox{"mailbox", context.context,
                  [this](std::uint32_t result) { results.push_back(result); },
                  [this](std::uint32_t code) { failures.push_back(code); }};
  sc_core::sc_signal<bool> irq;
};

class MailboxTest : public PeripheralTest<Bench> {
 protected:
  void SetUp() override {
    PeripheralTest<Bench>::SetUp();
    bench_->results.clear();
    bench_->put(reg::kCtrl, 2);
  }
};

TEST_F(MailboxTest, AnInputComesAndItsResultLeaves) {
  bench_->mailbox.post({17, 0x40001000, 784, 0x40002000, 10});
  settle();
  EXPECT_TRUE(bench_->irq.read());
  EXPECT_EQ(bench_->get(reg::kStatus), 1u);
  EXPECT_EQ(bench_->get(reg::kIndex), 17u);
  EXPECT_EQ(bench_->get(reg::kInputAddr), 0x40001000u);
  EXPECT_EQ(bench_->get(reg::kInputBytes), 784u);
  EXPECT_EQ(bench_->get(reg::kOutputAddr), 0x40002000u);
  EXPECT_EQ(bench_->get(reg::kOutputBytes), 10u);
  EXPECT_THROW(bench_->mailbox.post({}), base::ModelError);
  bench_->put(reg::kDone, 9);
  EXPECT_FALSE(bench_->irq.read());
  EXPECT_FALSE(bench_->mailbox.pending());
  EXPECT_THAT(bench_->results, ElementsAre(9u));
}

TEST_F(MailboxTest, AResultWithoutAnInputIsReported) {
  bench_->put(reg::kDone, 1);
  EXPECT_TRUE(bench_->results.empty());
  EXPECT_EQ(bench_->context.diagnostics.messages.size(), 1u);
}

TEST_F(MailboxTest, AFailureIsToldWithItsCode) {
  bench_->mailbox.post({});
  bench_->put(reg::kFail, 12);
  EXPECT_THAT(bench_->failures, ElementsAre(12u));
  EXPECT_FALSE(bench_->mailbox.pending());
}

TEST_F(MailboxTest, TheInterruptCanBeSwitchedOff) {
  bench_->put(reg::kCtrl, 0);
  bench_->mailbox.post({});
  settle();
  EXPECT_FALSE(bench_->irq.read());
  bench_->put(reg::kCtrl, 2);
  EXPECT_TRUE(bench_->irq.read());
  bench_->put(reg::kDone, 0);
}

// Last: a mailbox does not open again.
TEST_F(MailboxTest, ClosingIsToldAndFinal) {
  bench_->mailbox.close();
  settle();
  EXPECT_TRUE(bench_->irq.read());
  EXPECT_EQ(bench_->get(reg::kStatus), 2u);
  EXPECT_THROW(bench_->mailbox.post({}), base::ModelError);
}

}  // namespace
}  // namespace leyden::peripherals
