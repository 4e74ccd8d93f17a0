// The UART as the 16550 data sheet has it.
#include "models/peripherals/uart.h"

#include <string>

#include "registers/uart.h"
#include "tests/models/peripherals/peripheral_bench.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::uart;

struct Bench : PeripheralBench {
  Bench() {
    bind(uart.socket);
    uart.irq.bind(irq);
  }
  int in(std::uint32_t offset) {
    const int value = core.get<std::uint8_t>(offset);
    settle();
    return value;
  }
  void out(std::uint32_t offset, int value) {
    core.put<std::uint8_t>(offset, static_cast<std::uint8_t>(value));
    settle();
  }
  void receive(const std::string& text) {
    for (const char c : text) uart.receive(static_cast<std::uint8_t>(c));
    settle();
  }
  std::string sent;
  Uart uart{"uart", context.context,
            [this](std::uint8_t byte) { sent += static_cast<char>(byte); }};
  sc_core::sc_signal<bool> irq;
};

class UartTest : public PeripheralTest<Bench> {
 protected:
  void SetUp() override {
    PeripheralTest<Bench>::SetUp();
    bench_->out(reg::kLcr, 3);
    bench_->out(reg::kMcr, 0);
    bench_->out(reg::kIer, 0);
    bench_->out(reg::kIirFcr, 1 | 2);  // toggle the FIFOs on and off: both empty
    bench_->out(reg::kIirFcr, 0);
    bench_->in(reg::kLsr);
    bench_->in(reg::kIirFcr);
    bench_->sent.clear();
  }
};

TEST_F(UartTest, SendingNeverWaits) {
  for (const char c : std::string("hello\n")) {
    ASSERT_EQ(bench_->in(reg::kLsr)&0x60, 0x60);
    bench_->out(reg::kData, c);
  }
  EXPECT_EQ(bench_->sent, "hello\n");
}

TEST_F(UartTest, AByteReceivedIsReadOnce) {
  EXPECT_EQ(bench_->in(reg::kLsr)&1, 0);
  bench_->receive("x");
  EXPECT_EQ(bench_->in(reg::kLsr)&1, 1);
  EXPECT_EQ(bench_->in(reg::kData), 'x');
  EXPECT_EQ(bench_->in(reg::kLsr)&1, 0);
}

TEST_F(UartTest, WithoutFifoTheSecondByteOverruns) {
  EXPECT_EQ(bench_->uart.room(), 1u);
  bench_->receive("ab");
  EXPECT_EQ(bench_->in(reg::kLsr)&3, 3);
  EXPECT_EQ(bench_->in(reg::kLsr)&3, 1);  // reading it clears the overrun
  EXPECT_EQ(bench_->in(reg::kData), 'a');
}

TEST_F(UartTest, TheFifoHoldsSixteen) {
  bench_->out(reg::kIirFcr, 1);
  EXPECT_EQ(bench_->uart.room(), 16u);
  bench_->receive("0123456789abcdefX");
  EXPECT_EQ(bench_->in(reg::kLsr)&3, 3);
  for (const char c : std::string("0123456789abcdef")) EXPECT_EQ(bench_->in(reg::kData), c);
  EXPECT_EQ(bench_->in(reg::kLsr)&3, 0);
  bench_->receive("y");
  bench_->out(reg::kIirFcr, 1 | 2);
  EXPECT_EQ(bench_->in(reg::kLsr)&1, 0);
}

TEST_F(UartTest, TheDivisorLatchHidesDataAndInterruptEnable) {
  bench_->out(reg::kIer, 5);
  bench_->out(reg::kLcr, 0x83);
  bench_->out(reg::kData, 0x34);
  bench_->out(reg::kIer, 0x12);
  EXPECT_EQ(bench_->in(reg::kData), 0x34);
  EXPECT_EQ(bench_->in(reg::kIer), 0x12);
  bench_->out(reg::kLcr, 0x03);
  EXPECT_EQ(bench_->in(reg::kIer), 5);
  EXPECT_EQ(bench_->sent, "");
}

TEST_F(UartTest, TheReceiveInterruptFollowsTheTriggerLevel) {
  bench_->out(reg::kIirFcr, 0x41);  // FIFOs on, trigger at 4
  bench_->out(reg::kIer, 1);
  EXPECT_EQ(bench_->in(reg::kIirFcr), 0xc1);
  EXPECT_FALSE(bench_->irq.read());
  bench_->receive("ab");
  EXPECT_EQ(bench_->in(reg::kIirFcr), 0xcc);  // character timeout
  EXPECT_TRUE(bench_->irq.read());
  bench_->receive("cd");
  EXPECT_EQ(bench_->in(reg::kIirFcr), 0xc4);
  for (int i = 0; i < 4; ++i) bench_->in(reg::kData);
  EXPECT_FALSE(bench_->irq.read());
}

TEST_F(UartTest, TheTransmitInterruptIsSeenOnce) {
  bench_->out(reg::kIer, 2);
  EXPECT_TRUE(bench_->irq.read());
  EXPECT_EQ(bench_->in(reg::kIirFcr), 0x02);
  EXPECT_FALSE(bench_->irq.read());
  EXPECT_EQ(bench_->in(reg::kIirFcr), 0x01);
  bench_->out(reg::kData, 'x');
  EXPECT_TRUE(bench_->irq.read());
  bench_->out(reg::kIer, 0);
  EXPECT_FALSE(bench_->irq.read());
}

TEST_F(UartTest, LineStatusComesBeforeDataBeforeTransmit) {
  bench_->out(reg::kIer, 7);
  bench_->receive("ab");
  EXPECT_EQ(bench_->in(reg::kIirFcr), 0x06);
  bench_->in(reg::kLsr);
  EXPECT_EQ(bench_->in(reg::kIirFcr), 0x04);
  bench_->in(reg::kData);
  EXPECT_EQ(bench_->in(reg::kIirFcr), 0x02);
  EXPECT_EQ(bench_->in(reg::kIirFcr), 0x01);
}

TEST_F(UartTest, LoopbackReturnsDataAndModemLines) {
  bench_->out(reg::kMcr, 0x10 | 0x0a);  // loop, OUT2 and RTS
  bench_->out(reg::kData, 'z');
  EXPECT_EQ(bench_->sent, "");
  EXPECT_EQ(bench_->in(reg::kData), 'z');
  EXPECT_EQ(bench_->in(reg::kMsr)&0xf0, 0x90);  // DCD and CTS, as drivers probe for
  bench_->out(reg::kMcr, 0x10 | 0x05);
  EXPECT_EQ(bench_->in(reg::kMsr)&0xf0, 0x60);  // RI and DSR
}

TEST_F(UartTest, ScratchIsFree) {
  bench_->out(reg::kScr, 0xa5);
  EXPECT_EQ(bench_->in(reg::kScr), 0xa5);
}

}  // namespace
}  // namespace leyden::peripherals
