// What the runtime accepts as a network image. The checksum's oracle is zlib.
#include "runtime/image.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/crc32.h"
#include "tests/firmware/image_builder.h"

namespace leyden::firmware {
namespace {

using Image = std::vector<std::uint8_t>;

image_chip chip_for(const Image& image) {
  return {0x40001000, static_cast<std::uint32_t>(image.size()), 1152, 256, 2, 65536};
}

enum leyden_failure check(Image image, image_chip chip) {
  return image_check(&chip, reinterpret_cast<const leyden_image_header*>(image.data()));
}
enum leyden_failure check(const Image& image) { return check(image, chip_for(image)); }

ImageBuilder good() {
  ImageBuilder builder;
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_DMA, 0, 0, 1, LEYDEN_SPACE_IMAGE));
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_DMA, 1, 0, 2, LEYDEN_SPACE_INPUT));
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_CIM, 1, LEYDEN_WAIT_DMA(1), 3));
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_VECTOR, 0, LEYDEN_WAIT_CIM(1), 4));
  builder.steps.push_back(
      ImageBuilder::step(LEYDEN_UNIT_DMA, 0, LEYDEN_WAIT_VECTOR, 5, LEYDEN_SPACE_OUTPUT << 8));
  builder.header.load_step_count = 1;
  builder.header.input_first_step = 1;
  builder.header.input_step_count = 1;
  builder.header.output_first_step = 4;
  builder.header.output_step_count = 1;
  builder.add_layer("conv1", 2, 1);
  builder.add_layer("pool1", 3, 1);
  return builder;
}

TEST(Crc32, EqualsZlib) {
  std::mt19937 random(1);
  for (unsigned words : {0u, 1u, 2u, 3u, 17u, 1000u}) {
    std::vector<std::uint32_t> data(words);
    for (auto& word : data) word = static_cast<std::uint32_t>(random());
    EXPECT_EQ(crc32_words(data.data(), words),
              crc32(0, reinterpret_cast<const unsigned char*>(data.data()), 4 * words));
  }
  const std::uint32_t check[] = {0x34333231, 0x38373635};  // "12345678", a published value
  EXPECT_EQ(crc32_words(check, 2), 0x9ae0daafu);
}

TEST(ImageCheck, AcceptsAGoodImage) {
  EXPECT_EQ(check(good().build()), LEYDEN_FAIL_NONE);
  ImageBuilder empty;  // no layer, no step: nothing to do is not a fault
  EXPECT_EQ(check(empty.build()), LEYDEN_FAIL_NONE);
}

TEST(ImageCheck, TakesScratchAndAnOutputInItsSlot) {
  ImageBuilder builder = good();
  builder.header.scratch_bytes = 4096;
  builder.header.output_addr = 0;
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_DMA, 0, 0, 6, LEYDEN_SPACE_SCRATCH));
  const Image image = builder.build();
  image_chip chip = chip_for(image);
  chip.image_bytes += 4096;
  EXPECT_EQ(check(image, chip), LEYDEN_FAIL_NONE);
  chip.image_bytes -= 1;
  EXPECT_EQ(check(image, chip), LEYDEN_FAIL_SIZE);
}

TEST(ImageCheck, RefusesEachDamagedHeaderField) {
  struct Case {
    const char* what;
    void (*damage)(leyden_image_header&);
    enum leyden_failure expected;
  };
  const Case cases[] = {
      {"magic", [](auto& h) { h.magic ^= 1; }, LEYDEN_FAIL_MAGIC},
      {"magic, bytes swapped", [](auto& h) { h.magic = 0x4c59444e; }, LEYDEN_FAIL_MAGIC},
      {"version", [](auto& h) { h.version = 3; }, LEYDEN_FAIL_VERSION},
      {"longer than given", [](auto& h) { h.total_bytes += 16; }, LEYDEN_FAIL_SIZE},
      {"not a multiple of 16", [](auto& h) { h.total_bytes -= 4; }, LEYDEN_FAIL_SIZE},
      {"smaller than its header", [](auto& h) { h.total_bytes = 112; }, LEYDEN_FAIL_SIZE},
      {"size 0", [](auto& h) { h.total_bytes = 0; }, LEYDEN_FAIL_SIZE},
      {"scratch behind what was given", [](auto& h) { h.scratch_bytes = 16; }, LEYDEN_FAIL_SIZE},
      {"scratch, wrapping", [](auto& h) { h.scratch_bytes = 0xfffffff0; }, LEYDEN_FAIL_SIZE},
      {"scratch no multiple of 16", [](auto& h) { h.scratch_bytes = 4; }, LEYDEN_FAIL_SIZE},
      {"checksum", [](auto& h) { h.crc32 ^= 0x80000000; }, LEYDEN_FAIL_CRC},
      {"cut short", [](auto& h) { h.total_bytes -= 16; }, LEYDEN_FAIL_CRC},
      {"rows", [](auto& h) { h.chip_rows = 576; }, LEYDEN_FAIL_GEOMETRY},
      {"columns", [](auto& h) { h.chip_columns = 128; }, LEYDEN_FAIL_GEOMETRY},
      {"macros", [](auto& h) { h.chip_macros = 3; }, LEYDEN_FAIL_MACROS},
      {"LMEM", [](auto& h) { h.lmem_bytes = 32768; }, LEYDEN_FAIL_LMEM},
      {"load steps", [](auto& h) { h.load_step_count = 6; }, LEYDEN_FAIL_LAYOUT},
      {"load first", [](auto& h) { h.load_first_step = 5; }, LEYDEN_FAIL_LAYOUT},
      {"input steps", [](auto& h) { h.input_step_count = 0xffffffff; }, LEYDEN_FAIL_LAYOUT},
      {"output first", [](auto& h) { h.output_first_step = 0xffffffff; }, LEYDEN_FAIL_LAYOUT},
      {"layers", [](auto& h) { h.layer_count = 0x10000000; }, LEYDEN_FAIL_LAYOUT},
      {"layer offset", [](auto& h) { h.layer_offset = 64; }, LEYDEN_FAIL_LAYOUT},
      {"table not on a word",
       [](auto& h) {
         h.layer_count = 0;
         h.layer_offset += 2;
       },
       LEYDEN_FAIL_LAYOUT},
      {"layer offset outside", [](auto& h) { h.layer_offset = h.total_bytes + 4; },
       LEYDEN_FAIL_LAYOUT},
      {"steps", [](auto& h) { h.step_count = 7; }, LEYDEN_FAIL_LAYOUT},
      {"steps, wrapping", [](auto& h) { h.step_count = 0x03333334; }, LEYDEN_FAIL_LAYOUT},
      {"step offset", [](auto& h) { h.step_offset = 0xfffffffc; }, LEYDEN_FAIL_LAYOUT},
      {"name", [](auto& h) { h.name_offset = h.total_bytes; }, LEYDEN_FAIL_LAYOUT},
      {"name in the header", [](auto& h) { h.name_offset = 0; }, LEYDEN_FAIL_LAYOUT},
      {"reserved", [](auto& h) { h.reserved[7] = 1; }, LEYDEN_FAIL_LAYOUT},
      {"result", [](auto& h) { h.result = 3; }, LEYDEN_FAIL_LAYOUT},
      {"no output", [](auto& h) { h.output_bytes = 0; }, LEYDEN_FAIL_LAYOUT},
      {"output behind LMEM", [](auto& h) { h.output_addr = 0x2000fff8; }, LEYDEN_FAIL_LMEM},
      {"output before LMEM", [](auto& h) { h.output_addr = 0x1ffffff0; }, LEYDEN_FAIL_LMEM},
      {"output too long", [](auto& h) { h.output_bytes = 0xfffffff0; }, LEYDEN_FAIL_LMEM},
  };
  const Image image = good().build();
  for (const Case& test : cases) {
    Image damaged = image;
    test.damage(ImageBuilder::head(damaged));
    EXPECT_EQ(check(damaged, chip_for(image)), test.expected) << test.what;
  }
}

TEST(ImageCheck, RefusesEachDamagedStep) {
  struct Case {
    const char* what;
    void (*damage)(leyden_step&);
  };
  const Case cases[] = {
      {"unit", [](leyden_step& s) { s.unit = 4; }},
      {"macro 2 of 2", [](leyden_step& s) { s.unit = LEYDEN_UNIT_CIM | 2 << 8; }},
      {"huge instance", [](leyden_step& s) { s.unit |= 0x80000000; }},
      {"wait for macro 2", [](leyden_step& s) { s.wait_mask = LEYDEN_WAIT_CIM(2); }},
      {"wait for channel 2", [](leyden_step& s) { s.wait_mask = LEYDEN_WAIT_DMA(2); }},
      {"wait for nothing known", [](leyden_step& s) { s.wait_mask = 1u << 17; }},
      {"13 words", [](leyden_step& s) { s.word_count = 13; }},
      {"1 word", [](leyden_step& s) { s.word_count = 1; }},
      {"17 words", [](leyden_step& s) { s.word_count = 17; }},
      {"a space, but no DMA", [](leyden_step& s) { s.spaces = LEYDEN_SPACE_INPUT; }},
      {"space 5", [](leyden_step& s) { s = ImageBuilder::step(LEYDEN_UNIT_DMA, 0, 0, 1, 5); }},
      {"space 5 of DST",
       [](leyden_step& s) { s = ImageBuilder::step(LEYDEN_UNIT_DMA, 0, 0, 1, 5 << 8); }},
      {"a third space",
       [](leyden_step& s) { s = ImageBuilder::step(LEYDEN_UNIT_DMA, 0, 0, 1, 1 << 16); }},
      {"vector unit 1", [](leyden_step& s) { s = ImageBuilder::step(1, 1, 0, 1); }},
      {"channel 2", [](leyden_step& s) { s = ImageBuilder::step(2, 2, 0, 1); }},
      {"core 1",
       [](leyden_step& s) {
         s = ImageBuilder::core_copy(0, 16, 16, 0);
         s.unit |= 1 << 8;
       }},
      {"core, wait for macro 2",
       [](leyden_step& s) { s = ImageBuilder::core_copy(0, 16, 16, LEYDEN_WAIT_CIM(2)); }},
      {"core, 12 words",
       [](leyden_step& s) {
         s = ImageBuilder::core_copy(0, 16, 16, 0);
         s.word_count = 12;
       }},
      {"core, beyond LMEM",
       [](leyden_step& s) { s = ImageBuilder::core_copy(0, 65536 - 15, 16, 0); }},
      {"core, over itself", [](leyden_step& s) { s = ImageBuilder::core_copy(0, 15, 16, 0); }},
  };
  for (const Case& test : cases) {
    ImageBuilder builder = good();
    test.damage(builder.steps[2]);
    EXPECT_EQ(check(builder.build()), LEYDEN_FAIL_STEP) << test.what;
  }
}

TEST(ImageCheck, AcceptsWorkOfTheCoreInsideLmem) {
  ImageBuilder builder = good();
  builder.steps[2] = ImageBuilder::core_copy(0, 65536 - 16, 16, LEYDEN_WAIT_VECTOR);
  EXPECT_EQ(check(builder.build()), LEYDEN_FAIL_NONE);
}

TEST(ImageCheck, RefusesDamagedLayersAndNames) {
  ImageBuilder builder = good();
  builder.layers[1].step_count = 3;
  EXPECT_EQ(check(builder.build()), LEYDEN_FAIL_LAYOUT);
  builder = good();
  builder.layers[0].name_offset = 0x7fffffff;
  EXPECT_EQ(check(builder.build()), LEYDEN_FAIL_LAYOUT);
  builder = good();
  while (builder.names.size() % 16 != 0) builder.names.push_back('x');  // no NUL up to the end
  EXPECT_EQ(check(builder.build()), LEYDEN_FAIL_NONE);                  // (the last name only)
  builder.add_layer("last", 0, 0);
  while ((builder.names.size()) % 16 != 0) builder.names.push_back('x');
  builder.layers.back().name_offset = static_cast<std::uint32_t>(builder.names.size()) - 1;
  EXPECT_EQ(check(builder.build()), LEYDEN_FAIL_LAYOUT);
}

TEST(ImageCheck, RefusesEveryDamagedByteBehindTheHeader) {
  const Image image = good().build();
  for (std::size_t i = sizeof(leyden_image_header); i < image.size(); ++i) {
    Image damaged = image;
    damaged[i] ^= 0x10;
    EXPECT_EQ(check(damaged), LEYDEN_FAIL_CRC) << "byte " << i;
  }
}

TEST(ImageCheck, RefusesABadPlace) {
  const Image image = good().build();
  image_chip chip = chip_for(image);
  chip.image_address = 0;
  EXPECT_EQ(check(image, chip), LEYDEN_FAIL_NO_IMAGE);
  chip.image_address = 0x40001008;
  EXPECT_EQ(check(image, chip), LEYDEN_FAIL_ALIGNMENT);
  chip = chip_for(image);
  chip.image_bytes = 64;
  EXPECT_EQ(check(image, chip), LEYDEN_FAIL_SIZE);
}

/// Whether everything the runtime will touch lies inside; written apart, in 64-bit arithmetic.
bool safe(const Image& image) {
  const auto& h = *reinterpret_cast<const leyden_image_header*>(image.data());
  const auto inside = [&](std::uint64_t offset, std::uint64_t bytes) {
    return offset >= sizeof h && offset + bytes <= h.total_bytes;
  };
  const auto steps = [&](std::uint64_t first, std::uint64_t count) {
    return first + count <= h.step_count;
  };
  if (std::uint64_t{h.total_bytes} + h.scratch_bytes > image.size()) return false;
  if (!inside(h.layer_offset, std::uint64_t{h.layer_count} * 32)) return false;
  if (!inside(h.step_offset, std::uint64_t{h.step_count} * 80)) return false;
  if (!steps(h.load_first_step, h.load_step_count)) return false;
  if (!steps(h.input_first_step, h.input_step_count)) return false;
  if (!steps(h.output_first_step, h.output_step_count)) return false;
  return h.output_addr == 0 ||
         std::uint64_t{h.output_addr} + h.output_bytes <= 0x20000000ull + h.lmem_bytes;
}

TEST(ImageCheck, SurvivesRandomHeadersAndTables) {
  std::mt19937 random(7);
  const Image image = good().build();
  int accepted = 0;
  const std::uint32_t interesting[] = {0, 1, 4, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 16};
  for (int trial = 0; trial < 50000; ++trial) {
    Image fuzzed = image;  // its own heap block: an address sanitizer sees each byte beyond it
    const bool tables = trial % 2 == 0;
    const std::size_t words = (tables ? fuzzed.size() : sizeof(leyden_image_header)) / 4;
    for (unsigned changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t word = (tables ? 0 : 2) + random() % (words - (tables ? 0 : 2));
      std::uint32_t value = static_cast<std::uint32_t>(random());
      if (random() % 2) value = interesting[random() % 8];
      if (random() % 3 == 0) value &= 0xff;
      std::memcpy(fuzzed.data() + 4 * word, &value, 4);
    }
    auto& head = ImageBuilder::head(fuzzed);
    head.magic = LEYDEN_IMAGE_MAGIC;
    head.version = LEYDEN_IMAGE_VERSION;
    if (head.total_bytes >= sizeof head && head.total_bytes <= fuzzed.size()) {
      head.crc32 = static_cast<std::uint32_t>(crc32(
          0, fuzzed.data() + sizeof head, static_cast<unsigned>(head.total_bytes - sizeof head)));
    }
    if (check(fuzzed, chip_for(image)) == LEYDEN_FAIL_NONE) {
      ++accepted;
      ASSERT_TRUE(safe(fuzzed)) << "trial " << trial;
    }
  }
  EXPECT_GT(accepted, 100);  // else the checks behind were never reached
}

TEST(ImageCheck, HasASentenceForEveryRefusal) {
  for (int code = LEYDEN_FAIL_NO_IMAGE; code <= LEYDEN_FAIL_STEP; ++code) {
    EXPECT_STRNE(image_refusal(static_cast<leyden_failure>(code)), "of an unknown reason") << code;
  }
}

}  // namespace
}  // namespace leyden::firmware
