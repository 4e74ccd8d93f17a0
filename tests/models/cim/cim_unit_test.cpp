// The CIM unit through its registers and weight window: values by hand and against the arithmetic,
// time against the closed form, claims, visibility, interrupt, errors, energy, power gating.
#include <numeric>

#include "models/cim/figures.h"
#include "tests/models/cim/cim_bench.h"

namespace leyden::cim {
namespace {

namespace reg = registers::cim;
constexpr std::uint32_t kIn = 0x20000100;
constexpr std::uint32_t kOut = 0x20004000;
constexpr std::uint32_t kBusyMask = 1, kDoneMask = 2, kErrorMask = 4;

CimBench& bench() {
  static CimBench instance;
  return instance;
}

class CimUnitTest : public testing::Test {
 protected:
  void SetUp() override {
    b.unit.power_off();
    b.diagnostics.messages.clear();
    b.lmem.extra_cycles = 0;
    b.lmem.read_beats = b.lmem.write_beats = 0;
    b.lmem.written.clear();
    b.context.fidelity = base::Fidelity::kQuantised;
    // 2 x 2 window on 4 x 3 pixels of 2 channels, 3 outputs of 3-bit weights.
    Job& job = decoded.job;
    decoded.in_address = kIn;
    decoded.out_address = kOut;
    job.in_width = 4;
    job.in_height = 3;
    job.in_channels = 2;
    job.in_pixel_stride = 3;
    job.kernel_width = job.kernel_height = 2;
    job.window_count = 8;
    job.out_width = 3;
    job.out_height = 2;
    job.outputs = 3;
    job.out_pixel_stride = 5;
    job.unit_first = 1;
    job.unit_count = 1;
    job.column_first = 6;
    job.in_bits = 4;
    job.weight_bits = 3;
    job.out_bits = 6;
    job.tile = 9;
    job.abn_first = 2;
  }
  void TearDown() override {
    EXPECT_EQ(b.register_checker.summary(), "");
    EXPECT_EQ(b.weight_checker.summary(), "");
    EXPECT_TRUE(b.lmem.held.empty());
  }

  /// Random weights everywhere and gain 2, offset 32 codes, through the window.
  void load_weights() {
    MacroParameters macro = b.unit.macro_parameters();
    model = std::make_unique<Macro>(macro);
    fill_array(model->array(), macro, 512, 6, 77);
    std::vector<std::uint8_t> row(32);
    for (unsigned r = 0; r < macro.rows; ++r) {
      std::copy_n(model->array().row(r), 32, row.begin());
      ASSERT_OK(b.weights.write(r * 32, row.data(), 32));
    }
    for (unsigned e = 0; e < 8; ++e) {
      b.weights.put32(reg::kAbnTableWindow + 4 * e, model->array().abn_word(e));
    }
    for (unsigned i = 0; i < 64; ++i) b.lmem.bytes[0x100 + i] = static_cast<std::uint8_t>(i * 7);
  }
  void write_job() {
    const JobWords words = encode_job(decoded);
    for (unsigned i = 0; i < reg::kJobWords; ++i) {
      b.registers.put32(reg::kJobFirst + 4 * i, words[i]);
    }
  }
  std::uint32_t status() { return b.registers.get32(reg::kStatus); }
  void clear() { b.registers.put32(reg::kStatus, kDoneMask | kErrorMask); }
  std::uint64_t now() { return b.clock.cycles_at(sc_core::sc_time_stamp()); }
  std::vector<std::uint8_t> expected() {
    std::vector<std::uint8_t> output(decoded.job.positions() * decoded.job.position_bytes());
    model->run(decoded.job, b.lmem.bytes.data() + 0x100, b.context.fidelity,
               {b.context.draws, layer}, output.data());
    return output;
  }
  void expect_refused(JobError error) {
    b.registers.run([&] {
      write_job();
      b.registers.put32(reg::kCtrl, 1);
      EXPECT_EQ(status(), kErrorMask);
      EXPECT_EQ(b.registers.get32(reg::kErrorCode), static_cast<std::uint32_t>(error));
      clear();
      EXPECT_EQ(status(), 0u);
      EXPECT_EQ(b.registers.get32(reg::kErrorCode), 0u);
      sc_core::wait(b.clock.period());
    });
  }

  CimBench& b = bench();
  DecodedJob decoded;
  std::unique_ptr<Macro> model;
  std::uint32_t layer = 0;
};

TEST_F(CimUnitTest, TellsItsGeometry) {
  b.registers.run([&] {
    EXPECT_EQ(b.registers.get32(reg::kId), 0x4c43494du);
    EXPECT_EQ(b.registers.get32(reg::kGeometry), 256u << 16 | 1152u);
    EXPECT_EQ(b.registers.get32(reg::kUnits), 1024u << 16 | 36u);
  });
}

TEST_F(CimUnitTest, JobByHand) {
  // One pixel, one channel of code 3, 2 b inputs, one 2 b weight of -2 in unit 0, column 8:
  // D = -6, LSB_D = 36 * 2^(2+2-8-1) = 1.125, gamma 1.5, beta 100: 1.5 * -6 / 1.125 = -8 -> 92.
  b.registers.run([&] {
    const std::uint8_t cells = 0b10;  // column 8: 0 (LSB), column 9: 1 (MSB)
    ASSERT_OK(b.weights.write(1, &cells, 1));
    b.weights.put32(reg::kAbnTableWindow, 1600u << 16 | 384u);
    b.lmem.bytes[0x100] = 3;
    Job& job = decoded.job = Job{};
    job.in_width = job.in_height = job.in_channels = job.in_pixel_stride = 1;
    job.window_count = job.out_width = job.out_height = job.outputs = job.out_pixel_stride = 1;
    job.unit_count = 1;
    job.column_first = 8;
    job.in_bits = job.weight_bits = 2;
    job.out_bits = 8;
    write_job();
    b.registers.put32(reg::kCtrl, 1);
    while (status() & kBusyMask) sc_core::wait(b.clock.period());
    EXPECT_EQ(status(), kDoneMask);
    EXPECT_EQ(b.lmem.bytes[0x4000], 92);
    // 1 beat + ceil(2 x 16.8 ns) = 14 cycles + ceil(9 ns) = 4 + 1 beat.
    EXPECT_EQ(b.registers.get32(reg::kJobCycles), 20u);
    clear();
    sc_core::wait(b.clock.period());
  });
}

TEST_F(CimUnitTest, OutputAppearsWhenDoneAtTheTimeOfTheClosedForm) {
  b.unit.set_layer_source([] { return 4u; });
  layer = 4;
  b.context.draws = {3, 8};
  for (const auto fidelity :
       {base::Fidelity::kIdeal, base::Fidelity::kQuantised, base::Fidelity::kAnalog}) {
    b.context.fidelity = fidelity;
    for (const bool partial : {false, true}) {
      decoded.job.partial = partial;
      decoded.job.out_pixel_stride = partial ? 16 : 5;
      b.registers.run([&] {
        load_weights();
        const JobTiming timing =
            job_timing(decoded.job, b.unit.macro_parameters(), b.clock.frequency_hz());
        const std::vector<std::uint8_t> want = expected();
        std::fill(b.lmem.bytes.begin() + 0x4000, b.lmem.bytes.end(), std::uint8_t{0xee});
        write_job();
        sc_core::wait(b.clock.next_edge(sc_core::sc_time_stamp()) - sc_core::sc_time_stamp());
        b.registers.delay = sc_core::SC_ZERO_TIME;
        const std::uint64_t start = now();
        b.registers.put32(reg::kCtrl, 3);
        EXPECT_EQ(status(), kBusyMask);
        EXPECT_EQ(b.lmem.held.size(), 2u);
        sc_core::wait(b.clock.cycles(timing.cycles) - b.clock.period() / 2);
        EXPECT_EQ(status(), kBusyMask);
        EXPECT_FALSE(b.irq.read());
        EXPECT_EQ(b.lmem.bytes[0x4000], 0xee);
        sc_core::wait(b.clock.period());
        EXPECT_EQ(status(), kDoneMask);
        EXPECT_TRUE(b.irq.read());
        EXPECT_EQ(b.registers.get32(reg::kJobCycles), timing.cycles);
        const std::uint64_t released = b.clock.cycles_at(b.lmem.released[memory::ClaimMode::kRead]);
        EXPECT_EQ(released, start + timing.feed_end);

        const unsigned bytes = decoded.job.position_bytes();
        for (unsigned m = 0; m < 6; ++m) {
          const std::uint8_t* got = b.lmem.bytes.data() + 0x4000 + m * decoded.job.out_pixel_stride;
          EXPECT_EQ(
              std::vector<std::uint8_t>(got, got + bytes),
              std::vector<std::uint8_t>(want.begin() + m * bytes, want.begin() + (m + 1) * bytes));
          if (m < 5) {
            EXPECT_EQ(got[bytes], 0xee) << "a byte beside the outputs was written";
          }
        }
        const base::CauseCycles split = b.activity.close(start, start + timing.cycles);
        EXPECT_EQ(split, timing.split);
        clear();
        sc_core::wait(b.clock.period());
        EXPECT_FALSE(b.irq.read());
      });
    }
  }
  b.unit.set_layer_source(nullptr);
  b.context.draws = {};
}

TEST_F(CimUnitTest, ContentionIsAStall) {
  b.lmem.extra_cycles = 11;
  b.registers.run([&] {
    load_weights();
    const JobTiming timing =
        job_timing(decoded.job, b.unit.macro_parameters(), b.clock.frequency_hz());
    write_job();
    sc_core::wait(b.clock.next_edge(sc_core::sc_time_stamp()) - sc_core::sc_time_stamp());
    b.registers.delay = sc_core::SC_ZERO_TIME;
    const std::uint64_t start = now();
    b.registers.put32(reg::kCtrl, 1);
    while (status() & kBusyMask) sc_core::wait(b.clock.period());
    EXPECT_EQ(now() - start, timing.cycles + 11);
    const base::CauseCycles split = b.activity.close(start, now());
    EXPECT_EQ(split[static_cast<std::size_t>(base::Cause::kStall)], 11u);
    EXPECT_EQ(b.lmem.read_beats, timing.read_beats);
    EXPECT_EQ(b.lmem.write_beats, timing.write_beats);
    clear();
    sc_core::wait(b.clock.period());
  });
}

TEST_F(CimUnitTest, EnergyIsCountsTimesEnergies) {
  b.registers.run([&] {
    const auto before_load = b.ledger.snapshot();
    load_weights();
    const auto loaded = b.ledger.snapshot();
    // 1152 rows of 32 bytes, a row access each; 8 table words, one each.
    base::EventCounts load(loaded.size());
    for (std::size_t i = 0; i < load.size(); ++i) load[i] = loaded[i] - before_load[i];
    EXPECT_NEAR(b.ledger.energy_fj(load)[static_cast<std::size_t>(base::Component::kWeightWrite)],
                (1152 + 8) * 0.35 * 1152 * 256 * 0.36, 1e-3);
    write_job();
    const JobCounts totals = b.unit.totals();
    b.registers.put32(reg::kCtrl, 1);
    while (status() & kBusyMask) sc_core::wait(b.clock.period());
    clear();
    const auto done = b.ledger.snapshot();
    base::EventCounts counts(done.size());
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = done[i] - loaded[i];
    const auto energy = b.ledger.energy_fj(counts);
    const auto at = [&](base::Component c) { return energy[static_cast<std::size_t>(c)]; };
    const auto charged = b.unit.totals().charged_cells - totals.charged_cells;
    const auto driven = b.unit.totals().driven_cells - totals.driven_cells;
    EXPECT_GT(charged, 0u);
    EXPECT_NEAR(at(base::Component::kDotProduct), static_cast<double>(charged) * 1.91 * 0.36, 1e-6);
    // Windows of 8 elements; a step brings 4; 2 rows of 3 positions.
    EXPECT_NEAR(at(base::Component::kDrive),
                static_cast<double>(driven) * 0.2 * 0.36 + 19.5 * (2 * 8 + 4 * 4), 1e-6);
    EXPECT_NEAR(at(base::Component::kCombine), 6 * 4 * 9 * 2 * 0.36, 1e-6);
    EXPECT_NEAR(at(base::Component::kAdc), 18 * (600 + 0.001 * 4096) * 0.36 + 18 * 19.5, 1e-6);
    EXPECT_NEAR(at(base::Component::kAbn), 18 * 5 * 0.36, 1e-6);
    EXPECT_EQ(b.unit.totals().macs - totals.macs, 6u * 8 * 3);
  });
}

TEST_F(CimUnitTest, TheDigitalSupplyFeedsFeederAndWriterOnly) {
  for (const base::EventKind& kind : b.ledger.kinds()) {
    const bool digital = kind.name.find("feeder.byte") != std::string::npos ||
                         kind.name.find("writer.byte") != std::string::npos;
    EXPECT_EQ(kind.own_supply, !digital) << kind.name;
  }
}

TEST_F(CimUnitTest, ErrorCodes) {
  b.registers.run([&] { load_weights(); });
  const DecodedJob good = decoded;
  const auto refused = [&](JobError error, auto change) {
    decoded = good;
    change(decoded);
    expect_refused(error);
  };
  refused(JobError::kOutsideArray, [](DecodedJob& d) { d.job.column_first = 250; });
  refused(JobError::kOutsideLmem, [](DecodedJob& d) { d.in_address = 0x80000000; });
  refused(JobError::kOutsideLmem, [](DecodedJob& d) { d.out_address = 0x2000fff0; });
  refused(JobError::kPrecision, [](DecodedJob& d) { d.job.in_bits = 9; });
  refused(JobError::kShapes, [](DecodedJob& d) { d.job.window_count = 9; });
  refused(JobError::kAbn, [](DecodedJob& d) { d.job.abn_first = 1022; });
  refused(JobError::kNotWritten, [](DecodedJob& d) { d.job.abn_first = 100; });
  EXPECT_NE(b.diagnostics.last().find("never written"), std::string::npos);
  b.registers.run([&] { b.weights.put32(reg::kAbnTableWindow + 4 * 3, 0x00100000); });
  refused(JobError::kAbn, [](DecodedJob&) {});  // gain 0
  b.unit.power_off();
  refused(JobError::kNotWritten, [](DecodedJob&) {});
}

TEST_F(CimUnitTest, StartWhileBusyIsAnErrorAndTheJobGoesOn) {
  b.registers.run([&] {
    load_weights();
    write_job();
    b.registers.put32(reg::kCtrl, 3);
    b.registers.put32(reg::kCtrl, 3);
    sc_core::wait(b.clock.period());
    EXPECT_EQ(status(), kBusyMask | kErrorMask);
    EXPECT_EQ(b.registers.get32(reg::kErrorCode), 1u);
    EXPECT_TRUE(b.irq.read());
    EXPECT_THROW(b.unit.power_off(), std::runtime_error);
    // Weights of the rows in use are written while they are in use.
    const std::uint8_t byte = 1;
    ASSERT_OK(b.weights.write(40 * 32, &byte, 1));
    EXPECT_NE(b.diagnostics.last().find("running job"), std::string::npos);
    const std::size_t messages = b.diagnostics.messages.size();
    ASSERT_OK(b.weights.write(80 * 32, &byte, 1));
    EXPECT_EQ(b.diagnostics.messages.size(), messages);
    while (status() & kBusyMask) sc_core::wait(b.clock.period());
    EXPECT_EQ(status(), kDoneMask | kErrorMask);
    clear();
    sc_core::wait(b.clock.period());
    EXPECT_FALSE(b.irq.read());
  });
}

TEST_F(CimUnitTest, WeightWindow) {
  b.registers.run([&] {
    std::vector<std::uint8_t> bytes(64);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
    b.weights.delay = sc_core::SC_ZERO_TIME;
    ASSERT_OK(b.weights.write(32 * 10 + 16, bytes.data(), 64));  // touches rows 10, 11, 12
    EXPECT_EQ(b.weights.delay, b.clock.cycles(3));
    std::vector<std::uint8_t> back(64);
    ASSERT_OK(b.weights.read(32 * 10 + 16, back.data(), 64));
    EXPECT_EQ(back, bytes);
    EXPECT_TRUE(b.diagnostics.messages.empty());
    ASSERT_OK(b.weights.read(0, back.data(), 4));
    EXPECT_NE(b.diagnostics.last().find("never written"), std::string::npos);
    EXPECT_EQ(b.weights.debug_read(32 * 10 + 16, back.data(), 64), 64u);
    EXPECT_EQ(back, bytes);

    b.weights.put32(reg::kAbnTableWindow + 4 * 1023, 0x12345678);
    EXPECT_EQ(b.weights.get32(reg::kAbnTableWindow + 4 * 1023), 0x12345678u);
    for (const std::uint64_t address :
         {std::uint64_t{1152 * 32}, std::uint64_t{reg::kAbnTableWindow + 4096},
          std::uint64_t{reg::kAbnTableWindow + 2}, std::uint64_t{1152 * 32 - 2},
          std::uint64_t{reg::kTrimTableWindow + 1024}, std::uint64_t{reg::kTrimTableWindow - 4},
          std::uint64_t{reg::kTrimTableWindow + 3}}) {
      ASSERT_AE(b.weights.write(address, bytes.data(), 4));
      EXPECT_NE(b.diagnostics.last().find("outside"), std::string::npos);
    }
    ASSERT_AE(b.weights.write(reg::kTrimTableWindow + 1020, bytes.data(), 8));
    ASSERT_AE(b.weights.write(reg::kTrimTableWindow, bytes.data(), 3));

    // Trims: 0x8000 until written, lost with the power.
    EXPECT_EQ(b.weights.get32(reg::kTrimTableWindow), 0x00008000u);
    b.weights.put32(reg::kTrimTableWindow + 4 * 255, 0xfff07abc);
    EXPECT_EQ(b.weights.get32(reg::kTrimTableWindow + 4 * 255), 0xfff07abcu);
    b.unit.power_off();
    EXPECT_EQ(b.weights.get32(reg::kTrimTableWindow + 4 * 255), 0x00008000u);
    // The macro tells what it is: 8 b all over, r = 1, ABN, two's complement, single-bit cells.
    EXPECT_EQ(b.registers.get32(reg::kMacro), 0x01211888u);
    // Its range is fixed: no range table.
    EXPECT_EQ(b.registers.get32(reg::kConverter), 0u);
    ASSERT_AE(b.weights.write(reg::kRangeTableWindow, bytes.data(), 4));
  });
}

}  // namespace
}  // namespace leyden::cim
