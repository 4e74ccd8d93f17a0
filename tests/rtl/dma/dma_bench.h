#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <systemc>

#include "models/base/protocol_checker.h"
#include "models/bus/interconnect.h"
#include "models/dma/dma.h"
#include "models/dma/dma_channel.h"
#include "platform/cosim/rtl_dma.h"
#include "registers/dma.h"
#include "registers/memory_map.h"
#include "tests/support/test_context.h"
#include "tests/support/test_initiator.h"
#include "tests/support/test_target.h"

namespace leyden::cosim {

constexpr std::uint32_t kRam = registers::kOffChipBase;
constexpr std::uint32_t kWeights = registers::kCimWeightsBase;
constexpr std::uint32_t kWindow = 0x10000;  ///< bytes of either
constexpr unsigned kHop = 1;
constexpr unsigned kRamLatency = 7;
constexpr double kPeriodNs = 10;

/// Values of the TLM model's timing that make it the RTL's.
inline void set_rtl_timing(test::TestContext& context) {
  context.set("dma.prepare_cycles", 1);
  context.set("dma.access_cycles", 1);
  context.set("dma.boundary_bytes", 4096);
}

/// Remembers when a line rose last.
struct IrqWatch : sc_core::sc_module {
  explicit IrqWatch(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(IrqWatch);
    SC_METHOD(sample);
    sensitive << line;
    dont_initialize();
  }
  void sample() {
    ++changes;
    if (line.read()) rose = sc_core::sc_time_stamp();
  }
  sc_core::sc_signal<bool> line{"line"};
  sc_core::sc_time rose;
  unsigned changes = 0;
};

/// What the registers of a channel say after a transfer, and the interrupt.
struct DmaOutcome {
  std::uint32_t status = 0, error_code = 0, error_addr = 0, moved = 0;
  bool irq = false;
  bool operator==(const DmaOutcome& o) const {
    return status == o.status && error_code == o.error_code && error_addr == o.error_addr &&
           moved == o.moved && irq == o.irq;
  }
};

inline std::ostream& operator<<(std::ostream& out, const DmaOutcome& o) {
  return out << "status " << o.status << ", error " << o.error_code << " at 0x" << std::hex
             << o.error_addr << std::dec << ", moved " << o.moved << ", irq " << o.irq;
}

using DmaWrap = std::function<std::unique_ptr<dma::DmaBlock>(std::unique_ptr<dma::DmaBlock> rtl,
                                                             base::Context& context)>;

/// A DMA, TLM or RTL, on an interconnect without targets, and a master for its registers. Built
/// before the simulation starts.
struct DmaOnBus {
  /// @param rtl_timing  the model's timing is the RTL's, not the default
  /// @param wrap  puts something around the RTL
  DmaOnBus(const std::string& name, bool rtl, unsigned burst_bytes, bool rtl_timing,
           const DmaWrap& wrap = {})
      : core((name + "_core").c_str()) {
    // A start of the kernel with nothing to do is no news here.
    sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_,
                                            sc_core::SC_DO_NOTHING);
    context.declare("bus", bus::Interconnect::parameters());
    context.declare("dma", dma::Dma::parameters());
    context.set("bus.hop_latency_cycles", kHop);
    context.set("bus.data_width_bytes", 16);
    context.set("dma.burst_bytes", burst_bytes);
    context.set("dma.byte_energy_pj", 0.5);
    if (rtl_timing) set_rtl_timing(context);
    interconnect = std::make_unique<bus::Interconnect>((name + "_bus").c_str(), context.context);
    const std::string dma_name = name + "_dma";
    if (rtl) {
      auto block = std::make_unique<RtlDma>(dma_name.c_str(), context.context);
      pins = block.get();
      if (wrap) {
        dma = wrap(std::move(block), context.context);
      } else {
        dma = std::move(block);
      }
    } else {
      dma = std::make_unique<dma::Dma>(dma_name.c_str(), context.context);
    }
    dma->set_data_path(interconnect.get());
    core.socket.bind(dma->register_socket());
    for (unsigned n = 0; n < dma->channel_count(); ++n) {
      const std::string number = std::to_string(n);
      checkers.push_back(
          std::make_unique<base::ProtocolChecker>((name + "_checker" + number).c_str()));
      dma->bus_socket(n).bind(checkers[n]->target_socket);
      checkers[n]->initiator_socket.bind(interconnect->add_master("dma" + number));
      irq.push_back(std::make_unique<IrqWatch>((name + "_irq" + number).c_str()));
      dma->interrupt(n).bind(irq[n]->line);
    }
  }

  std::uint32_t get(unsigned channel, std::uint32_t offset) {
    namespace reg = registers::dma;
    std::uint32_t value = 0;
    core.run([&] { value = core.get32(channel * reg::kBlockStride + offset); });
    return value;
  }
  void put(unsigned channel, std::uint32_t offset, std::uint32_t value) {
    namespace reg = registers::dma;
    core.run([&] { core.put32(channel * reg::kBlockStride + offset, value); });
  }
  void put_job(unsigned channel, const dma::Job& job) {
    namespace reg = registers::dma;
    const std::array<std::uint32_t, reg::kJobWords> words{
        job.source,        job.destination,        job.row_bytes, job.rows,
        job.source_stride, job.destination_stride, job.next};
    core.run([&] {
      ASSERT_OK(
          core.write(channel * reg::kBlockStride + reg::kJobFirst, words.data(), sizeof words));
    });
  }
  /// Writes CTRL as through a bus of two cycles, at a clock edge. The write arrives at `began`.
  void start(unsigned channel, std::uint32_t control) {
    namespace reg = registers::dma;
    core.run([&] {
      align();
      core.delay = sc_core::sc_time(2 * kPeriodNs, sc_core::SC_NS);
      began = sc_core::sc_time_stamp() + core.delay;
      core.put32(channel * reg::kBlockStride + reg::kCtrl, control);
      sc_core::wait(core.delay);
      core.delay = sc_core::SC_ZERO_TIME;
    });
  }
  /// A write of CTRL that arrives `cycles` after the start did.
  void command_at(std::uint64_t cycles, unsigned channel, std::uint32_t control) {
    namespace reg = registers::dma;
    core.run([&] {
      const sc_core::sc_time period(kPeriodNs, sc_core::SC_NS);
      const sc_core::sc_time arrival = began + static_cast<double>(cycles + 3) * period;
      // Pins take a write at an edge. The model takes it in the call: a little before that edge, so
      // that it comes before what happens at the edge.
      sc_core::sc_time call = arrival - 2 * period;
      if (pins == nullptr) call = arrival - sc_core::sc_time(1, sc_core::SC_NS);
      sc_core::wait(call - sc_core::sc_time_stamp());
      core.delay = pins == nullptr ? sc_core::SC_ZERO_TIME : 2 * period;
      core.put32(channel * reg::kBlockStride + reg::kCtrl, control);
      sc_core::wait(core.delay);
      core.delay = sc_core::SC_ZERO_TIME;
    });
  }
  /// Waits for a clock edge. In a thread.
  void align() const {
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    const sc_core::sc_time edge = context.clock.next_edge(now);
    if (edge > now) sc_core::wait(edge - now);
  }
  /// Runs until nothing happens any more. @return cycles until the interrupt rose
  std::uint64_t finish(unsigned channel) {
    sc_core::sc_start();
    const sc_core::sc_time period(kPeriodNs, sc_core::SC_NS);
    return irq[channel]->rose < began ? 0 : (irq[channel]->rose - began).value() / period.value();
  }
  DmaOutcome outcome(unsigned channel) {
    namespace reg = registers::dma;
    return {get(channel, reg::kStatus), get(channel, reg::kErrorCode),
            get(channel, reg::kErrorAddr), get(channel, reg::kMoved), irq[channel]->line.read()};
  }

  test::TestContext context{1e9 / kPeriodNs};
  test::TestInitiator core;
  std::unique_ptr<bus::Interconnect> interconnect;
  std::unique_ptr<dma::DmaBlock> dma;
  RtlDma* pins = nullptr;  ///< dma, when it is RTL
  std::vector<std::unique_ptr<base::ProtocolChecker>> checkers;
  std::vector<std::unique_ptr<IrqWatch>> irq;
  sc_core::sc_time began;
};

/// With two memories of 64 KiB, the second one in a weight window, that remember their accesses.
struct DmaBench : DmaOnBus {
  DmaBench(const std::string& name, bool rtl, unsigned burst_bytes, const DmaWrap& wrap = {})
      : DmaOnBus(name, rtl, burst_bytes, true, wrap),
        ram((name + "_ram").c_str(), kWindow),
        weights((name + "_weights").c_str(), kWindow) {
    ram.latency = sc_core::sc_time(kPeriodNs * kRamLatency, sc_core::SC_NS);
    interconnect->add_target("ram", kRam, kWindow).bind(ram.socket);
    interconnect->add_target("weights", kWeights, kWindow).bind(weights.socket);
  }

  test::TestTarget ram, weights;
};

}  // namespace leyden::cosim
