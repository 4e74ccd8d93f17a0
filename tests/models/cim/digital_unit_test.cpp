// The CIM unit around a macro that combines digitally and skips zeros: values and time by hand.
#include "tests/models/cim/cim_bench.h"

namespace leyden::cim {
namespace {

namespace reg = registers::cim;

base::ParameterSet digital_parameters() {
  base::ParameterSet parameters = test::imagine_parameters();
  const std::map<std::string, std::string> settings = {
      {"combine.inputs", "digital"},
      {"combine.columns", "digital"},
      {"post.kind", "digital_scale"},
      {"post.range_shift", "1"},
      {"drive.zero_skipping", "yes"},
      {"cell.pages", "2"},
      {"cell.bits", "2"},
  };
  for (const auto& [key, value] : settings) {
    parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  return parameters;
}

CimBench& bench() {
  static CimBench instance(digital_parameters());
  return instance;
}

/// One pixel of one channel, one 4-bit weight in the second page, column 8: two digits of 2 and 1
/// bits and the sign.
DecodedJob one_product() {
  DecodedJob decoded;
  decoded.in_address = 0x20000100;
  decoded.out_address = 0x20004000;
  Job& job = decoded.job;
  job.in_width = job.in_height = job.in_channels = job.in_pixel_stride = 1;
  job.window_count = job.out_width = job.out_height = job.outputs = job.out_pixel_stride = 1;
  job.unit_first = 16;
  job.unit_count = 1;
  job.column_first = 8;
  job.in_bits = job.weight_bits = 4;
  job.out_bits = 8;
  return decoded;
}

/// @return cycles of the job
std::uint32_t run_job(std::uint8_t input) {
  CimBench& b = bench();
  const JobWords words = encode_job(one_product());
  b.lmem.bytes[0x100] = input;
  for (unsigned i = 0; i < reg::kJobWords; ++i) {
    b.registers.put32(reg::kJobFirst + 4 * i, words[i]);
  }
  b.registers.put32(reg::kCtrl, 1);
  while ((b.registers.get32(reg::kStatus) & 1u) != 0) sc_core::wait(b.clock.period());
  EXPECT_EQ(b.registers.get32(reg::kStatus), 2u);
  b.registers.put32(reg::kStatus, 2);
  sc_core::wait(b.clock.period());
  return b.registers.get32(reg::kJobCycles);
}

TEST(DigitalUnit, JobsByHand) {
  CimBench& b = bench();
  b.registers.run([&] {
    // -2 = 2 + 4 * 1 - 8: levels 2, 1, 1 in columns 8, 9, 10; row 576 of 64 bytes, byte 2.
    const std::uint8_t cells[2] = {0b00010110, 0};
    ASSERT_OK(b.weights.write(576 * 64 + 2, cells, 2));
    b.weights.put32(reg::kAbnTableWindow, 1600u << 16 | 384u);
    // D = 5 * -2 = -10, nothing is lost in 8 bits. LSB_D = 36 * 2^(4+4-8-1) = 18, gamma 1.5,
    // beta 100: 99.17 is 99. Two of four digits: 2 * (7 + 4) cycles, and a beat in and out.
    EXPECT_EQ(run_job(5), 24u);
    EXPECT_EQ(b.lmem.bytes[0x4000], 99);
    EXPECT_EQ(b.unit.totals().conversions, 2u * 3);
    EXPECT_EQ(b.unit.totals().charged_cells, 2u * 4);
    EXPECT_EQ(b.unit.totals().adds, 2u * 3);
    EXPECT_EQ(b.unit.totals().scales, 1u);
    // D = 15 * -2 = -30: all digits. 97.5 rounds up.
    EXPECT_EQ(run_job(15), 46u);
    EXPECT_EQ(b.lmem.bytes[0x4000], 98);
    // Nothing is driven: the code is the offset.
    EXPECT_EQ(run_job(0), 2u);
    EXPECT_EQ(b.lmem.bytes[0x4000], 100);
    EXPECT_EQ(b.unit.totals().conversions, 6u * 3);
  });
}

}  // namespace
}  // namespace leyden::cim
