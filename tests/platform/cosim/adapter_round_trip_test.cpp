// TLM to pins and back to TLM, against a plain array: whatever is sent over pins must do to the
// memory behind them what it does to the array.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "platform/cosim/apb_to_tlm.h"
#include "platform/cosim/axi4_to_tlm.h"
#include "platform/cosim/axi_lite_to_tlm.h"
#include "platform/cosim/tlm_to_apb.h"
#include "platform/cosim/tlm_to_axi4.h"
#include "platform/cosim/tlm_to_axi_lite.h"
#include "tests/platform/cosim/flow_patterns.h"
#include "tests/support/test_initiator.h"
#include "tests/support/test_target.h"

namespace leyden::cosim {
namespace {

constexpr std::uint64_t kMemoryBytes = 16384;

/// One way there and back.
struct Chain {
  virtual ~Chain() = default;
  explicit Chain(const std::string& name)
      : initiator((name + "_initiator").c_str()),
        target((name + "_target").c_str(), kMemoryBytes) {}
  test::TestInitiator initiator;
  test::TestTarget target;
  TestFlow there;
  TestFlow back;
  bool registers = true;  ///< takes register accesses only
};

template <typename Pins, typename There, typename Back>
struct ChainOf : Chain {
  ChainOf(const std::string& name, GatedClock& clock)
      : Chain(name),
        pins(name + "_"),
        to_pins((name + "_to_pins").c_str(), pins, clock, options(there)),
        from_pins((name + "_from_pins").c_str(), pins, clock, options(back)) {
    initiator.socket.bind(to_pins.socket);
    from_pins.socket.bind(target.socket);
  }
  static AdapterOptions options(TestFlow& flow) {
    AdapterOptions options;
    options.flow = flow.pattern();
    return options;
  }
  Pins pins;
  There to_pins;
  Back from_pins;
};

template <unsigned kBits>
using Axi4Chain = ChainOf<Axi4Pins<kBits>, TlmToAxi4<kBits>, Axi4ToTlm<kBits>>;
template <unsigned kBits>
using LiteChain = ChainOf<AxiLitePins<kBits>, TlmToAxiLite<kBits>, AxiLiteToTlm<kBits>>;
using ApbChain = ChainOf<ApbPins, TlmToApb, ApbToTlm>;

struct Bench {
  Bench() {
    chains.push_back(std::make_unique<ApbChain>("apb", clock));
    chains.push_back(std::make_unique<LiteChain<32>>("axil32", clock));
    chains.push_back(std::make_unique<LiteChain<64>>("axil64", clock));
    chains.push_back(std::make_unique<Axi4Chain<32>>("axi32", clock));
    chains.push_back(std::make_unique<Axi4Chain<64>>("axi64", clock));
    chains.push_back(std::make_unique<Axi4Chain<128>>("axi128", clock));
    for (std::size_t i = 3; i < chains.size(); ++i) chains[i]->registers = false;
  }
  base::Clock chip{100e6};
  GatedClock clock{"clock", chip};
  std::vector<std::unique_ptr<Chain>> chains;
};
/// Elaborates the one bench before the first test.
struct Environment : testing::Environment {
  void SetUp() override { bench = new Bench; }
  // Left to the end of the process: modules must outlive the simulation.
  static Bench* bench;
};
Bench* Environment::bench = nullptr;
const testing::Environment* const kEnvironment = testing::AddGlobalTestEnvironment(new Environment);

class RoundTrip : public testing::TestWithParam<int> {
 protected:
  Bench& b = *Environment::bench;
  Chain& chain = *b.chains[static_cast<std::size_t>(GetParam())];
  std::mt19937 random{static_cast<unsigned>(GetParam()) + 1};

  unsigned below(unsigned bound) {
    return std::uniform_int_distribution<unsigned>(0, bound - 1)(random);
  }
  /// Address and length of an access the chain must take.
  std::pair<std::uint64_t, unsigned> access() {
    if (chain.registers) {
      const unsigned length = below(2) == 0 ? 1u << below(3) : 4 * (1 + below(8));
      const unsigned align = length < 4 ? length : 4;
      return {below((kMemoryBytes - length) / align) * align, length};
    }
    const unsigned kinds[] = {1 + below(20), 1 + below(300), 1u << below(7), 1 + below(6000)};
    const unsigned length = kinds[below(4)];
    return {below(kMemoryBytes - length), length};
  }
  void TearDown() override {
    chain.target.response = tlm::TLM_OK_RESPONSE;
    chain.there.of_eight = chain.back.of_eight = 8;
    chain.target.latency = sc_core::SC_ZERO_TIME;
  }
};

TEST_P(RoundTrip, DoesWhatAnArrayDoes) {
  const unsigned accesses = chain.registers ? 400 : 150;
  chain.initiator.run([&] {
    std::vector<std::uint8_t> expected = chain.target.memory;
    for (unsigned i = 0; i < accesses; ++i) {
      if (i % 10 == 0) {
        chain.there.of_eight = i % 20 == 0 ? 8 : 1 + below(8);
        chain.back.of_eight = i % 30 == 0 ? 8 : 1 + below(8);
        chain.there.seed = i;
        chain.back.seed = i + 1000;
        chain.target.latency = sc_core::sc_time(below(120), sc_core::SC_NS);
      }
      const auto [address, length] = access();
      std::vector<std::uint8_t> data(length);
      for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
      if (below(2) == 0) {
        ASSERT_OK(chain.initiator.write(address, data.data(), length));
        std::copy(data.begin(), data.end(),
                  expected.begin() + static_cast<std::ptrdiff_t>(address));
      } else {
        ASSERT_OK(chain.initiator.read(address, data.data(), length));
        ASSERT_TRUE(std::equal(data.begin(), data.end(),
                               expected.begin() + static_cast<std::ptrdiff_t>(address)))
            << "access " << i << ", " << length << " bytes at " << address;
      }
      ASSERT_EQ(chain.target.memory == expected, true) << "access " << i;
    }
  });
  EXPECT_FALSE(testing::Test::HasFailure());
}

TEST_P(RoundTrip, ByteEnablesAreStrobes) {
  if (chain.registers) {
    std::uint32_t word = 0;
    std::uint8_t enables[1] = {TLM_BYTE_ENABLED};
    base::Payload payload("test");
    tlm::tlm_generic_payload& access = payload.write(0, &word, 4);
    access.set_byte_enable_ptr(enables);
    access.set_byte_enable_length(1);
    EXPECT_EQ(chain.initiator.send(access), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  chain.initiator.run([&] {
    std::vector<std::uint8_t> expected = chain.target.memory;
    base::Payload payload("test");
    for (unsigned i = 0; i < 100; ++i) {
      const auto [address, length] = access();
      std::vector<std::uint8_t> data(length);
      for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
      std::vector<std::uint8_t> enables(1 + below(40));
      for (auto& enable : enables) enable = below(3) == 0 ? TLM_BYTE_DISABLED : TLM_BYTE_ENABLED;
      const std::vector<std::uint8_t> before = data;
      const bool writes = below(2) == 0;
      tlm::tlm_generic_payload& access = writes ? payload.write(address, data.data(), length)
                                                : payload.read(address, data.data(), length);
      access.set_byte_enable_ptr(enables.data());
      access.set_byte_enable_length(static_cast<unsigned>(enables.size()));
      ASSERT_OK(chain.initiator.send(access));
      for (unsigned k = 0; k < length; ++k) {
        const bool on = enables[k % enables.size()] == TLM_BYTE_ENABLED;
        if (writes && on) expected[address + k] = before[k];
        if (!writes) {
          ASSERT_EQ(data[k], on ? expected[address + k] : before[k]);
        }
      }
      ASSERT_EQ(chain.target.memory == expected, true) << "access " << i;
    }
  });
}

TEST_P(RoundTrip, ErrorsComeBack) {
  chain.initiator.run([&] {
    std::uint32_t word = 0;
    for (const auto status : {tlm::TLM_GENERIC_ERROR_RESPONSE, tlm::TLM_COMMAND_ERROR_RESPONSE}) {
      chain.target.response = status;
      EXPECT_EQ(chain.initiator.read(8, &word, 4), tlm::TLM_GENERIC_ERROR_RESPONSE);
      EXPECT_EQ(chain.initiator.write(8, &word, 4), tlm::TLM_GENERIC_ERROR_RESPONSE);
    }
    chain.target.response = tlm::TLM_OK_RESPONSE;
    // APB has one kind of error only.
    const auto outside =
        GetParam() == 0 ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE;
    EXPECT_EQ(chain.initiator.read(kMemoryBytes, &word, 4), outside);
    EXPECT_EQ(chain.initiator.write(kMemoryBytes, &word, 4), outside);
    // Of several words the first error ends the access.
    const std::size_t before = chain.target.accesses.size();
    std::uint32_t words[4] = {};
    EXPECT_EQ(chain.initiator.write(kMemoryBytes, words, 16), outside);
    EXPECT_EQ(chain.target.accesses.size(), before + 1);
    ASSERT_OK(chain.initiator.read(8, &word, 4));  // goes on
  });
}

TEST_P(RoundTrip, WrongShapesAreRefusedBeforePins) {
  const std::uint64_t edges = b.clock.edges();
  std::uint8_t data[16] = {};
  base::Payload payload("test");
  tlm::tlm_generic_payload& streaming = payload.write(0, data, 8);
  streaming.set_streaming_width(4);
  EXPECT_EQ(chain.initiator.send(streaming), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(chain.initiator.read(0, data, 0), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(chain.initiator.read(0xfffffffcull, data, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (chain.registers) {
    // As models/base/register_block refuses them.
    for (const auto& [address, length] :
         {std::pair{1u, 2u}, {0u, 3u}, {2u, 4u}, {4u, 6u}, {2u, 8u}}) {
      EXPECT_EQ(chain.initiator.write(address, data, length), tlm::TLM_BURST_ERROR_RESPONSE)
          << address << " " << length;
    }
  }
  EXPECT_EQ(chain.initiator.debug_read(0, data, 4), 0u);
  EXPECT_EQ(b.clock.edges(), edges);
}

/// A block without wait states answers when a TLM target would have been asked.
TEST_P(RoundTrip, WhatTheBusChargedIsNotChargedAgain) {
  chain.initiator.run([&] {
    std::uint8_t data[64] = {};
    const unsigned length = chain.registers ? 4 : 64;
    const unsigned bytes[] = {4, 4, 4, 4, 8, 16};
    const unsigned beats = length / bytes[GetParam()] + (length % bytes[GetParam()] != 0 ? 1 : 0);
    for (const bool writes : {false, true}) {
      for (unsigned charged = 0; charged < 30; charged += 3) {
        // To the next edge of the chip.
        const sc_core::sc_time now = sc_core::sc_time_stamp();
        const sc_core::sc_time edge = b.chip.next_edge(now);
        if (edge > now) sc_core::wait(edge - now);
        const sc_core::sc_time start = sc_core::sc_time_stamp();
        chain.initiator.delay = b.chip.cycles(charged);
        if (writes) {
          ASSERT_OK(chain.initiator.write(0, data, length));
        } else {
          ASSERT_OK(chain.initiator.read(0, data, length));
        }
        const sc_core::sc_time took = sc_core::sc_time_stamp() + chain.initiator.delay - start;
        const std::uint64_t cycles = took.value() / b.chip.period().value();
        EXPECT_EQ(cycles, std::max(charged, beats + 1)) << charged << " " << writes;
        chain.initiator.delay = sc_core::SC_ZERO_TIME;
      }
    }
  });
}

/// In the middle of transfers, at edges: to twice, ten times and a third of the frequency.
TEST_P(RoundTrip, TheFrequencyMayChangeUnderWay) {
  unsigned changes = 0;
  std::uint64_t changed_at = b.clock.edges();
  chain.there.on_look = [&](std::uint64_t edge) {
    if (edge < changed_at + 7) return;
    changed_at = edge;
    const double megahertz[] = {100, 200, 1000, 33.3, 100};
    b.chip.set_frequency(megahertz[++changes % 5] * 1e6, sc_core::sc_time_stamp());
  };
  chain.initiator.run([&] {
    std::vector<std::uint8_t> data(chain.registers ? 4 : 500);
    std::vector<std::uint8_t> back(data.size());
    for (unsigned i = 0; i < 40; ++i) {
      for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
      chain.target.latency = sc_core::sc_time(below(120), sc_core::SC_NS);
      ASSERT_OK(chain.initiator.write(64, data.data(), static_cast<unsigned>(data.size())));
      ASSERT_OK(chain.initiator.read(64, back.data(), static_cast<unsigned>(back.size())));
      ASSERT_EQ(back, data);
    }
  });
  chain.there.on_look = nullptr;
  // APB looks at no pattern.
  EXPECT_TRUE(changes > 10 || GetParam() == 0) << changes;
  b.chip.set_frequency(100e6, sc_core::sc_time_stamp());
}

TEST_P(RoundTrip, IsAtRestAfterwards) {
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US), sc_core::SC_RUN_TO_TIME);
  EXPECT_FALSE(b.clock.running());
  EXPECT_FALSE(sc_core::sc_pending_activity());
}

std::string chain_name(const testing::TestParamInfo<int>& chain) {
  const char* const names[] = {"apb", "axil32", "axil64", "axi32", "axi64", "axi128"};
  return names[chain.param];
}
INSTANTIATE_TEST_SUITE_P(All, RoundTrip, testing::Range(0, 6), chain_name);

}  // namespace
}  // namespace leyden::cosim
