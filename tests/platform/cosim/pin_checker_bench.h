#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <systemc>

#include "platform/cosim/apb_checker.h"
#include "platform/cosim/axi4_checker.h"
#include "platform/cosim/axi_lite_checker.h"

namespace leyden::cosim {

/// Plays steps, one a rising edge; each writes pins.
class PinDriver : public sc_core::sc_module {
 public:
  using Step = std::function<void()>;

  PinDriver(const sc_core::sc_module_name& name, GatedClock& clock) : sc_module(name) {
    SC_HAS_PROCESS(PinDriver);
    SC_METHOD(step);
    sensitive << clock.clk.posedge_event();
    dont_initialize();
  }
  std::vector<Step> steps;
  std::size_t next = 0;

 private:
  void step() {
    if (next < steps.size()) steps[next++]();
  }
};

/// Checks of each kind on pins that a PinDriver drives.
struct PinCheckerBench {
  base::Clock chip{100e6};
  GatedClock clock{"clock", chip};
  ApbPins apb{"s_apb_"};
  AxiLitePins<32> lite{"s_axil_"};
  Axi4Pins<128> axi{"m_axi_"};
  std::vector<std::string> found;
  std::vector<sc_core::sc_time> times;
  ViolationHandler note = [this](const PinViolation& violation) {
    EXPECT_EQ(violation.block, "block");
    found.push_back(violation.what + "; " + violation.rule);
    times.push_back(violation.time);
  };
  ApbChecker apb_checker{"apb_checker", apb, clock, "block", note};
  AxiLiteChecker<32> lite_checker{"lite_checker", lite, clock, "block", note};
  Axi4Checker<128> axi_checker{"axi_checker", axi, clock, "block", note};
  PinDriver driver{"driver", clock};

  void all_low() {
    for (auto* pin : {&apb.psel, &apb.penable, &apb.pwrite, &apb.pready}) pin->write(false);
    apb.pstrb.write(0);
    for (auto* channel : {&lite.aw, &lite.ar}) low(*channel);
    for (auto* channel : {&axi.aw, &axi.ar}) low(*channel);
    low(lite.w);
    low(lite.b);
    low(lite.r);
    low(axi.w);
    low(axi.b);
    low(axi.r);
  }
  template <typename Channel>
  static void low(Channel& channel) {
    channel.valid.write(false);
    channel.ready.write(false);
  }
};

}  // namespace leyden::cosim
