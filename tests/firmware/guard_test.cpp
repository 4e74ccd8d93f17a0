// The runtime with measures against faults, on the fake chip.
#include "runtime/guard.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "hal/ecc.h"
#include "leyden/failure.h"
#include "runtime/runtime.h"
#include "tests/firmware/fake_chip.h"
#include "tests/firmware/image_builder.h"

namespace leyden::firmware {
namespace {

using What = FakeChip::What;

/// A chip with a network of three jobs, so many inputs and measures.
struct Guarded {
  explicit Guarded(unsigned inputs) {
    ImageBuilder builder;
    for (std::uint32_t i = 0; i < 40; ++i) {  // never walked: they make the image longer
      builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_CIM, 0, 0, i));
    }
    builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_CIM, 1, 0, 1));
    builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_VECTOR, 0, LEYDEN_WAIT_CIM(1), 2));
    builder.steps.push_back(ImageBuilder::step(LEYDEN_UNIT_DMA, 1, LEYDEN_WAIT_VECTOR, 3));
    builder.add_layer("conv1", 40, 3);
    chip.image = builder.build();
    chip.image_bytes = static_cast<std::uint32_t>(chip.image.size());
    chip.guards = true;
    FakeChip::Input input;
    input.output = {0, 0, 0, 9, 0, 0, 0, 0, 0, 0};
    chip.inputs.assign(inputs, input);
  }

  /// @return 0 when the firmware passed, else its failure code
  std::uint32_t run() {
    std::vector<std::uint32_t> arena(1 << 14);
    try {
      runtime_run({arena.data(), 1 << 16});
    } catch (const Finished& end) {
      return end.passed ? 0 : end.code;
    }
    return 0;
  }
  std::size_t results() const {
    return static_cast<std::size_t>(
        std::count_if(chip.events.begin(), chip.events.end(),
                      [](const FakeChip::Event& event) { return event.what == What::kDone; }));
  }
  /// Inputs in which the whole image is checked once.
  std::size_t round() const {
    const std::size_t bytes = chip.image.size() - sizeof(leyden_image_header);
    return (bytes + LEYDEN_GUARD_IMAGE_BYTES - 1) / LEYDEN_GUARD_IMAGE_BYTES;
  }

  FakeChip chip;
};

TEST(Guard, AGoodImagePassesRoundAfterRound) {
  Guarded guarded(60);
  ASSERT_GT(guarded.round(), 5u);
  ASSERT_LT(3 * guarded.round(), 60u);
  EXPECT_EQ(guarded.run(), 0u) << guarded.chip.uart;
  EXPECT_EQ(guarded.results(), 60u);
  EXPECT_EQ(guarded.chip.mistakes, std::vector<std::string>{});
  EXPECT_NE(guarded.chip.uart.find("corrected words: SRAM 12, LMEM 34\n"), std::string::npos);
}

TEST(Guard, ADamagedImageIsFoundAtTheEndOfARound) {
  for (const std::size_t place : {sizeof(leyden_image_header), std::size_t{0}}) {
    for (const std::size_t when : {1u, 3u, 9u}) {
      Guarded guarded(60);
      const std::size_t at = place != 0 ? place : guarded.chip.image.size() - 1;
      std::size_t posted = 0;
      guarded.chip.on_post = [&] {
        if (++posted == when) guarded.chip.image[at] ^= 4;
      };
      EXPECT_EQ(guarded.run(), static_cast<std::uint32_t>(LEYDEN_FAIL_CRC));
      EXPECT_EQ(guarded.chip.events.back().what, What::kFail);
      // The first byte is read by the first input of a round, the last one by the last.
      const std::size_t round = guarded.round();
      const std::size_t read = place != 0 ? 1 : round;  // input of a round that reads it
      const std::size_t found = (when - 1 + round - read) / round * round + round;
      EXPECT_EQ(guarded.results(), found - 1) << at << " " << when;
    }
  }
}

TEST(Guard, TheWatchdogIsFedForEachUnitAndLeftLongWhileNothingIsPosted) {
  Guarded guarded(2);
  guarded.chip.duration = [](std::size_t) { return 1000; };
  EXPECT_EQ(guarded.run(), 0u);
  const auto& feeds = guarded.chip.feeds;
  ASSERT_FALSE(feeds.empty());
  // Each of the six jobs ends within the cycles of the feed before it.
  for (std::uint64_t end = 1000; end <= 6000; end += 1000) {
    const auto after = std::find_if(feeds.begin(), feeds.end(),
                                    [&](const auto& feed) { return feed.first >= end; });
    ASSERT_NE(after, feeds.begin());
    EXPECT_EQ(std::prev(after)->second, LEYDEN_GUARD_CYCLES) << end;
    EXPECT_EQ(std::prev(after)->first, end - 1000);
  }
  EXPECT_EQ(feeds.back().second, GUARD_IDLE_CYCLES);
}

TEST(Guard, WhatCannotBeCorrectedEndsTheRunBeforeAResult) {
  for (const std::uint32_t bit :
       {LEYDEN_SYSCTL_ECC_STATUS_SRAM_UNCORRECTED, LEYDEN_SYSCTL_ECC_STATUS_LMEM_UNCORRECTED}) {
    Guarded guarded(3);
    std::size_t posted = 0;
    guarded.chip.ecc_address = 0x20000044;
    guarded.chip.on_post = [&] {
      if (++posted == 2) guarded.chip.ecc_status = bit;
    };
    EXPECT_EQ(guarded.run(), static_cast<std::uint32_t>(LEYDEN_FAIL_ECC));
    EXPECT_EQ(guarded.results(), 1u);
    EXPECT_NE(guarded.chip.uart.find("0x20000044"), std::string::npos) << guarded.chip.uart;
  }
}

TEST(Guard, ACorrectedWordIsWrittenBack) {
  Guarded guarded(3);
  std::size_t posted = 0;
  guarded.chip.ecc_address = LEYDEN_SRAM_BASE + 0x40;
  guarded.chip.on_post = [&] {
    if (++posted == 2) guarded.chip.ecc_status = LEYDEN_SYSCTL_ECC_STATUS_SRAM_CORRECTED;
  };
  EXPECT_EQ(guarded.run(), 0u) << guarded.chip.uart;
  EXPECT_EQ(guarded.results(), 3u);
  const std::uint32_t address = LEYDEN_SRAM_BASE + 0x40;
  EXPECT_EQ(guarded.chip.scrubs,
            (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{address, ~address}}));
  EXPECT_EQ(guarded.chip.mistakes, std::vector<std::string>{});
}

}  // namespace
}  // namespace leyden::firmware
