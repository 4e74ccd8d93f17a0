// Operations of the golden library against the TLM vector unit: bytes of LMEM, JOB_CYCLES,
// ERROR_CODE, also of operands that lie over each other or outside LMEM.
#include "tests/models/vector/vector_bench.h"
#include "tests/platform/golden/golden_support.h"

namespace leyden::golden_test {
namespace {

namespace reg = registers::vector;

using Words = std::array<std::uint32_t, LEYDEN_VECTOR_JOB_WORDS>;

vector::VectorBench& bench() {
  static vector::VectorBench instance;
  return instance;
}

/// An operation that most often is one: small tensors in four places, some over each other.
Words random_operation(Draws& random) {
  const auto from = [&](unsigned low, unsigned high) { return random.from(low, high); };
  const auto place = [&](unsigned slot) {
    return kLmem + 0x4000 * slot + (random() % 8 == 0 ? 0xfff0 - 0x4000 * slot : from(0, 17));
  };
  const unsigned kernel_width = from(1, 3);
  const unsigned kernel_height = from(1, 3);
  const unsigned low = from(0, 255);
  const std::uint32_t source = place(0);
  Words words = {from(0, 6),
                 source,
                 random() % 2 == 0 ? place(1) : from(200, 400),
                 random() % 5 == 0 ? source : place(3),
                 from(3, 9) | from(3, 9) << 16,
                 from(1, 4) | from(1, 4) << 16,
                 from(1, 6) | from(0, 4) << 16,
                 kernel_width | kernel_height << 8 | from(1, 2) << 16 | from(1, 2) << 24,
                 from(0, kernel_width - 1) | from(0, kernel_height - 1) << 8,
                 place(2),
                 random(),
                 random() >> from(0, 31),
                 random() >> from(0, 31),
                 from(0, 31) | low << 8 | from(low, 255) << 16,
                 from(1, 4) | from(1, 8) << 8 | from(1, 8) << 12 | from(1, 8) << 16};
  if (random() % 8 == 0) words[random() % words.size()] = random();
  return words;
}

class GoldenVectorUnitTest : public testing::TestWithParam<std::int32_t> {};

TEST_P(GoldenVectorUnitTest, OperationsAreTheUnits) {
  auto& b = bench();
  Draws random(95u + static_cast<unsigned>(GetParam()));
  b.test.context.fidelity = static_cast<base::Fidelity>(GetParam());
  const Chip chip("imagine",
                  "cim.converter.range_shift=2 lmem.bank_bytes=32768 vector.lanes=16 "
                  "vector.port_bytes=16 vector.start_up_cycles=4",
                  GetParam());
  ASSERT_EQ(chip.parameter("cim.rows_per_unit"), vector::VectorBench::kRowsPerUnit);
  unsigned ran = 0;
  for (unsigned number = 0; number < 400; ++number) {
    const Words words = random_operation(random);
    const Bytes memory = random_bytes(random, 1 << 16);
    b.lmem.bytes = memory;
    ASSERT_EQ(leyden_lmem_write(chip, kLmem, memory.data(), memory.size()), LEYDEN_OK);
    b.initiator.put32(reg::kStatus, 6);
    for (unsigned i = 0; i < words.size(); ++i) {
      b.initiator.put32(reg::kJobFirst + 4 * i, words[i]);
    }
    // What fields do not keep of a word never reaches the unit.
    Words kept = words;
    for (unsigned i = 0; i < words.size(); ++i) {
      kept[i] = b.initiator.get32(reg::kJobFirst + 4 * i);
    }
    b.initiator.put32(reg::kCtrl, 1);
    std::uint32_t status = 0;
    while ((status = b.initiator.get32(reg::kStatus), (status & 6) == 0)) {
      sc_core::sc_start(sc_core::sc_time(100, sc_core::SC_US));
    }
    const std::uint32_t expected = (status & 4) != 0 ? b.initiator.get32(reg::kErrorCode) : 0;
    std::uint32_t error = 0;
    std::uint64_t cycles = 0;
    EXPECT_EQ(leyden_vector_run(chip, kept.data(), &error, &cycles),
              expected == 0 ? LEYDEN_OK : LEYDEN_REFUSED);
    EXPECT_EQ(error, expected) << "operation " << number << ": " << leyden_last_error();
    std::uint32_t checked = 99;
    Bytes after(memory.size());
    ASSERT_EQ(leyden_lmem_read(chip, kLmem, after.data(), after.size()), LEYDEN_OK);
    ASSERT_EQ(after, b.lmem.bytes) << "operation " << number;
    if (expected == 0) {
      EXPECT_EQ(cycles, b.initiator.get32(reg::kJobCycles));
      ++ran;
    } else {
      EXPECT_EQ(leyden_vector_check(chip, kept.data(), &checked), LEYDEN_OK);
      EXPECT_EQ(checked, expected);
    }
  }
  EXPECT_GT(ran, 150u);
  EXPECT_LT(ran, 380u);
}

INSTANTIATE_TEST_SUITE_P(Fidelities, GoldenVectorUnitTest,
                         testing::Values(LEYDEN_IDEAL, LEYDEN_QUANTISED));

}  // namespace
}  // namespace leyden::golden_test
