// The runtime on the fake chip, against a reference model of the steps: what is started, with which
// words, and when.
#include "runtime/runtime.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "leyden/failure.h"
#include "tests/firmware/fake_chip.h"
#include "tests/firmware/image_builder.h"

namespace leyden::firmware {
namespace {

using What = FakeChip::What;

struct Outcome {
  bool passed = false;
  std::uint32_t code = 0;
  bool asleep = false;
};

/// Runs until the firmware ends; `chip` is the one it reaches.
Outcome run(const FakeChip&, std::uint32_t arena_bytes = 1 << 16) {
  std::vector<std::uint32_t> arena(arena_bytes / 4 + 1);
  try {
    runtime_run({arena.data(), arena_bytes});
  } catch (const Finished& end) {
    return {end.passed, end.code, false};
  } catch (const Asleep&) {
    return {false, 0, true};
  }
  return {};
}

void install(FakeChip& chip, const ImageBuilder& builder) {
  chip.image = builder.build();
  chip.image_bytes = static_cast<std::uint32_t>(chip.image.size()) + builder.header.scratch_bytes;
}

std::uint32_t bit_of(const leyden_step& step) {
  const std::uint32_t first[] = {0, 16, 24};
  return first[step.unit & 0xff] + (step.unit >> 8);
}

/// A network of random steps on 2 macros, the vector unit and 2 channels.
ImageBuilder random_network(std::mt19937& random) {
  ImageBuilder builder;
  builder.header.scratch_bytes = 0x100000;
  const auto add_steps = [&](unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const std::uint32_t unit = static_cast<std::uint32_t>(random() % 3);
      const std::uint32_t instance = unit == 1 ? 0 : static_cast<std::uint32_t>(random() % 2);
      const std::uint32_t all = LEYDEN_WAIT_CIM(0) | LEYDEN_WAIT_CIM(1) | LEYDEN_WAIT_VECTOR |
                                LEYDEN_WAIT_DMA(0) | LEYDEN_WAIT_DMA(1);
      const auto wait = static_cast<std::uint32_t>(random()) & static_cast<std::uint32_t>(random());
      const auto spaces = static_cast<std::uint32_t>(random() % 5 | random() % 5 << 8);
      builder.steps.push_back(ImageBuilder::step(unit, instance, wait & all,
                                                 static_cast<std::uint32_t>(random()),
                                                 unit == LEYDEN_UNIT_DMA ? spaces : 0));
    }
    return static_cast<std::uint32_t>(count);
  };
  builder.header.load_step_count = add_steps(random() % 6);
  builder.header.input_first_step = static_cast<std::uint32_t>(builder.steps.size());
  builder.header.input_step_count = add_steps(random() % 3);
  const unsigned layers = 1 + random() % 5;
  for (unsigned layer = 0; layer < layers; ++layer) {
    const auto first = static_cast<std::uint32_t>(builder.steps.size());
    builder.add_layer("layer" + std::to_string(layer), first, add_steps(random() % 12));
  }
  builder.header.output_first_step = static_cast<std::uint32_t>(builder.steps.size());
  builder.header.output_step_count = add_steps(1);
  return builder;
}

/// What has to happen, worked out from the image alone: a step starts as soon as the one before it
/// has started and its own unit and all units it waits for are done; a phase ends when all are.
struct Reference {
  struct Phase {
    std::uint32_t marker;
    std::uint32_t first, count;
  };
  explicit Reference(FakeChip& fake) : chip(fake) {}

  void phase(const ImageBuilder& builder, const Phase& phase, std::uint32_t input,
             std::uint32_t output) {
    expected.push_back({What::kLayerBegin, phase.marker, time, {}, 0});
    for (std::uint32_t i = phase.first; i < phase.first + phase.count; ++i) {
      const leyden_step& step = builder.steps[i];
      const std::uint32_t needed = step.wait_mask | 1u << bit_of(step);
      for (std::uint32_t bit = 0; bit < 32; ++bit) {
        if (needed >> bit & 1) time = std::max(time, end[bit]);
      }
      std::vector<std::uint32_t> words(step.words, step.words + step.word_count);
      const std::uint32_t scratch =
          chip.image_address + static_cast<std::uint32_t>(chip.image.size());
      const std::uint32_t origins[] = {0, chip.image_address, input, output, scratch};
      words[0] += origins[step.spaces & 0xff];
      words[1] += origins[step.spaces >> 8];
      expected.push_back({What::kStart, bit_of(step), time, words, 0});
      end[bit_of(step)] = time + chip.duration(started++);
    }
    for (const std::uint64_t when : end) time = std::max(time, when);
    expected.push_back({What::kLayerEnd, phase.marker, time, {}, 0});
  }

  FakeChip& chip;
  std::vector<FakeChip::Event> expected;
  std::uint64_t time = 0;
  std::uint64_t end[32] = {};
  std::size_t started = 0;
};

class RuntimeWalk : public testing::TestWithParam<unsigned> {};

TEST_P(RuntimeWalk, StartsEveryStepInOrderAsSoonAsItMayAndNoSooner) {
  std::mt19937 random(GetParam());
  const ImageBuilder builder = random_network(random);
  std::vector<std::uint64_t> durations(1000);
  for (auto& cycles : durations) cycles = 1 + random() % 50;
  FakeChip chip;
  install(chip, builder);
  chip.duration = [&](std::size_t job) { return durations[job % durations.size()]; };
  Reference reference(chip);
  reference.phase(builder, {LEYDEN_LAYER_BOOT, 0, builder.header.load_step_count}, 0, 0);
  for (unsigned image = 0; image < 3; ++image) {
    FakeChip::Input input;
    for (unsigned i = 0; i < 10; ++i)
      input.output.push_back(static_cast<std::uint8_t>(random() % 6));
    chip.inputs.push_back(input);
    const std::uint32_t in = 0x48000000 + 0x1000 * (image + 1);
    const std::uint32_t out = 0x4c000000 + 0x100 * (image + 1);
    const auto& head = builder.header;
    reference.phase(builder, {LEYDEN_LAYER_INPUT, head.input_first_step, head.input_step_count}, in,
                    out);
    for (std::uint32_t layer = 0; layer < builder.layers.size(); ++layer) {
      reference.phase(builder,
                      {layer, builder.layers[layer].first_step, builder.layers[layer].step_count},
                      in, out);
    }
    reference.phase(builder, {LEYDEN_LAYER_OUTPUT, head.output_first_step, head.output_step_count},
                    in, out);
    const auto highest = std::max_element(input.output.begin(), input.output.end());
    reference.expected.push_back({What::kDone,
                                  static_cast<std::uint32_t>(highest - input.output.begin()),
                                  reference.time,
                                  {},
                                  0});
  }
  // Half of the cases walk the table where it lies, as if SRAM were full.
  const Outcome outcome = run(chip, GetParam() % 2 ? 1 << 16 : 64);
  EXPECT_TRUE(outcome.passed) << chip.uart;
  EXPECT_EQ(chip.mistakes, std::vector<std::string>{});
  EXPECT_EQ(chip.claims_of_nothing, 0u);
  ASSERT_EQ(chip.events.size(), reference.expected.size());
  for (std::size_t i = 0; i < chip.events.size(); ++i) {
    const FakeChip::Event& got = chip.events[i];
    const FakeChip::Event& want = reference.expected[i];
    ASSERT_EQ(got.what, want.what) << "event " << i;
    ASSERT_EQ(got.value, want.value) << "event " << i;
    ASSERT_EQ(got.words, want.words) << "event " << i;
    ASSERT_EQ(got.time, want.time) << "event " << i;
    if (got.what != What::kStart) {
      ASSERT_EQ(got.running, 0u) << "event " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Random, RuntimeWalk, testing::Range(0u, 60u));

ImageBuilder one_layer() {
  ImageBuilder builder;
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_CIM, 1, 0, 1));
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_VECTOR, 0, LEYDEN_WAIT_CIM(1), 2));
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_DMA, 1, LEYDEN_WAIT_VECTOR, 3));
  builder.add_layer("conv1", 0, 3);
  return builder;
}

FakeChip::Input input_with(std::vector<std::uint8_t> output) {
  FakeChip::Input input;
  input.output = std::move(output);
  return input;
}

TEST(Runtime, GivesTheFirstHighestCodeAtAnyAlignment) {
  for (std::uint32_t offset = 0x100; offset < 0x108; ++offset) {
    FakeChip chip;
    ImageBuilder builder = one_layer();
    builder.header.output_addr = chip.output_address = LEYDEN_LMEM_BASE + offset;
    install(chip, builder);
    chip.inputs.push_back(input_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    chip.inputs.push_back(input_with({1, 9, 3, 9, 9, 0, 0, 0, 0, 9}));
    chip.inputs.push_back(input_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 255}));
    chip.inputs.push_back(input_with({254, 0, 0, 0, 0, 255, 0, 255, 0, 0}));
    EXPECT_TRUE(run(chip).passed);
    std::vector<std::uint32_t> classes;
    for (const auto& event : chip.events) {
      if (event.what == What::kDone) classes.push_back(event.value);
    }
    EXPECT_EQ(classes, (std::vector<std::uint32_t>{0, 1, 9, 5})) << offset;
  }
}

std::vector<std::uint32_t> classes_of(const FakeChip& chip) {
  std::vector<std::uint32_t> classes;
  for (const auto& event : chip.events) {
    if (event.what == What::kDone) classes.push_back(event.value);
  }
  return classes;
}

TEST(Runtime, TellsTheClassAsTheImageAsksFor) {
  const std::uint32_t expected[] = {1, 7, 0};
  for (std::uint32_t result = 0; result < 3; ++result) {
    FakeChip chip;
    ImageBuilder builder = one_layer();
    builder.header.result = result;
    install(chip, builder);
    chip.inputs.push_back(input_with({7, 9, 3, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_TRUE(run(chip).passed);
    EXPECT_EQ(classes_of(chip), std::vector<std::uint32_t>{expected[result]}) << result;
  }
}

TEST(Runtime, TheCoreWaitsForWhatItsStepNamesAndForNothingElse) {
  FakeChip chip;
  ImageBuilder builder;
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_CIM, 1, 0, 1));
  builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_VECTOR, 0, 0, 2));
  builder.steps.push_back(ImageBuilder::core_copy(0x102, 0x205, 3, LEYDEN_WAIT_VECTOR));
  builder.steps.push_back(ImageBuilder::core_copy(0x205, 0x101, 2, LEYDEN_WAIT_CIM(1)));
  builder.add_layer("softmax", 0, 4);
  install(chip, builder);
  chip.duration = [](std::size_t job) { return job == 0 ? 100 : 30; };
  chip.inputs.push_back(input_with({5, 6, 7, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(run(chip).passed) << chip.uart;
  using Writes = std::vector<std::pair<std::uint64_t, std::uint32_t>>;
  EXPECT_EQ(chip.core_writes, (Writes{{30, 0x20000205},
                                      {30, 0x20000206},
                                      {30, 0x20000207},
                                      {100, 0x20000101},
                                      {100, 0x20000102}}));
  EXPECT_EQ(classes_of(chip), std::vector<std::uint32_t>{2});  // 6 7 7 became the scores
  EXPECT_EQ(chip.mistakes, std::vector<std::string>{});
}

TEST(Runtime, FindsTheClassInTheOutputSlotWhenTheOutputIsNotInLmem) {
  FakeChip chip;
  ImageBuilder builder = one_layer();
  builder.header.output_addr = 0;
  install(chip, builder);
  chip.output_in_slot = true;
  chip.inputs.push_back(input_with({1, 9, 3, 9, 9, 0, 0, 0, 0, 9}));
  chip.inputs.push_back(input_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 255}));
  EXPECT_TRUE(run(chip).passed);
  EXPECT_EQ(chip.mistakes, std::vector<std::string>{});
  EXPECT_EQ(classes_of(chip), (std::vector<std::uint32_t>{1, 9}));
}

TEST(Runtime, PassesWhenTheMailboxIsClosedAtOnce) {
  FakeChip chip;
  install(chip, one_layer());
  EXPECT_TRUE(run(chip).passed);
  EXPECT_EQ(chip.uart, "infer: net, 1 layers, 3 steps\n");
}

TEST(Runtime, TellsWhichUnitFailedWhere) {
  const char* lines[] = {"infer: conv1: cim 1 stopped with error 3\n",
                         "infer: conv1: vector 0 stopped with error 4\n",
                         "infer: conv1: dma 1 stopped with error 5\n"};
  const std::uint32_t codes[] = {LEYDEN_FAIL_CIM, LEYDEN_FAIL_VECTOR, LEYDEN_FAIL_DMA};
  for (std::size_t job = 0; job < 3; ++job) {
    FakeChip chip;
    install(chip, one_layer());
    chip.inputs.push_back(input_with({1}));
    chip.error = [job](std::size_t number) {
      return number == job ? 3 + static_cast<std::uint32_t>(job) : 0u;
    };
    const Outcome outcome = run(chip);
    EXPECT_FALSE(outcome.passed);
    EXPECT_EQ(outcome.code, codes[job]);
    EXPECT_NE(chip.uart.find(lines[job]), std::string::npos) << chip.uart;
    EXPECT_EQ(chip.events.back().what, What::kFail);
    EXPECT_EQ(chip.events.back().value, codes[job]);
    EXPECT_EQ(chip.mistakes, std::vector<std::string>{});
  }
}

TEST(Runtime, AnErrorOfTheLoadEndsTheRunWithoutAnAnswer) {
  FakeChip chip;
  ImageBuilder builder = one_layer();
  builder.header.load_step_count = 1;
  install(chip, builder);
  chip.inputs.push_back(input_with({1}));
  chip.error = [](std::size_t) { return 7u; };
  const Outcome outcome = run(chip);
  EXPECT_EQ(outcome.code, static_cast<std::uint32_t>(LEYDEN_FAIL_CIM));
  EXPECT_EQ(chip.uart, "infer: load: cim 1 stopped with error 7\n");
  EXPECT_EQ(chip.mistakes, std::vector<std::string>{});
}

TEST(Runtime, RefusesInputsThatDoNotFit) {
  FakeChip chip;
  install(chip, one_layer());
  chip.inputs.push_back(input_with({1}));
  chip.inputs.back().bytes = 783;
  Outcome outcome = run(chip);
  EXPECT_EQ(outcome.code, static_cast<std::uint32_t>(LEYDEN_FAIL_INPUT_SIZE));
  EXPECT_EQ(chip.events.back().what, What::kFail);

  FakeChip other;
  install(other, one_layer());
  other.inputs.push_back(input_with({1}));
  other.inputs.back().output_room = 9;
  outcome = run(other);
  EXPECT_EQ(outcome.code, static_cast<std::uint32_t>(LEYDEN_FAIL_OUTPUT_ROOM));
}

TEST(Runtime, RefusesABadImageWithALineAndItsCode) {
  FakeChip chip;
  install(chip, one_layer());
  chip.image[200] ^= 1;
  EXPECT_EQ(run(chip).code, static_cast<std::uint32_t>(LEYDEN_FAIL_CRC));
  EXPECT_EQ(chip.uart,
            "infer: the network image is refused: its checksum is wrong, so it is damaged\n");
  FakeChip none;
  none.image_address = 0;
  none.image.resize(128);
  EXPECT_EQ(run(none).code, static_cast<std::uint32_t>(LEYDEN_FAIL_NO_IMAGE));
}

}  // namespace
}  // namespace leyden::firmware
