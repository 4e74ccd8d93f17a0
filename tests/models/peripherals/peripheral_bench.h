#pragma once

#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "models/base/protocol_checker.h"
#include "tests/support/test_context.h"
#include "tests/support/test_initiator.h"

namespace leyden::peripherals {

inline constexpr double kPeriodNs = 10;
inline sc_core::sc_time cycles(std::uint64_t count) {
  return {kPeriodNs * static_cast<double>(count), sc_core::SC_NS};
}

/// Lets deltas pass without a warning when there are none.
inline void settle() {
  while (sc_core::sc_pending_activity_at_current_time()) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
}

/// A master and a protocol checker for one peripheral; registers are accessed by offset.
class PeripheralBench {
 public:
  PeripheralBench() { core.socket.bind(checker.target_socket); }

  template <typename Socket>
  void bind(Socket& socket) {
    checker.initiator_socket.bind(socket);
  }
  std::uint32_t get(std::uint32_t offset) { return core.get32(offset); }
  /// Writes, and lets what follows at once follow.
  void put(std::uint32_t offset, std::uint32_t value) {
    core.put32(offset, value);
    settle();
  }

  test::TestContext context{1e9 / kPeriodNs};
  test::TestInitiator core{"core"};
  base::ProtocolChecker checker{"checker"};
};

/// Remembers when a line rose last.
class Watch : public sc_core::sc_module {
 public:
  explicit Watch(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(Watch);
    SC_METHOD(sample);
    sensitive << line;
  }
  sc_core::sc_in<bool> line{"line"};
  sc_core::sc_time rose;

 private:
  void sample() {
    if (line.read()) rose = sc_core::sc_time_stamp();
  }
};

/// One bench for all tests of an executable, as SystemC wants it.
template <typename Bench>
class PeripheralTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Bench>();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { bench_.reset(); }
  void SetUp() override { bench_->context.diagnostics.messages.clear(); }
  void TearDown() override {
    EXPECT_EQ(bench_->checker.summary(), "");
    EXPECT_GT(bench_->checker.calls(), 0u);
  }
  static inline std::unique_ptr<Bench> bench_;
};

}  // namespace leyden::peripherals
