// Whole jobs of the golden library against the TLM unit in its own chip: bytes of LMEM, JOB_CYCLES,
// ERROR_CODE, in every fidelity.
#include <cstring>

#include "registers/memory_map.h"
#include "tests/models/cim/cim_bench.h"
#include "tests/platform/golden/golden_support.h"

namespace leyden::golden_test {
namespace {

namespace reg = registers::cim;

constexpr const char* kOverrides =
    "cim.rows=144 cim.columns=64 cim.rows_per_unit=36 lmem.bank_bytes=32768";

base::ParameterSet small_macro() {
  base::ParameterSet set = cim::test::imagine_parameters();
  const auto give = [&](const char* key, const char* value) {
    set.set_text(key, value, base::Source::kAssumed, "test", "test");
  };
  give("cim.rows", "144");
  give("cim.columns", "64");
  give("cim.rows_per_unit", "36");
  return set;
}

cim::CimBench& bench() {
  static cim::CimBench instance(small_macro());
  return instance;
}

/// What the unit comes to: ERROR_CODE, JOB_CYCLES of a job that ran.
struct Outcome {
  std::uint32_t error = 0;
  std::uint64_t cycles = 0;
};

Outcome run_unit(const cim::JobWords& words) {
  auto& registers = bench().registers;
  registers.put32(reg::kStatus, 6);
  for (unsigned i = 0; i < words.size(); ++i) registers.put32(reg::kJobFirst + 4 * i, words[i]);
  registers.put32(reg::kCtrl, 1);
  for (int wait = 0; wait < 100000; ++wait) {
    const std::uint32_t status = registers.get32(reg::kStatus);
    if ((status & 4) != 0) return {registers.get32(reg::kErrorCode), 0};
    if ((status & 2) != 0) return {0, registers.get32(reg::kJobCycles)};
    sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_US));
  }
  ADD_FAILURE() << "the job does not end";
  return {};
}

class GoldenUnitTest : public testing::TestWithParam<std::int32_t> {};

TEST_P(GoldenUnitTest, JobsAreTheUnits) {
  Draws random(91u + static_cast<unsigned>(GetParam()));
  bench().context.fidelity = static_cast<base::Fidelity>(GetParam());
  const Chip chip("imagine", kOverrides, GetParam(), 5);
  const Bytes cells = random_bytes(random, 144 * 8);
  const Bytes table = random_table(random, 40);
  ASSERT_EQ(leyden_weights_write(chip, 0, 0, cells.data(), cells.size()), LEYDEN_OK);
  ASSERT_EQ(leyden_weights_write(chip, 0, 0x80000, table.data(), table.size()), LEYDEN_OK);
  bench().weights.write(0, cells.data(), static_cast<unsigned>(cells.size()));
  bench().weights.write(0x80000, table.data(), static_cast<unsigned>(table.size()));
  unsigned ran = 0;
  unsigned refused = 0;
  for (unsigned number = 0; number < 120; ++number) {
    const bool partial = random() % 3 == 0;
    const unsigned weight_bits = 1 + random() % 8;
    const cim::DecodedJob job = random_job(
        random, 36, 4, 64, {1 + random() % 8, weight_bits, 1 + random() % 8}, weight_bits, partial);
    cim::JobWords words = cim::encode_job(job);
    if (number % 8 == 0) words[random() % words.size()] = random();
    const Bytes memory = random_bytes(random, 1 << 16);
    bench().lmem.bytes = memory;
    ASSERT_EQ(leyden_lmem_write(chip, kLmem, memory.data(), memory.size()), LEYDEN_OK);
    bench().context.draws = {5, number};
    ASSERT_EQ(leyden_set_draws(chip, 5, number, 0), LEYDEN_OK);

    const Outcome unit = run_unit(words);
    Outcome golden;
    const leyden_status status =
        leyden_cim_run(chip, 0, words.data(), &golden.error, &golden.cycles);
    EXPECT_EQ(status, unit.error == 0 ? LEYDEN_OK : LEYDEN_REFUSED) << leyden_last_error();
    EXPECT_EQ(golden.error, unit.error);
    EXPECT_EQ(golden.cycles, unit.cycles);
    Bytes after(memory.size());
    ASSERT_EQ(leyden_lmem_read(chip, kLmem, after.data(), after.size()), LEYDEN_OK);
    ASSERT_EQ(after, bench().lmem.bytes) << "job " << number;
    (unit.error == 0 ? ran : refused) += 1;
  }
  EXPECT_GT(ran, 80u);
  EXPECT_GT(refused, 2u);
}

INSTANTIATE_TEST_SUITE_P(Fidelities, GoldenUnitTest,
                         testing::Values(LEYDEN_IDEAL, LEYDEN_QUANTISED, LEYDEN_ANALOG));

}  // namespace
}  // namespace leyden::golden_test
