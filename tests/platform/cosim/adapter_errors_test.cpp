// RTL that hangs or breaks the protocol: one sentence, thrown out of the kernel, no hang. Each case
// ends the simulation, so each runs in a process of its own.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "platform/cosim/apb_to_tlm.h"
#include "platform/cosim/axi4_to_tlm.h"
#include "platform/cosim/axi_lite_to_tlm.h"
#include "platform/cosim/tlm_to_apb.h"
#include "platform/cosim/tlm_to_axi4.h"
#include "platform/cosim/tlm_to_axi_lite.h"
#include "tests/platform/cosim/axi_master.h"
#include "tests/support/test_initiator.h"
#include "tests/support/test_target.h"

namespace leyden::cosim {
namespace {

AdapterOptions options() {
  AdapterOptions options;
  options.block = "dma";
  options.timeout_cycles = 50;
  return options;
}

struct Bench {
  Bench() {
    to_apb_initiator.socket.bind(to_apb.socket);
    to_lite_initiator.socket.bind(to_lite.socket);
    to_axi_initiator.socket.bind(to_axi.socket);
    from_axi.socket.bind(target.socket);
  }
  base::Clock chip{100e6};
  GatedClock clock{"clock", chip};
  // Nobody is at the other end of these.
  ApbPins apb{"s_apb_"};
  AxiLitePins<32> lite{"s_axil_"};
  Axi4Pins<32> slave{"s_axi_"};
  TlmToApb to_apb{"to_apb", apb, clock, options()};
  TlmToAxiLite<32> to_lite{"to_lite", lite, clock, options()};
  TlmToAxi4<32> to_axi{"to_axi", slave, clock, options()};
  test::TestInitiator to_apb_initiator{"to_apb_initiator"};
  test::TestInitiator to_lite_initiator{"to_lite_initiator"};
  test::TestInitiator to_axi_initiator{"to_axi_initiator"};

  Axi4Pins<128> pins{"m_axi_"};
  AxiMaster master{"master", pins, clock};
  Axi4ToTlm<128> from_axi{"from_axi", pins, clock, options()};
  test::TestTarget target{"target", 4096};
};

/// Elaborates the one bench before the first test.
struct Environment : testing::Environment {
  void SetUp() override { bench = new Bench; }
  // Left to the end of the process: modules must outlive the simulation.
  static Bench* bench;
};
Bench* Environment::bench = nullptr;
const testing::Environment* const kEnvironment = testing::AddGlobalTestEnvironment(new Environment);

/// As platform/chip runs the kernel.
[[noreturn]] void run(const std::function<void()>& body) {
  try {
    try {
      body();
    } catch (const sc_core::sc_report& report) {
      throw base::ModelError(report.get_msg());
    }
  } catch (const base::Error& error) {
    std::fprintf(stderr, "%s", error.what());
    std::_Exit(static_cast<int>(error.status()));
  }
  std::fprintf(stderr, "no error at %s", sc_core::sc_time_stamp().to_string().c_str());
  std::_Exit(0);
}

const testing::ExitedWithCode kModelError(4);

class AdapterErrors : public testing::Test {
 protected:
  Bench& b = *Environment::bench;

  void write(test::TestInitiator& initiator) {
    initiator.run([&initiator] {
      std::uint32_t word = 0x2a;
      initiator.write(0x10, &word, 4);
    });
  }
  void read(test::TestInitiator& initiator) {
    initiator.run([&initiator] {
      std::uint32_t word = 0;
      initiator.read(0x10, &word, 4);
    });
  }
  static FlowPattern all_but(AxiChannel silent) {
    return [silent](AxiChannel channel, std::uint64_t) { return channel != silent; };
  }
  static std::vector<AxiMaster::Beat> beats(unsigned count) {
    return std::vector<AxiMaster::Beat>(count);
  }
};

TEST_F(AdapterErrors, AnAccessThatNobodyAnswers) {
  EXPECT_EXIT(run([this] { write(b.to_apb_initiator); }), kModelError,
              "(^|\n)dma: the RTL did not answer a write of 0x2a to offset 0x10 within 50 cycles "
              "\\(s_apb_pready stayed low since 10 ns, seen at 510 ns\\)$");
  EXPECT_EXIT(
      run([this] { read(b.to_apb_initiator); }), kModelError,
      "(^|\n)dma: the RTL did not answer a read of 4 bytes at offset 0x10 within 50 cycles");
  EXPECT_EXIT(run([this] { write(b.to_lite_initiator); }), kModelError,
              "dma: the RTL did not answer a write of 0x2a .*s_axil_awready stayed low");
  EXPECT_EXIT(run([this] { read(b.to_lite_initiator); }), kModelError,
              "dma: the RTL did not answer a read of 4 bytes .*s_axil_arready stayed low");
  EXPECT_EXIT(run([this] { write(b.to_axi_initiator); }), kModelError,
              "dma: the RTL did not answer a write of 0x2a .*s_axi_awready stayed low");
  EXPECT_EXIT(run([this] { read(b.to_axi_initiator); }), kModelError,
              "dma: the RTL did not answer a read of 4 bytes .*s_axi_arready stayed low");
}

TEST_F(AdapterErrors, AMasterThatDoesNotEndItsBurst) {
  EXPECT_EXIT(
      run([this] {
        b.master.flow = all_but(AxiChannel::kR);
        b.master.read({0x40, 1, 4, BurstType::kIncr});
        b.master.run();
      }),
      kModelError,
      "(^|\n)dma: the RTL did not take beat 0 of the burst of 2 beats at 0x40 within 50 cycles "
      "\\(m_axi_rready stayed low, seen at ");
  EXPECT_EXIT(run([this] {
                b.master.flow = all_but(AxiChannel::kB);
                b.master.write({0x40, 0, 4, BurstType::kIncr}, beats(1));
                b.master.run();
              }),
              kModelError,
              "dma: the RTL did not take the response to the burst of 1 beat at 0x40 ");
  EXPECT_EXIT(run([this] {
                b.master.flow = all_but(AxiChannel::kW);
                b.master.write({0x40, 3, 4, BurstType::kIncr}, beats(4));
                b.master.run();
              }),
              kModelError,
              "dma: the RTL did not write beat 0 of the burst of 4 beats at 0x40 .*m_axi_wvalid "
              "stayed low");
  EXPECT_EXIT(run([this] {
                b.master.flow = all_but(AxiChannel::kAw);
                b.master.write({0x40, 0, 4, BurstType::kIncr}, beats(1));
                b.master.run();
              }),
              kModelError, "dma: the RTL did not tell the address of data .*m_axi_awvalid stayed");
}

TEST_F(AdapterErrors, BrokenRulesEndTheRun) {
  EXPECT_EXIT(
      run([this] {
        b.master.read({0xff0, 1, 4, BurstType::kIncr});
        b.master.run();
      }),
      kModelError,
      "(^|\n)dma: m_axi_araddr is 0xff0 in the burst of 2 beats at 0xff0 at .* ns; AXI has no "
      "bursts across a boundary of 4 KiB$");
  EXPECT_EXIT(run([this] {
                b.master.write({0x40, 3, 4, BurstType::kIncr}, beats(2));
                b.master.run();
              }),
              kModelError, "dma: m_axi_wlast is high in beat 1 of the burst of 4 beats at 0x40");
}

TEST_F(AdapterErrors, AGoodRunEndsWell) {
  EXPECT_EXIT(run([this] {
                b.master.write({0x40, 3, 4, BurstType::kIncr}, beats(4));
                b.master.read({0x40, 3, 4, BurstType::kIncr});
                b.master.run();
                if (!b.master.idle()) std::abort();
              }),
              testing::ExitedWithCode(0), "no error");
}

}  // namespace
}  // namespace leyden::cosim
