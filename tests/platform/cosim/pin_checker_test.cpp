// A small module that misbehaves on pins in every way the checks know of; each is found, by its
// sentence, and nothing else is.
#include "platform/cosim/pin_checker.h"

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/cosim/pin_checker_bench.h"

namespace leyden::cosim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Elaborates the one bench before the first test.
struct Environment : testing::Environment {
  void SetUp() override { bench = new PinCheckerBench; }
  // Left to the end of the process: modules must outlive the simulation.
  static PinCheckerBench* bench;
};
PinCheckerBench* Environment::bench = nullptr;
const testing::Environment* const kEnvironment = testing::AddGlobalTestEnvironment(new Environment);

class PinCheckerTest : public testing::Test {
 protected:
  using Step = PinDriver::Step;

  /// What is found while the steps are played and once more after them.
  const std::vector<std::string>& play(const std::vector<Step>& steps) {
    // A reset forgets what was before.
    b.clock.reset();
    run({[this] { b.all_low(); }}, 8);
    b.found.clear();
    b.times.clear();
    const std::uint64_t before = b.axi_checker.edges();
    run(steps, steps.size() + 2);
    EXPECT_GE(b.axi_checker.edges(), before + steps.size());
    return b.found;
  }
  void run(const std::vector<Step>& steps, std::size_t edges) {
    b.driver.steps = steps;
    b.driver.next = 0;
    b.clock.run("test");
    sc_core::sc_start(b.chip.cycles(edges), sc_core::SC_RUN_TO_TIME);
    b.clock.release("test");
    sc_core::sc_start(b.chip.cycles(10), sc_core::SC_RUN_TO_TIME);
  }
  // Steps.
  Step apb(bool psel, bool penable, bool pready = false) {
    return [=] {
      b.apb.psel.write(psel);
      b.apb.penable.write(penable);
      b.apb.pready.write(pready);
    };
  }
  Step address(Axi4Pins<128>::Address& pins, const AxiBurst& burst, bool ready = true,
               std::uint32_t id = 0) {
    return [=, &pins] {
      pins.addr.write(static_cast<std::uint32_t>(burst.address));
      pins.len.write(burst.len);
      pins.size.write(burst.size);
      pins.burst.write(static_cast<std::uint32_t>(burst.type));
      pins.id.write(id);
      pins.valid.write(true);
      pins.ready.write(ready);
    };
  }
  Step data(bool last, std::uint32_t strobes = 0xffff) {
    return [=] {
      low(b.axi.aw);
      b.axi.w.last.write(last);
      b.axi.w.strb.write(strobes);
      b.axi.w.valid.write(true);
      b.axi.w.ready.write(true);
    };
  }
  Step respond(std::uint32_t id, std::uint32_t resp = 0) {
    return [=] {
      low(b.axi.aw);
      low(b.axi.w);
      b.axi.b.id.write(id);
      b.axi.b.resp.write(resp);
      b.axi.b.valid.write(true);
      b.axi.b.ready.write(true);
    };
  }
  Step read_beat(std::uint32_t id, bool last, std::uint32_t resp = 0) {
    return [=] {
      low(b.axi.ar);
      b.axi.r.id.write(id);
      b.axi.r.last.write(last);
      b.axi.r.resp.write(resp);
      b.axi.r.valid.write(true);
      b.axi.r.ready.write(true);
    };
  }
  Step rest() {
    return [this] { b.all_low(); };
  }
  template <typename Channel>
  static void low(Channel& channel) {
    PinCheckerBench::low(channel);
  }
  /// What is found of one burst's address.
  const std::vector<std::string>& play_burst(const AxiBurst& burst) {
    return play({address(b.axi.ar, burst), read_beat(0, burst.len == 0), rest()});
  }

  PinCheckerBench& b = *Environment::bench;
};

TEST_F(PinCheckerTest, GoodApbPasses) {
  EXPECT_THAT(play({[this] {
                      b.apb.paddr.write(4);
                      b.apb.pwrite.write(true);
                      b.apb.pstrb.write(15);
                      b.apb.psel.write(true);
                    },
                    apb(true, true), apb(true, true), apb(true, true, true), apb(true, false),
                    apb(true, true, true), rest()}),
              IsEmpty());
}

TEST_F(PinCheckerTest, ApbOrder) {
  EXPECT_THAT(play({apb(true, true, true), rest()}),
              ElementsAre("s_apb_penable is high in the first cycle of an access; APB has penable "
                          "high one cycle after psel"));
  EXPECT_THAT(play({apb(true, false), apb(true, false), apb(true, true, true), rest()}),
              ElementsAre("s_apb_penable stayed low in the second cycle of s_apb_psel; APB has "
                          "penable high one cycle after psel"));
  EXPECT_THAT(play({apb(true, false), rest()}),
              ElementsAre("s_apb_psel fell before s_apb_penable rose; APB ends an access with "
                          "pready"));
  EXPECT_THAT(play({apb(true, false), apb(true, true), rest()}),
              ElementsAre("s_apb_psel fell before s_apb_pready came; APB ends an access with "
                          "pready"));
  EXPECT_THAT(
      play({apb(true, false), apb(true, true), apb(true, false), apb(true, true, true), rest()}),
      ElementsAre("s_apb_penable fell before s_apb_pready came; APB ends an access with "
                  "pready"));
  // Access after access without a setup between.
  EXPECT_THAT(play({apb(true, false), apb(true, true, true), apb(true, true, true), rest()}),
              ElementsAre("s_apb_penable is high in the first cycle of an access; APB has penable "
                          "high one cycle after psel"));
}

TEST_F(PinCheckerTest, ApbStable) {
  const auto change = [this](const Step& then) {
    return play({[this] {
                   b.apb.paddr.write(0x10);
                   b.apb.pwrite.write(true);
                   b.apb.pwdata.write(1);
                   b.apb.pstrb.write(15);
                   b.apb.psel.write(true);
                 },
                 apb(true, true), then, apb(true, true, true), rest()});
  };
  EXPECT_THAT(change([this] { b.apb.paddr.write(0x14); }),
              ElementsAre("s_apb_paddr changed from 0x10 to 0x14 before s_apb_pready came; APB "
                          "keeps an access as it is until its end"));
  EXPECT_THAT(change([this] { b.apb.pwdata.write(3); }),
              ElementsAre("s_apb_pwdata changed from 0x1 to 0x3 before s_apb_pready came; APB "
                          "keeps an access as it is until its end"));
  EXPECT_THAT(change([this] { b.apb.pstrb.write(7); }),
              ElementsAre("s_apb_pstrb changed from 0xf to 0x7 before s_apb_pready came; APB "
                          "keeps an access as it is until its end"));
  EXPECT_THAT(change([this] { b.apb.pwrite.write(false); }),
              ElementsAre("s_apb_pwrite changed from 0x1 to 0x0 before s_apb_pready came; APB "
                          "keeps an access as it is until its end"));
}

TEST_F(PinCheckerTest, ApbStrobesInARead) {
  EXPECT_THAT(play({[this] {
                      b.apb.paddr.write(0x20);
                      b.apb.pwrite.write(false);
                      b.apb.pstrb.write(3);
                      b.apb.psel.write(true);
                    },
                    apb(true, true, true), rest(), [this] { b.apb.pstrb.write(0); }}),
              ElementsAre("s_apb_pstrb is 0x3 in a read of 0x20; APB has no strobes in a read"));
}

TEST_F(PinCheckerTest, NothingInReset) {
  play({});
  b.clock.reset();
  run({[this] {
         b.apb.psel.write(true);
         b.lite.ar.valid.write(true);
         b.axi.w.valid.write(true);
         b.axi.r.valid.write(true);
       },
       [] {}, [] {}, rest()},
      10);
  EXPECT_THAT(b.found, testing::UnorderedElementsAre(
                           "s_apb_psel is high in reset; APB is idle in reset",
                           "s_axil_arvalid is high in reset; AXI has nothing valid in reset",
                           "m_axi_wvalid is high in reset; AXI has nothing valid in reset",
                           "m_axi_rvalid is high in reset; AXI has nothing valid in reset",
                           "s_apb_psel is high in reset; APB is idle in reset",
                           "s_axil_arvalid is high in reset; AXI has nothing valid in reset",
                           "m_axi_wvalid is high in reset; AXI has nothing valid in reset",
                           "m_axi_rvalid is high in reset; AXI has nothing valid in reset"));
}

TEST_F(PinCheckerTest, GoodAxiPasses) {
  const AxiBurst burst{0x100, 1, 4, BurstType::kIncr};
  EXPECT_THAT(play({address(b.axi.aw, burst, false, 3), address(b.axi.aw, burst, true, 3),
                    data(false), data(true), respond(3), rest(), address(b.axi.ar, burst, true, 5),
                    read_beat(5, false), read_beat(5, true), rest(),
                    // Data ahead of its address.
                    data(false), data(true),
                    [this, burst] {
                      low(b.axi.w);
                      address(b.axi.aw, burst, true, 1)();
                    },
                    respond(1), rest()}),
              IsEmpty());
}

TEST_F(PinCheckerTest, AxiStableUntilReady) {
  const AxiBurst burst{0x100, 0, 4, BurstType::kIncr};
  const AxiBurst other{0x140, 0, 4, BurstType::kIncr};
  EXPECT_THAT(play({address(b.axi.aw, burst, false), address(b.axi.aw, other, true), data(true),
                    respond(0), rest()}),
              ElementsAre("m_axi_awaddr changed from 0x100 to 0x140 before m_axi_awready came; AXI "
                          "keeps what is valid until it is taken"));
  EXPECT_THAT(play({address(b.axi.ar, burst, false), rest()}),
              ElementsAre("m_axi_arvalid fell before m_axi_arready came; AXI keeps what is valid "
                          "until it is taken"));
  EXPECT_THAT(play({address(b.axi.ar, burst),
                    [this] {
                      low(b.axi.ar);
                      b.axi.r.valid.write(true);
                      b.axi.r.last.write(true);
                      b.axi.r.id.write(0);
                      b.axi.r.data.write(sc_dt::sc_bv<128>("0x1"));
                    },
                    [this] {
                      sc_dt::sc_bv<128> value;
                      value.set_word(3, 0xabcd0000);
                      b.axi.r.data.write(value);
                      b.axi.r.ready.write(true);
                    },
                    rest()}),
              ElementsAre("m_axi_rdata changed from 0x1 to 0xabcd0000000000000000000000000000 "
                          "before m_axi_rready came; AXI keeps what is valid until it is taken"));
  EXPECT_THAT(play({[this] {
                      b.lite.w.valid.write(true);
                      b.lite.w.data.write(1);
                    },
                    [this] {
                      b.lite.w.data.write(2);
                      b.lite.w.ready.write(true);
                    },
                    rest()}),
              ElementsAre("s_axil_wdata changed from 0x1 to 0x2 before s_axil_wready came; AXI "
                          "keeps what is valid until it is taken"));
}

TEST_F(PinCheckerTest, AxiBurstsAreLegal) {
  EXPECT_THAT(play_burst({0xfc0, 4, 4, BurstType::kIncr}),
              ElementsAre("m_axi_araddr is 0xfc0 in the burst of 5 beats at 0xfc0; AXI has no "
                          "bursts across a boundary of 4 KiB"));
  EXPECT_THAT(play_burst({0xfc8, 3, 4, BurstType::kIncr}), IsEmpty());  // its end is aligned
  EXPECT_THAT(play_burst({0x100, 16, 4, BurstType::kFixed}),
              ElementsAre("m_axi_arlen is 0x10 in the burst of 17 beats at 0x100; AXI has FIXED "
                          "bursts of 16 beats at most"));
  EXPECT_THAT(play_burst({0x100, 2, 4, BurstType::kWrap}),
              ElementsAre("m_axi_arlen is 0x2 in the burst of 3 beats at 0x100; AXI has WRAP "
                          "bursts of 2, 4, 8 or 16 beats"));
  EXPECT_THAT(play_burst({0x104, 3, 4, BurstType::kWrap}),
              ElementsAre("m_axi_araddr is 0x104 in the burst of 4 beats at 0x104; AXI has WRAP "
                          "bursts aligned to their beats"));
  EXPECT_THAT(play_burst({0x100, 0, 5, BurstType::kIncr}),
              ElementsAre("m_axi_arsize is 0x5 in the burst of 1 beat at 0x100; AXI has no beats "
                          "wider than the data pins"));
  EXPECT_THAT(play_burst({0x100, 0, 4, BurstType::kReserved}),
              ElementsAre("m_axi_arburst is 0x3 in the burst of 1 beat at 0x100; AXI knows FIXED "
                          "(0), INCR (1) and WRAP (2)"));
  EXPECT_THAT(play({address(b.axi.aw, {0xff0, 1, 4, BurstType::kIncr}), rest()}),
              ElementsAre("m_axi_awaddr is 0xff0 in the burst of 2 beats at 0xff0; AXI has no "
                          "bursts across a boundary of 4 KiB"));
}

TEST_F(PinCheckerTest, AxiLastAndStrobes) {
  const AxiBurst burst{0x100, 1, 4, BurstType::kIncr};
  EXPECT_THAT(play({address(b.axi.aw, burst), data(true), data(true), respond(0), rest()}),
              ElementsAre("m_axi_wlast is high in beat 0 of the burst of 2 beats at 0x100; AXI has "
                          "wlast in the last beat of a burst only"));
  EXPECT_THAT(play({address(b.axi.aw, burst), data(false), data(false), respond(0), rest()}),
              ElementsAre("m_axi_wlast is low in beat 1 of the burst of 2 beats at 0x100; AXI has "
                          "wlast in the last beat of a burst only"));
  EXPECT_THAT(play({address(b.axi.ar, burst), read_beat(0, true), read_beat(0, true), rest()}),
              ElementsAre("m_axi_rlast is high in beat 0 of the burst of 2 beats at 0x100; AXI has "
                          "rlast in the last beat of a burst only"));
  EXPECT_THAT(play({address(b.axi.ar, burst), read_beat(0, false), read_beat(0, false), rest()}),
              ElementsAre("m_axi_rlast is low in beat 1 of the burst of 2 beats at 0x100; AXI has "
                          "rlast in the last beat of a burst only"));
  EXPECT_THAT(play({address(b.axi.aw, {0x104, 0, 2, BurstType::kIncr}), data(true, 0x1f0),
                    respond(0), rest()}),
              ElementsAre("m_axi_wstrb is 0x1f0 in beat 0 of the burst of 1 beat at 0x104, whose "
                          "lanes are 0xf0; AXI has strobes for lanes of the beat only"));
}

TEST_F(PinCheckerTest, AxiAnswersWhatWasAsked) {
  const AxiBurst burst{0x100, 0, 4, BurstType::kIncr};
  const std::string no_write =
      "; AXI answers a write after its address and all its data were taken, with its ID";
  EXPECT_THAT(play({respond(2), rest()}),
              ElementsAre("m_axi_bvalid rose without a write of ID 0x2 to answer" + no_write));
  EXPECT_THAT(play({address(b.axi.aw, burst, true, 1), respond(1), rest()}),
              ElementsAre("m_axi_bvalid rose without a write of ID 0x1 to answer" + no_write));
  EXPECT_THAT(play({address(b.axi.aw, burst, true, 1), data(true), respond(2), rest()}),
              ElementsAre("m_axi_bvalid rose without a write of ID 0x2 to answer" + no_write));
  const std::string no_read = "; AXI answers a read after its address was taken, with its ID";
  EXPECT_THAT(play({read_beat(4, true), rest()}),
              ElementsAre("m_axi_rvalid rose without a read of ID 0x4 to answer" + no_read));
  EXPECT_THAT(
      play({address(b.axi.ar, burst, true, 1), read_beat(1, true), read_beat(1, true), rest()}),
      ElementsAre("m_axi_rvalid rose without a read of ID 0x1 to answer" + no_read));
  EXPECT_THAT(play({address(b.axi.ar, burst), read_beat(0, true, 1), rest()}),
              ElementsAre("m_axi_rresp is EXOKAY for the burst of 1 beat at 0x100; AXI answers "
                          "EXOKAY to exclusive accesses only"));
}

TEST_F(PinCheckerTest, AxiLiteAnswersWhatWasAsked) {
  const Step response = [this] {
    b.all_low();
    b.lite.b.resp.write(0);
    b.lite.b.valid.write(true);
    b.lite.b.ready.write(true);
  };
  const Step read_response = [this] {
    b.all_low();
    b.lite.r.resp.write(1);
    b.lite.r.valid.write(true);
    b.lite.r.ready.write(true);
  };
  const Step both = [this] {
    for (auto* pin : {&b.lite.aw.valid, &b.lite.aw.ready, &b.lite.w.valid, &b.lite.w.ready}) {
      pin->write(true);
    }
  };
  const Step only_address = [this] {
    b.lite.aw.valid.write(true);
    b.lite.aw.ready.write(true);
  };
  const Step asks = [this] {
    b.lite.ar.valid.write(true);
    b.lite.ar.ready.write(true);
  };
  EXPECT_THAT(play({both, response, rest()}), IsEmpty());
  EXPECT_THAT(play({only_address, response, rest()}),
              ElementsAre("s_axil_bvalid rose without a write to answer; AXI answers a write after "
                          "its address and its data were taken"));
  EXPECT_THAT(play({asks, read_response, rest()}),
              ElementsAre("s_axil_rresp is EXOKAY; AXI4-Lite has no exclusive accesses"));
  EXPECT_THAT(play({read_response, rest()}),
              ElementsAre("s_axil_rvalid rose without a read to answer; AXI answers a read after "
                          "its address was taken",
                          "s_axil_rresp is EXOKAY; AXI4-Lite has no exclusive accesses"));
}

TEST_F(PinCheckerTest, TheSentenceTellsBlockAndTime) {
  const PinViolation violation{"dma", "m_axi_wlast is low", "AXI has it high",
                               sc_core::sc_time(120, sc_core::SC_NS)};
  EXPECT_EQ(violation.sentence(), "dma: m_axi_wlast is low at 120 ns; AXI has it high");
  const sc_core::sc_time begin = sc_core::sc_time_stamp();
  play({apb(true, true, true), rest()});
  ASSERT_EQ(b.times.size(), 1u);
  EXPECT_GT(b.times[0], begin);
  EXPECT_EQ(b.times[0], b.chip.next_edge(b.times[0])) << "an edge";
}

}  // namespace
}  // namespace leyden::cosim
