#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <systemc>

#include "models/base/protocol_checker.h"
#include "models/vector/vector_unit.h"
#include "registers/vector.h"
#include "tests/support/test_context.h"
#include "tests/support/test_initiator.h"

namespace leyden::vector {

/// LMEM without a bus: plain bytes, and what was claimed and occupied.
class FakeLmem : public sc_core::sc_module, public memory::LmemPortIf {
 public:
  static constexpr std::uint64_t kBase = 0x20000000;
  struct Occupancy {
    memory::Region region;
    std::uint64_t read_beats, write_beats, cycles;
  };

  explicit FakeLmem(const sc_core::sc_module_name& name) : sc_module(name), bytes(1 << 16) {}

  std::uint8_t* data(const memory::Region& region) override {
    if (region.address < kBase || region.end() > kBase + bytes.size()) return nullptr;
    return bytes.data() + (region.address - kBase);
  }
  memory::ClaimId claim(const std::string&, memory::ClaimMode mode,
                        const memory::Region& region) override {
    claimed.push_back({mode, region});
    ++held;
    return ++last_claim;
  }
  void release(memory::ClaimId) override { --held; }
  std::uint64_t occupy(const memory::Region& region, std::uint64_t reads, std::uint64_t writes,
                       std::uint64_t cycles) override {
    occupied.push_back({region, reads, writes, cycles});
    return extra_cycles;
  }
  void mark_written(const memory::Region& region) override { written.push_back(region); }

  std::vector<std::uint8_t> bytes;
  std::vector<std::pair<memory::ClaimMode, memory::Region>> claimed;
  std::vector<Occupancy> occupied;
  std::vector<memory::Region> written;
  int held = 0;
  memory::ClaimId last_claim = 0;
  std::uint64_t extra_cycles = 0;
};

/// Test master -> protocol checker -> vector unit -> fake LMEM. One per process.
class VectorBench {
 public:
  VectorBench() {
    test.declare("vector", VectorUnit::parameters());
    test.set("vector.lanes", 16);
    test.set("vector.port_bytes", 16);
    test.set("vector.start_up_cycles", 4);
    test.set("vector.compare_energy_pj", 0.007);
    test.set("vector.add_energy_pj", 0.024);
    test.set("vector.multiply_narrow_energy_pj", 0.19);
    test.set("vector.multiply_wide_energy_pj", 0.75);
    const auto macro = [](const char* key) {
      return base::ParameterSpec{key, "1", 0, 8192, true, {}, "of the macro"};
    };
    test.declare("cim", {macro("rows_per_unit"), macro("converter.range_shift")});
    test.set("cim.rows_per_unit", kRowsPerUnit);
    test.set("cim.converter.range_shift", kRangeShift);
    unit = std::make_unique<VectorUnit>("vector", test.context);
    initiator.socket.bind(checker.target_socket);
    checker.initiator_socket.bind(unit->socket);
    unit->lmem.bind(lmem);
    unit->irq.bind(irq);
  }

  static constexpr std::uint32_t kRowsPerUnit = 36;
  static constexpr std::uint32_t kRangeShift = 2;

  test::TestContext test;
  test::TestInitiator initiator{"initiator"};
  base::ProtocolChecker checker{"checker"};
  FakeLmem lmem{"lmem"};
  sc_core::sc_signal<bool> irq{"irq"};
  std::unique_ptr<VectorUnit> unit;
};

}  // namespace leyden::vector
