// Random words come to a result or an error code on every preset; chips in several threads give
// what one thread gives; analog codes come from the die.
#include <set>
#include <thread>

#include "tests/platform/golden/golden_support.h"

namespace leyden::golden_test {
namespace {

const char* const kPresets[] = {"imagine", "adapt256", "capram", "rram128"};

/// Writes the whole of a macro: cells, entries.
void fill(const Chip& chip, Draws& random) {
  const auto number = [&](const char* key) {
    return static_cast<std::size_t>(chip.parameter(key));
  };
  const Bytes cells = random_bytes(
      random, number("cim.rows") * number("cim.columns") * number("cim.cell.bits") / 8);
  const Bytes table = random_table(random, number("cim.abn_entries"));
  ASSERT_EQ(leyden_weights_write(chip, 0, 0, cells.data(), cells.size()), LEYDEN_OK);
  ASSERT_EQ(leyden_weights_write(chip, 0, 0x80000, table.data(), table.size()), LEYDEN_OK);
}

TEST(GoldenFuzzTest, RandomWords) {
  Draws random(97);
  for (const char* preset : kPresets) {
    for (const std::int32_t fidelity : {LEYDEN_IDEAL, LEYDEN_QUANTISED, LEYDEN_ANALOG}) {
      const Chip chip(preset, "", fidelity, 3);
      fill(chip, random);
      std::set<leyden_status> seen;
      for (int i = 0; i < 4000; ++i) {
        std::array<std::uint32_t, 16> words;
        // Few bits set, so that some jobs are not refused at once.
        for (std::uint32_t& word : words) {
          word = random();
          if (i % 2 == 0) word &= 0x03030303u & random();
        }
        words[0] = i % 3 != 0 ? kLmem + words[0] % 0x20000 : words[0];
        words[6] = i % 3 != 0 ? kLmem + words[6] % 0x20000 : words[6];
        std::uint32_t error = 0;
        std::uint64_t value = 0;
        double dots[1] = {1e300};
        std::int32_t code = 0;
        std::uint8_t byte = 0;
        seen.insert(leyden_cim_run(chip, 0, words.data(), &error, &value));
        leyden_cim_timing(chip, 0, words.data(), i % 9, &value);
        leyden_feeder_element(chip, 0, words.data(), words[12] % 50, words[13] % 50, &byte);
        leyden_feeder_beats(chip, 0, words.data(), words[12], &value);
        leyden_cim_code(chip, 0, words.data(), words[14] % 3, dots[0], &code);
        words[0] = i % 2 == 0 ? words[0] % 8 : words[0];
        words[1] = words[3] = kLmem + words[1] % 0x20000;
        // A window of 255 x 255 over all of LMEM is right and takes minutes.
        words[5] &= 0x003f003f;
        words[7] &= 0xffff0707;
        words[6] &= 0x000f003f;
        const leyden_status status = leyden_vector_run(chip, words.data(), &error, &value);
        EXPECT_TRUE(status == LEYDEN_OK || status == LEYDEN_REFUSED) << leyden_last_error();
        leyden_golden_step step{};
        std::copy(words.begin(), words.end(), step.words);
        step.unit = random();
        step.word_count = i % 20u;
        leyden_layer_run(chip, &step, 1, nullptr, nullptr);
      }
      EXPECT_EQ(seen.count(LEYDEN_INTERNAL), 0u);
      EXPECT_EQ(seen.count(LEYDEN_REFUSED), 1u);
    }
  }
}

TEST(GoldenFuzzTest, JobsOfEveryPreset) {
  Draws random(98);
  for (const char* preset : kPresets) {
    for (const std::int32_t fidelity : {LEYDEN_IDEAL, LEYDEN_QUANTISED, LEYDEN_ANALOG}) {
      const Chip chip(preset, "", fidelity, 3);
      fill(chip, random);
      const auto number = [&](const char* key) {
        return static_cast<unsigned>(chip.parameter(key));
      };
      const unsigned unit_rows = number("cim.rows_per_unit");
      unsigned ran = 0;
      for (int i = 0; i < 60; ++i) {
        // Eight columns an output are enough for every representation.
        const cim::DecodedJob job = random_job(
            random, unit_rows,
            std::min(4u, number("cim.rows") / number("cim.cell.pages") / unit_rows),
            number("cim.columns"), {1 + random() % 8, 1 + random() % 8, 1 + random() % 8}, 16,
            random() % 3 == 0);
        const cim::JobWords words = cim::encode_job(job);
        std::uint32_t error = 0;
        const leyden_status status = leyden_cim_run(chip, 0, words.data(), &error, nullptr);
        ASSERT_TRUE(status == LEYDEN_OK || (status == LEYDEN_REFUSED && error == 4))
            << preset << ' ' << leyden_last_error();
        ran += status == LEYDEN_OK;
      }
      EXPECT_GT(ran, 0u) << preset;
    }
  }
}

/// Outputs of some jobs on a chip of its own.
Bytes outputs_of(std::uint32_t seed, std::int32_t fidelity) {
  Draws random(seed);
  const Chip chip("imagine", "", fidelity, seed);
  fill(chip, random);
  Bytes all;
  for (int i = 0; i < 25; ++i) {
    const Bytes memory = random_bytes(random, 4096);
    EXPECT_EQ(leyden_lmem_write(chip, kLmem, memory.data(), memory.size()), LEYDEN_OK);
    const cim::JobWords words =
        cim::encode_job(random_job(random, 36, 8, 256, {8, 4, 8}, 4, false));
    EXPECT_EQ(leyden_cim_run(chip, 0, words.data(), nullptr, nullptr), LEYDEN_OK)
        << leyden_last_error();
    Bytes output(4096);
    EXPECT_EQ(leyden_lmem_read(chip, kOutput, output.data(), output.size()), LEYDEN_OK);
    all.insert(all.end(), output.begin(), output.end());
    // The sentence of a failure is the thread's own.
    EXPECT_EQ(leyden_lmem_read(chip, seed, output.data(), 1), LEYDEN_OUTSIDE);
    char address[16];
    std::snprintf(address, sizeof address, "0x%08x", seed);
    EXPECT_NE(std::string(leyden_last_error()).find(address), std::string::npos);
  }
  return all;
}

TEST(GoldenThreadsTest, ChipsSideBySide) {
  for (const std::int32_t fidelity : {LEYDEN_QUANTISED, LEYDEN_ANALOG}) {
    std::vector<Bytes> alone;
    for (std::uint32_t seed = 1; seed <= 4; ++seed) alone.push_back(outputs_of(seed, fidelity));
    std::vector<Bytes> together(4);
    std::vector<std::thread> threads;
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
      threads.emplace_back([&, seed] { together[seed - 1] = outputs_of(seed, fidelity); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(together, alone);
    EXPECT_NE(alone[0], alone[1]);
  }
}

TEST(GoldenThreadsTest, OneChipInTwoThreadsAndClosed) {
  leyden_chip* chip = nullptr;
  ASSERT_EQ(leyden_open("configs/chips/imagine.yaml", "", LEYDEN_QUANTISED, 0, &chip), LEYDEN_OK);
  std::vector<std::thread> threads;
  for (std::uint32_t number = 0; number < 4; ++number) {
    threads.emplace_back([chip, number] {
      for (std::uint32_t i = 0; i < 2000; ++i) {
        const std::uint32_t address = kLmem + number;
        std::uint8_t value = 0;
        const leyden_status put =
            leyden_lmem_put(chip, address, static_cast<std::uint8_t>(i + number));
        const leyden_status got = leyden_lmem_get(chip, address, &value);
        if (put != LEYDEN_OK || got != LEYDEN_OK) {  // closed meanwhile
          EXPECT_EQ(got, LEYDEN_BAD_HANDLE);
          return;
        }
        EXPECT_EQ(value, static_cast<std::uint8_t>(i + number));
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(leyden_close(chip), LEYDEN_OK);
  for (std::thread& thread : threads) thread.join();
}

TEST(GoldenAnalogTest, ConvertersOfADie) {
  // An INL that is large enough to show, of every die another.
  const std::string inl = "cim.converter.inl_lsb=3";
  const auto codes_of = [&](std::uint32_t die, std::uint32_t column) {
    const Chip chip("imagine", inl, LEYDEN_ANALOG, die);
    std::vector<std::uint32_t> codes;
    for (int step = -8; step < 8 * 264; ++step) {
      std::uint32_t code = 0;
      EXPECT_EQ(leyden_converter_code(chip, 0, column, 8, step / 8.0, &code), LEYDEN_OK);
      const int ideal = std::min(std::max(step >> 3, 0), 255);
      // |INL| is within its bound, and none at the ends of the range.
      EXPECT_LE(std::abs(static_cast<int>(code) - ideal), 4);
      codes.push_back(code);
    }
    EXPECT_EQ(codes.front(), 0u);
    EXPECT_EQ(codes.back(), 255u);
    return codes;
  };
  const auto first = codes_of(1, 0);
  EXPECT_EQ(codes_of(1, 0), first);
  EXPECT_NE(codes_of(2, 0), first);
}

}  // namespace
}  // namespace leyden::golden_test
