// Ranges of converters, by job and by column: the step in closed form, the table, what refuses
// them.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "models/base/archive.h"
#include "models/base/error.h"
#include "models/cim/conversion_terms.h"
#include "models/cim/job_words.h"
#include "models/cim/macro.h"
#include "models/cim/weight_access.h"
#include "registers/cim.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

constexpr std::uint64_t kTable = registers::cim::kRangeTableWindow;
constexpr unsigned kRows = 256;
constexpr int kWeight = 15;  // a pair: 15 in the plus cell
constexpr unsigned kHalf = 1u << 14;

/// adapt256 (5 b, r = 2, n = 8, pairs of 4 b cells): inputs of one digit of 4 b, weights of 5 b,
/// which are one pair an output. F = 256 * 16 * 2 * 15 = 122880, a step F m / 2^15 = 3.75 m.
struct Bench {
  explicit Bench(unsigned spares = 0) : macro(read(spares)), model(macro) {
    job.in_width = job.out_width = kRows + 1;
    job.in_height = job.out_height = 1;
    job.in_channels = job.in_pixel_stride = job.window_count = kRows;
    job.outputs = 2;
    job.out_pixel_stride = 8;
    job.unit_count = macro.units();
    job.in_bits = 4;
    job.weight_bits = 5;
    job.out_bits = 15;
    job.partial = true;
    fill();
    // Position p drives its first p rows with 7: u = 105 p.
    input.resize(std::size_t{job.in_width} * kRows);
    for (unsigned p = 0; p < job.in_width; ++p) std::fill_n(&input[p * kRows], p, std::uint8_t{7});
  }
  static MacroParameters read(unsigned spares) {
    base::ParameterSet parameters = test::preset_parameters("adapt256");
    MacroParameters parsed = read_macro_parameters(parameters);
    parsed.spare_columns = spares;
    return parsed;
  }
  void fill() {
    std::vector<std::uint8_t> cells(model.array().cell_bytes());
    // Columns 0 and 2 hold 15, columns 1 and 3 (minus) 0.
    for (unsigned r = 0; r < kRows; ++r) cells[r * model.array().row_bytes()] = kWeight;
    for (unsigned r = 0; r < kRows; ++r) cells[r * model.array().row_bytes() + 1] = kWeight;
    model.array().write_cells(0, cells.data(), cells.size());
    // The code that is written is D^ scaled by a power of two, about mid-scale.
    for (unsigned j = 0; j < 2; ++j) model.array().write_abn(j, 256u | (kHalf / 16 * 256) << 16);
  }
  std::vector<std::int32_t> run(base::Fidelity fidelity = base::Fidelity::kQuantised) {
    std::vector<std::uint8_t> bytes(job.positions() * job.position_bytes());
    model.run(job, input.data(), fidelity, {{3, 1}, 0}, bytes.data());
    std::vector<std::int32_t> words(bytes.size() / 4);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    return words;
  }
  std::vector<double> levels() {
    std::vector<double> found;
    model.levels(job, input.data(), base::Fidelity::kQuantised, {{3, 1}, 0}, false, found);
    return found;
  }
  bool write(std::uint64_t offset, std::uint32_t word) {
    std::uint8_t bytes[4];
    std::memcpy(bytes, &word, 4);
    std::uint64_t rows = 0;
    return access_weight_window(model.array(), offset, 4, {bytes, nullptr}, rows);
  }

  MacroParameters macro;
  Macro model;
  Job job;
  std::vector<std::uint8_t> input;
};

/// D^ of sum u with range code m of 256: rational numbers alone.
double expected_total(int u, unsigned m) {
  const int numerator = 15 * static_cast<int>(m);  // of the step, over 4
  const int step = std::max(numerator, 4);
  // floor(u / (step / 4) + 1/2), u not negative.
  const int q = (8 * u + step) / (2 * step);
  return std::min(q, 15) * step / 4.0;
}

/// Level of D^ = total before floor, at gamma 1: LSB_D = N 2^(bx + bw - b - r_post).
double expected_level(const Bench& bench, double total, double beta) {
  const double lsb =
      kRows * std::ldexp(1.0, 4 + 5 - 15 - static_cast<int>(bench.macro.post.range_shift));
  return total / lsb + beta + 0.5;
}

TEST(ConverterRange, AJobsStepIsAShareOfTheWholeRange) {
  Bench bench;
  const double beta = AbnEntry::from_word(bench.model.array().abn_word(0)).beta / 16.0;
  for (unsigned m : {0u, 1u, 2u, 3u, 7u, 37u, 100u, 255u, 256u}) {
    bench.job.range = m;
    ASSERT_EQ(validate(bench.job, bench.macro), JobError::kNone);
    const std::vector<double> levels = bench.levels();
    for (unsigned p = 0; p <= kRows; ++p) {
      const double total = expected_total(105 * static_cast<int>(p), m == 0 ? 256 : m);
      ASSERT_EQ(levels[2 * p], expected_level(bench, total, beta)) << "m " << m << ", p " << p;
    }
  }
  bench.job.range = 257;
  EXPECT_EQ(validate(bench.job, bench.macro), JobError::kPrecision);
}

TEST(ConverterRange, AColumnsOwnReplacesTheJobs) {
  Bench bench;
  bench.job.range = 40;
  const std::vector<double> before = bench.levels();
  // Output 1 has columns 2 and 3; its converter is that of the first.
  ASSERT_TRUE(bench.write(kTable + 4 * 3, 9));
  EXPECT_EQ(bench.levels(), before);
  ASSERT_TRUE(bench.write(kTable + 4 * 2, 11));
  const std::vector<double> after = bench.levels();
  bench.job.range = 11;
  const std::vector<double> own = bench.levels();
  EXPECT_NE(own[2 * kRows], before[2 * kRows]);
  for (unsigned p = 0; p <= kRows; ++p) {
    ASSERT_EQ(after[2 * p], before[2 * p]);
    ASSERT_EQ(after[2 * p + 1], own[2 * p + 1]);
  }
  // 0 gives it back to the job.
  bench.job.range = 40;
  ASSERT_TRUE(bench.write(kTable + 4 * 2, 0));
  EXPECT_EQ(bench.levels(), before);
}

TEST(ConverterRange, TheTableRefusesWhatNoConverterHas) {
  Bench bench;
  EXPECT_TRUE(bench.write(kTable + 4 * 255, 256));
  EXPECT_FALSE(bench.write(kTable + 4 * 255, 257));
  EXPECT_FALSE(bench.write(kTable + 4 * 256, 1));
  EXPECT_FALSE(bench.write(kTable + 2, 1));
  EXPECT_EQ(bench.model.array().range_word(255), 256u);
  // Several words: all or none.
  const std::uint32_t words[2] = {5, 300};
  std::uint8_t bytes[8];
  std::memcpy(bytes, words, 8);
  std::uint64_t rows = 0;
  EXPECT_FALSE(access_weight_window(bench.model.array(), kTable, 8, {bytes, nullptr}, rows));
  EXPECT_EQ(bench.model.array().range_word(0), 0u);
  bench.model.array().power_off();
  EXPECT_FALSE(bench.model.array().has_ranges(0, 256));

  // Without range bits there is no table, and 1 of 1 is the whole range.
  MacroParameters fixed = bench.macro;
  fixed.convert.range_bits = 0;
  Macro model(fixed);
  EXPECT_EQ(model.array().range_bytes(), 0u);
  EXPECT_FALSE(access_weight_window(model.array(), kTable, 4, {bytes, nullptr}, rows));
  Job job = bench.job;
  job.range = 1;
  EXPECT_EQ(validate(job, fixed), JobError::kNone);
  job.range = 2;
  EXPECT_EQ(validate(job, fixed), JobError::kPrecision);
}

TEST(ConverterRange, AJobsWordsHoldIt) {
  DecodedJob decoded;
  decoded.job.range = 256;
  const JobWords words = encode_job(decoded);
  const std::size_t word = (registers::cim::kPrecision - registers::cim::kJobFirst) / 4;
  EXPECT_EQ(words[word] >> 16, 256u);
  EXPECT_EQ(decode_job(words).job.range, 256u);
}

TEST(ConverterRange, OneConversionAnOutputHasItsGainInstead) {
  base::ParameterSet parameters = test::imagine_parameters();
  parameters.set_text("cim.converter.range_bits", "4", base::Source::kAssumed, "test", "test");
  EXPECT_THROW(
      {
        try {
          read_macro_parameters(parameters);
        } catch (const base::UsageError& error) {
          EXPECT_NE(std::string(error.what()).find("converter.range_bits"), std::string::npos);
          throw;
        }
      },
      base::UsageError);
}

// Noise, offset and pedestal are volts: their size in units of the sum does not follow the range.
TEST(ConverterRange, VoltsAreMoreStepsOfASmallerRange) {
  Bench bench;
  const Die& die = bench.model.die(3);
  DigitalPath path;
  path.prepare(bench.job, bench.macro, bench.model.array(), &die);
  const ConversionStep whole = path.step(0, 0, 0);
  bench.job.range = 64;
  path.prepare(bench.job, bench.macro, bench.model.array(), &die);
  const ConversionStep quarter = path.step(0, 0, 0);
  EXPECT_EQ(quarter.step, whole.step / 4);
  EXPECT_EQ(quarter.noise, whole.noise);
  EXPECT_EQ(quarter.per_volt, whole.per_volt);
  EXPECT_EQ(quarter.pedestal, whole.pedestal);
  EXPECT_GT(quarter.noise, 0);
  EXPECT_EQ(quarter.coefficient, quarter.step);
}

TEST(ConverterRange, ASpareHasTheEntryOfTheColumnItReplaces) {
  Bench bench(2);
  bench.job.range = 200;
  ASSERT_TRUE(bench.write(kTable, 13));
  const std::vector<double> before = bench.levels();
  ASSERT_TRUE(bench.write(registers::cim::kRepairTableWindow + 4, Repairs::kValid | 0u));
  bench.fill();
  EXPECT_EQ(bench.levels(), before);
}

TEST(ConverterRange, ComesBackWithASnapshot) {
  Bench bench;
  ASSERT_TRUE(bench.write(kTable, 13));
  base::Archive written;
  bench.model.array().archive(written);
  Bench other;
  EXPECT_NE(other.levels(), bench.levels());
  base::Archive restored("x", written.seal("1"), "1");
  other.model.array().archive(restored);
  EXPECT_EQ(other.levels(), bench.levels());
  EXPECT_EQ(other.model.array().range_word(0), 13u);
}

}  // namespace
}  // namespace leyden::cim
