#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <systemc>

#include "models/base/protocol_checker.h"
#include "models/cim/cim_unit.h"
#include "tests/models/cim/chip_parameters.h"
#include "tests/support/collecting_diagnostics.h"
#include "tests/support/test_initiator.h"

namespace leyden::cim {

/// LMEM without a bus: plain bytes, and who holds what until when.
class PlainLmem : public sc_core::sc_module, public memory::LmemPortIf {
 public:
  static constexpr std::uint64_t kBase = 0x20000000;

  explicit PlainLmem(const sc_core::sc_module_name& name) : sc_module(name), bytes(1 << 16) {}

  std::uint8_t* data(const memory::Region& region) override {
    if (region.address < kBase || region.end() > kBase + bytes.size()) return nullptr;
    return bytes.data() + (region.address - kBase);
  }
  memory::ClaimId claim(const std::string&, memory::ClaimMode mode,
                        const memory::Region&) override {
    held[++last_claim] = mode;
    return last_claim;
  }
  void release(memory::ClaimId claim) override {
    EXPECT_EQ(held.count(claim), 1u);
    released[held[claim]] = sc_core::sc_time_stamp();
    held.erase(claim);
  }
  std::uint64_t occupy(const memory::Region&, std::uint64_t reads, std::uint64_t writes,
                       std::uint64_t) override {
    read_beats += reads;
    write_beats += writes;
    return extra_cycles;
  }
  void mark_written(const memory::Region& region) override { written.push_back(region); }

  std::vector<std::uint8_t> bytes;
  std::map<memory::ClaimId, memory::ClaimMode> held;
  std::map<memory::ClaimMode, sc_core::sc_time> released;
  std::vector<memory::Region> written;
  memory::ClaimId last_claim = 0;
  std::uint64_t read_beats = 0;
  std::uint64_t write_beats = 0;
  std::uint64_t extra_cycles = 0;
};

/// Two test masters -> protocol checkers -> CIM unit -> plain LMEM. One per process.
class CimBench {
 public:
  explicit CimBench(base::ParameterSet chip = test::imagine_parameters())
      : parameters(std::move(chip)) {
    registers.socket.bind(register_checker.target_socket);
    register_checker.initiator_socket.bind(unit.registers);
    weights.socket.bind(weight_checker.target_socket);
    weight_checker.initiator_socket.bind(unit.weights);
    unit.lmem.bind(lmem);
    unit.irq.bind(irq);
  }

  base::ParameterSet parameters;
  base::EnergyLedger ledger;
  base::ActivityLog activity;
  base::Clock clock{400e6};
  leyden::test::CollectingDiagnostics diagnostics;
  base::Context context{
      parameters, ledger, activity, clock, diagnostics, base::Fidelity::kQuantised, {}};
  leyden::test::TestInitiator registers{"register_master"};
  leyden::test::TestInitiator weights{"weight_master"};
  base::ProtocolChecker register_checker{"register_checker"};
  base::ProtocolChecker weight_checker{"weight_checker"};
  PlainLmem lmem{"lmem"};
  sc_core::sc_signal<bool> irq{"irq"};
  CimUnit unit{"cim0", context, 0};
};

}  // namespace leyden::cim
