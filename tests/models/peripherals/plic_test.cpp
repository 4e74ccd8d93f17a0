// The PLIC against a reference written from the specification, under random stimulus.
#include "models/peripherals/plic.h"

#include <array>
#include <random>

#include "registers/plic.h"
#include "tests/models/peripherals/peripheral_bench.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::plic;

constexpr unsigned kUnbound = 31;  ///< a source that nothing is bound to

struct Bench : PeripheralBench {
  Bench() {
    bind(plic.socket);
    for (unsigned n = 1; n < kUnbound; ++n) plic.source[n].bind(lines[n]);
    plic.irq.bind(irq);
  }
  void set(unsigned n, bool level) {
    lines[n].write(level);
    settle();
  }
  Plic plic{"plic", context.context};
  sc_core::sc_vector<sc_core::sc_signal<bool>> lines{"line", Plic::kSources};
  sc_core::sc_signal<bool> irq;
};

class PlicTest : public PeripheralTest<Bench> {
 protected:
  void SetUp() override {
    PeripheralTest<Bench>::SetUp();
    for (unsigned n = 1; n < kUnbound; ++n) bench_->set(n, false);
    bench_->put(reg::kEnable, ~0u);
    for (unsigned n = 1; n < Plic::kSources; ++n) bench_->put(4 * n, 1);
    for (unsigned n = 1; n < Plic::kSources; ++n) bench_->put(reg::kClaim, n);
    while (bench_->get(reg::kClaim) != 0) settle();
    for (unsigned n = 1; n < Plic::kSources; ++n) bench_->put(reg::kClaim, n);
    for (unsigned n = 0; n < Plic::kSources; ++n) bench_->put(4 * n, 0);
    bench_->put(reg::kEnable, 0);
    bench_->put(reg::kThreshold, 0);
    bench_->context.diagnostics.messages.clear();
  }
};

TEST_F(PlicTest, OneInterruptFromLineToCompletion) {
  bench_->put(4 * 5, 3);
  bench_->put(reg::kEnable, 1u << 5);
  EXPECT_FALSE(bench_->irq.read());
  bench_->set(5, true);
  EXPECT_TRUE(bench_->irq.read());
  EXPECT_EQ(bench_->get(reg::kPending), 1u << 5);
  EXPECT_EQ(bench_->get(reg::kClaim), 5u);
  settle();
  EXPECT_FALSE(bench_->irq.read());  // the gateway is shut though the line is high
  EXPECT_EQ(bench_->get(reg::kPending), 0u);
  bench_->put(reg::kClaim, 5);
  EXPECT_TRUE(bench_->irq.read());  // still high: again
  EXPECT_EQ(bench_->get(reg::kClaim), 5u);
  bench_->set(5, false);
  bench_->put(reg::kClaim, 5);
  EXPECT_FALSE(bench_->irq.read());
}

TEST_F(PlicTest, ARequestStaysWhenTheLineFalls) {
  bench_->put(4 * 2, 1);
  bench_->put(reg::kEnable, 1u << 2);
  bench_->set(2, true);
  bench_->set(2, false);
  EXPECT_TRUE(bench_->irq.read());
  EXPECT_EQ(bench_->get(reg::kClaim), 2u);
}

TEST_F(PlicTest, TheThresholdGatesTheLineNotTheClaim) {
  bench_->put(4 * 7, 4);
  bench_->put(reg::kEnable, 1u << 7);
  bench_->put(reg::kThreshold, 4);
  bench_->set(7, true);
  EXPECT_FALSE(bench_->irq.read());
  bench_->put(reg::kThreshold, 3);
  EXPECT_TRUE(bench_->irq.read());
  bench_->put(reg::kThreshold, 7);
  EXPECT_EQ(bench_->get(reg::kClaim), 7u);
}

TEST_F(PlicTest, WiredZeros) {
  bench_->put(0, 7);
  EXPECT_EQ(bench_->get(0), 0u);
  bench_->put(4, 0xffffffff);
  EXPECT_EQ(bench_->get(4), 7u);
  bench_->put(reg::kEnable, 0xffffffff);
  EXPECT_EQ(bench_->get(reg::kEnable), 0xfffffffeu);
  EXPECT_EQ(bench_->get(reg::kClaim), 0u);
}

/// The specification in arrays; every rule on its own line.
struct Reference {
  std::array<bool, 32> level{}, pending{}, in_service{}, enabled{};
  std::array<unsigned, 32> priority{};
  unsigned threshold = 0;

  void gateways() {
    for (unsigned n = 1; n < 32; ++n) {
      if (level[n] && !in_service[n]) pending[n] = true;
    }
  }
  bool interrupts() const {
    for (unsigned n = 1; n < 32; ++n) {
      if (pending[n] && enabled[n] && priority[n] > threshold) return true;
    }
    return false;
  }
  unsigned claim() {
    for (unsigned p = 7; p > 0; --p) {
      for (unsigned n = 1; n < 32; ++n) {
        if (pending[n] && enabled[n] && priority[n] == p) {
          pending[n] = false;
          in_service[n] = true;
          return n;
        }
      }
    }
    return 0;
  }
};

TEST_F(PlicTest, RandomStimulusEqualsTheReference) {
  std::mt19937 random(11);
  Reference reference;
  unsigned claims = 0;
  for (int step = 0; step < 20000; ++step) {
    const unsigned n = 1 + random() % 30;
    switch (random() % 7) {
      case 0:
      case 1:
        reference.level[n] = !reference.level[n];
        bench_->set(n, reference.level[n]);
        break;
      case 2:
        reference.priority[n] = random() % 8;
        bench_->put(4 * n, reference.priority[n]);
        break;
      case 3: {
        const std::uint32_t mask = static_cast<std::uint32_t>(random() | random()) & ~1u;
        for (unsigned i = 1; i < 32; ++i) reference.enabled[i] = (mask >> i & 1) != 0;
        bench_->put(reg::kEnable, mask);
        break;
      }
      case 4:
        reference.threshold = random() % 8;
        bench_->put(reg::kThreshold, reference.threshold);
        break;
      case 5: {
        const unsigned expected = reference.claim();
        claims += expected != 0 ? 1 : 0;
        ASSERT_EQ(bench_->get(reg::kClaim), expected) << "step " << step;
        settle();
        break;
      }
      default:
        if (reference.enabled[n]) reference.in_service[n] = false;
        bench_->put(reg::kClaim, n);
    }
    reference.gateways();
    std::uint32_t pending = 0;
    for (unsigned i = 1; i < 32; ++i) pending |= (reference.pending[i] ? 1u : 0u) << i;
    ASSERT_EQ(bench_->get(reg::kPending), pending) << "step " << step;
    ASSERT_EQ(bench_->irq.read(), reference.interrupts()) << "step " << step;
  }
  EXPECT_GT(claims, 1000u);
}

}  // namespace
}  // namespace leyden::peripherals
