#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <systemc>

#include "models/cim/cim_unit.h"
#include "models/cim/figures.h"
#include "platform/cosim/rtl_cim.h"
#include "tests/models/cim/chip_parameters.h"
#include "tests/models/cim/cim_bench.h"
#include "tests/support/collecting_diagnostics.h"
#include "tests/support/test_initiator.h"

namespace leyden::cosim {

/// A preset's macro with settings below "cim".
struct MacroKind {
  std::string name;
  std::string preset;
  std::map<std::string, std::string> settings;
};

/// Values of the TLM model's timing that make it the RTL's.
inline const std::map<std::string, std::string>& rtl_timing() {
  static const std::map<std::string, std::string> kTiming = {
      {"job_overhead_cycles", "4"}, {"feeder.line_buffer", "no"}, {"feeder.shifts_dilated", "no"}};
  return kTiming;
}

inline base::ParameterSet parameters_of(const MacroKind& kind) {
  base::ParameterSet parameters = cim::test::preset_parameters(kind.preset);
  for (const auto& [key, value] : rtl_timing()) {
    parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  for (const auto& [key, value] : kind.settings) {
    parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  return parameters;
}

/// What the registers say after a job, and the interrupt.
struct CimOutcome {
  std::uint32_t status = 0, error_code = 0, cycles = 0;
  bool irq = false;
};

/// A CIM unit, TLM or RTL, with an LMEM of 64 KiB and masters for registers and weight window.
struct CimBench {
  static constexpr std::uint64_t kLmemBytes = 1 << 16;
  /// What is put around a unit of RTL.
  using Wrap = std::function<std::unique_ptr<cim::CimBlock>(std::unique_ptr<cim::CimBlock> rtl,
                                                            base::Context& context)>;

  CimBench(const std::string& name, const MacroKind& kind, bool rtl,
           std::uint64_t hang_cycles = 100'000, const Wrap& wrap = {})
      : parameters(parameters_of(kind)),
        context{parameters, ledger, activity, clock, diagnostics, base::Fidelity::kQuantised, {}},
        registers((name + "_registers").c_str()),
        weights((name + "_weights").c_str()),
        lmem((name + "_lmem").c_str()),
        irq((name + "_irq").c_str()) {
    if (rtl) {
      auto made = std::make_unique<RtlCim>(name.c_str(), context, 0,
                                           RtlCim::Options{kLmemBytes, hang_cycles});
      pins = made.get();
      unit = wrap ? wrap(std::move(made), context) : std::move(made);
    } else {
      auto made = std::make_unique<cim::CimUnit>(name.c_str(), context, 0);
      model = made.get();
      unit = std::move(made);
    }
    registers.socket.bind(unit->register_socket());
    weights.socket.bind(unit->weight_socket());
    unit->lmem_port().bind(lmem);
    unit->interrupt().bind(irq);
  }

  const cim::MacroParameters& macro() const {
    return model != nullptr ? model->macro_parameters() : pins->macro_parameters();
  }
  const cim::JobCounts& totals() const {
    return model != nullptr ? model->totals() : pins->totals();
  }

  /// Random weights everywhere and gains through the window.
  void load_weights(unsigned seed) {
    cim::Macro random(macro());
    const unsigned bits = macro().output_bits(false);
    cim::fill_array(random.array(), macro(), 700, bits, seed);
    const std::size_t row = random.array().row_bytes();
    for (std::size_t at = 0; at < random.array().cell_bytes(); at += row) {
      ASSERT_OK(weights.write(at, random.array().cells() + at, static_cast<unsigned>(row)));
    }
    for (std::size_t e = 0; e < macro().abn_entries; ++e) {
      weights.put32(registers::cim::kAbnTableWindow + 4 * e, random.array().abn_word(e));
    }
  }
  /// Starts a job and waits for its end; in a thread.
  CimOutcome run(const cim::DecodedJob& decoded) {
    namespace reg = registers::cim;
    const cim::JobWords words = cim::encode_job(decoded);
    for (unsigned i = 0; i < reg::kJobWords; ++i) {
      registers.put32(reg::kJobFirst + 4 * i, words[i]);
    }
    registers.put32(reg::kCtrl, 3);
    do {
      sc_core::wait(10 * clock.period());
    } while (unit->busy());
    sc_core::wait(2 * clock.period());
    const CimOutcome outcome{registers.get32(reg::kStatus), registers.get32(reg::kErrorCode),
                             registers.get32(reg::kJobCycles), irq.read()};
    registers.put32(reg::kStatus, 6);
    sc_core::wait(2 * clock.period());
    EXPECT_FALSE(irq.read());
    EXPECT_EQ(registers.get32(reg::kStatus), 0u);
    EXPECT_EQ(registers.get32(reg::kErrorCode), 0u);
    return outcome;
  }

  base::ParameterSet parameters;
  base::EnergyLedger ledger;
  base::ActivityLog activity;
  base::Clock clock{400e6};
  leyden::test::CollectingDiagnostics diagnostics;
  base::Context context;
  leyden::test::TestInitiator registers, weights;
  cim::PlainLmem lmem;
  sc_core::sc_signal<bool> irq;
  std::unique_ptr<cim::CimBlock> unit;
  cim::CimUnit* model = nullptr;  ///< unit, when it is TLM
  RtlCim* pins = nullptr;         ///< unit, when it is RTL
};

}  // namespace leyden::cosim
