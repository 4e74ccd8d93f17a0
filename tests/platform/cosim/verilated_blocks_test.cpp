// Adapters against blocks that know nothing of them: SystemVerilog, made into SystemC by Verilator.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vapb_registers.h"
#include "Vaxi_memory.h"
#include "Vstops.h"
#include "models/base/error.h"
#include "platform/cosim/bind.h"
#include "platform/cosim/tlm_to_apb.h"
#include "platform/cosim/tlm_to_axi4.h"
#include "tests/platform/cosim/flow_patterns.h"
#include "tests/support/test_initiator.h"

namespace leyden::cosim {
namespace {

AdapterOptions with_flow(TestFlow& flow) {
  AdapterOptions options;
  options.block = "memory";
  options.flow = flow.pattern();
  return options;
}

struct Bench {
  Bench() {
    bind_clock(registers, clock);
    bind_s_apb(registers, apb);
    register_initiator.socket.bind(to_registers.socket);
    bind_clock(memory, clock);
    memory.stall(stall);
    bind_s_axi(memory, axi);
    memory_initiator.socket.bind(to_memory.socket);
    bind_clock(stops, clock);
    stops.poke(poke);
  }
  base::Clock chip{100e6};
  GatedClock clock{"clock", chip};

  ApbPins apb{"s_apb_"};
  Vapb_registers registers{"registers"};
  TlmToApb to_registers{"to_registers", apb, clock};
  test::TestInitiator register_initiator{"register_initiator"};

  Axi4Pins<128> axi{"s_axi_"};
  sc_core::sc_signal<bool> stall{"stall"};
  Vaxi_memory memory{"memory"};
  TestFlow flow;
  TlmToAxi4<128> to_memory{"to_memory", axi, clock, with_flow(flow)};
  test::TestInitiator memory_initiator{"memory_initiator"};

  sc_core::sc_signal<bool> poke{"poke"};
  Vstops stops{"stops"};
};

/// Elaborates the one bench before the first test.
struct Environment : testing::Environment {
  void SetUp() override { bench = new Bench; }
  // Left to the end of the process: modules must outlive the simulation.
  static Bench* bench;
};
Bench* Environment::bench = nullptr;
const testing::Environment* const kEnvironment = testing::AddGlobalTestEnvironment(new Environment);

class VerilatedBlocks : public testing::Test {
 protected:
  unsigned below(unsigned bound) {
    return std::uniform_int_distribution<unsigned>(0, bound - 1)(random);
  }
  Bench& b = *Environment::bench;
  std::mt19937 random{11};
};

TEST_F(VerilatedBlocks, RegistersKeepWhatAnArrayKeeps) {
  b.register_initiator.run([this] {
    std::array<std::uint8_t, 60> expected{};
    for (unsigned i = 0; i < 500; ++i) {
      if (i % 20 == 0) b.register_initiator.put32(0x3c, below(8));  // wait states
      const unsigned length = below(3) == 0 ? 4 * (1 + below(4)) : 1u << below(3);
      const unsigned align = std::min(length, 4u);
      const unsigned address = below((60 - length) / align + 1) * align;
      std::array<std::uint8_t, 16> data{};
      for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
      if (below(2) == 0) {
        ASSERT_OK(b.register_initiator.write(address, data.data(), length));
        std::copy_n(data.begin(), length, expected.begin() + address);
      } else {
        ASSERT_OK(b.register_initiator.read(address, data.data(), length));
        ASSERT_TRUE(std::equal(data.begin(), data.begin() + length, expected.begin() + address))
            << "access " << i;
      }
    }
    b.register_initiator.put32(0x3c, 0);
  });
}

TEST_F(VerilatedBlocks, WaitStatesTakeTheirCycles) {
  b.register_initiator.run([this] {
    for (const unsigned waits : {0u, 1u, 5u, 15u}) {
      b.register_initiator.put32(0x3c, waits);
      sc_core::wait(b.chip.cycles(3));
      const sc_core::sc_time start = sc_core::sc_time_stamp();
      b.register_initiator.get32(0);
      EXPECT_EQ((sc_core::sc_time_stamp() - start) / b.chip.period(), 2.0 + waits);
    }
    b.register_initiator.put32(0x3c, 0);
  });
}

TEST_F(VerilatedBlocks, ErrorsOfRegistersComeBack) {
  b.register_initiator.run([this] {
    std::uint32_t word = 0;
    EXPECT_EQ(b.register_initiator.write(0x40, &word, 4), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(b.register_initiator.read(0x100, &word, 4), tlm::TLM_GENERIC_ERROR_RESPONSE);
    ASSERT_OK(b.register_initiator.read(0x38, &word, 4));
  });
}

TEST_F(VerilatedBlocks, MemoryKeepsWhatAnArrayKeeps) {
  constexpr unsigned kBytes = 16384 - 16;
  b.memory_initiator.run([this] {
    std::vector<std::uint8_t> expected(kBytes);
    ASSERT_OK(b.memory_initiator.write(0, expected.data(), kBytes));
    for (unsigned i = 0; i < 200; ++i) {
      if (i % 20 == 0) {
        b.stall.write(below(2) == 0);
        b.flow.of_eight = 2 + below(7);
        b.flow.seed = i;
      }
      const unsigned lengths[] = {1 + below(40), 1u << below(6), 1 + below(500), 1 + below(6000)};
      const unsigned length = lengths[below(4)];
      const unsigned address = below(kBytes - length);
      std::vector<std::uint8_t> data(length);
      for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
      if (below(2) == 0) {
        ASSERT_OK(b.memory_initiator.write(address, data.data(), length));
        std::copy(data.begin(), data.end(), expected.begin() + address);
      } else {
        ASSERT_OK(b.memory_initiator.read(address, data.data(), length));
        ASSERT_TRUE(std::equal(data.begin(), data.end(), expected.begin() + address))
            << "access " << i << " of " << length << " bytes at " << address;
      }
    }
  });
}

TEST_F(VerilatedBlocks, ErrorsOfMemoryComeBack) {
  b.memory_initiator.run([this] {
    std::array<std::uint8_t, 64> data{};
    EXPECT_EQ(b.memory_initiator.read(16384 - 64, data.data(), 64),
              tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(b.memory_initiator.write(16384 - 8, data.data(), 8), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(b.memory_initiator.read(16384, data.data(), 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    ASSERT_OK(b.memory_initiator.read(0, data.data(), 64));
  });
}

TEST_F(VerilatedBlocks, AreAtRestAfterwards) {
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US), sc_core::SC_RUN_TO_TIME);
  EXPECT_FALSE(sc_core::sc_pending_activity());
}

// Verilator's own run time would abort the process.
TEST_F(VerilatedBlocks, AnAssertionOfTheRtlEndsTheRun) {
  const auto poke = [this] {
    try {
      b.clock.run("test");
      b.poke.write(true);
      sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US), sc_core::SC_RUN_TO_TIME);
    } catch (const sc_core::sc_report& report) {
      std::fprintf(stderr, "%s", report.get_msg());
      std::_Exit(4);
    }
  };
  EXPECT_EXIT(
      poke(), testing::ExitedWithCode(4),
      "(^|\n)stops.sv:[0-9]+: the RTL stopped the simulation at .* ns: an assertion failed, or "
      ".stop was called$");
}

}  // namespace
}  // namespace leyden::cosim
