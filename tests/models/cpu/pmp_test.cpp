// The PMP against a reference that goes through memory byte by byte, as the privileged architecture
// (1.12, section 3.7) words it: all modes of matching, locks, modes and kinds of access.
#include "models/cpu/pmp.h"

#include <optional>
#include <random>

#include <gtest/gtest.h>

namespace leyden::cpu {
namespace {

/// One region as its two registers say, and nothing derived.
struct Region {
  std::uint8_t cfg = 0;
  std::uint32_t addr = 0;
};

/// The registers and the rules of the specification, one byte at a time.
struct Reference {
  explicit Reference(unsigned count) : regions(count) {}
  std::vector<Region> regions;

  bool locked(std::size_t i) const { return (regions[i].cfg & 0x80) != 0; }
  bool matches(std::size_t i, std::uint64_t byte) const {
    const Region& region = regions[i];
    const std::uint64_t word = byte / 4;
    switch (region.cfg >> 3 & 3) {
      case 1:
        return word >= (i == 0 ? 0 : regions[i - 1].addr) && word < region.addr;
      case 2:
        return word == region.addr;
      case 3: {
        // yyy...y01...1: the ones and the zero above them do not count.
        unsigned ones = 0;
        while (ones < 32 && (region.addr >> ones & 1) != 0) ++ones;
        const unsigned free_bits = ones + 1;
        return word >> free_bits == std::uint64_t{region.addr} >> free_bits;
      }
      default:
        return false;
    }
  }
  std::optional<std::size_t> first_match(std::uint64_t byte) const {
    for (std::size_t i = 0; i < regions.size(); ++i) {
      if (matches(i, byte)) return i;
    }
    return std::nullopt;
  }
  /// Rights of an access: the lowest region that matches any byte, if it matches all.
  std::uint8_t rights(std::uint64_t first, std::uint64_t bytes, Privilege mode) const {
    for (std::size_t i = 0; i < regions.size(); ++i) {
      std::uint64_t inside = 0;
      for (std::uint64_t at = first; at < first + bytes; ++at) inside += matches(i, at) ? 1 : 0;
      if (inside == 0) continue;
      if (inside < bytes) return 0;
      if (mode == Privilege::kMachine && !locked(i)) return 7;
      return regions[i].cfg & 7;
    }
    return mode == Privilege::kMachine || regions.empty() ? 7 : 0;
  }
  void write_cfg(unsigned word, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) {
      const std::size_t index = 4 * word + i;
      if (index >= regions.size() || locked(index)) continue;
      std::uint8_t field = (value >> (8 * i)) & 0x9f;
      if ((field & 3) == 2) field &= 0x9d;
      regions[index].cfg = field;
    }
  }
  void write_addr(unsigned index, std::uint32_t value) {
    if (index >= regions.size() || locked(index)) return;
    if (index + 1 < regions.size() && locked(index + 1) && (regions[index + 1].cfg >> 3 & 3) == 1) {
      return;
    }
    regions[index].addr = value;
  }
};

void expect_equal(const Pmp& pmp, const Reference& reference, std::uint32_t first,
                  std::uint32_t bytes) {
  for (const Privilege mode : {Privilege::kUser, Privilege::kMachine}) {
    for (std::uint32_t at = first; at < first + bytes; ++at) {
      for (const unsigned size : {1u, 2u, 4u, 8u, 16u, 24u}) {
        ASSERT_EQ(pmp.rights(at, size, mode), reference.rights(at, size, mode))
            << std::hex << at << " size " << size << " mode " << static_cast<unsigned>(mode);
      }
    }
    for (std::uint32_t at = first; at < first + bytes; at += 2) {
      std::uint64_t end = at;
      while (end < first + bytes && (reference.rights(end, 2, mode) & 4) != 0) end += 2;
      ASSERT_EQ(pmp.executable_end(at, first + bytes, mode), end) << std::hex << at;
    }
  }
}

/// Every setting of a region alone, at every place of a small range, in both modes.
TEST(Pmp, EverySettingOfOneRegion) {
  for (unsigned cfg = 0; cfg < 0x100; ++cfg) {
    for (const std::uint32_t addr : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 0xbu, 0xfu, 0x10u, ~0u}) {
      Pmp pmp(4);
      Reference reference(4);
      pmp.write_address(0, addr);
      reference.write_addr(0, addr);
      pmp.write_configuration(0, cfg);
      reference.write_cfg(0, cfg);
      ASSERT_EQ(pmp.configuration(0), reference.regions[0].cfg);
      expect_equal(pmp, reference, 0, 96);
    }
  }
}

TEST(Pmp, RandomSettingsAndLocks) {
  std::mt19937 random(7);
  const auto draw = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(random()) % below;
  };
  for (unsigned round = 0; round < 400; ++round) {
    const unsigned count = round % 3 == 0 ? 16 : 1 + draw(16);
    Pmp pmp(count);
    Reference reference(count);
    const std::uint32_t base = draw(2) != 0 ? 0x80000000u : 0;
    for (unsigned step = 0; step < 30; ++step) {
      if (draw(2) != 0) {
        const unsigned word = draw(4);
        std::uint32_t value = static_cast<std::uint32_t>(random());
        if (draw(4) != 0) value &= 0x7f7f7f7f;  // locks are rare, or nothing can be changed
        pmp.write_configuration(word, value);
        reference.write_cfg(word, value);
      } else {
        const unsigned index = draw(16);
        const std::uint32_t value = base / 4 + draw(24);
        pmp.write_address(index, value);
        reference.write_addr(index, value);
      }
      for (unsigned i = 0; i < 16; ++i) {
        ASSERT_EQ(pmp.address(i), i < count ? reference.regions[i].addr : 0u);
        ASSERT_EQ(pmp.configuration(i / 4) >> (i % 4 * 8) & 0xff,
                  i < count ? reference.regions[i].cfg : 0u);
      }
    }
    expect_equal(pmp, reference, base, 112);
  }
}

TEST(Pmp, WithoutRegionsThereIsNoProtection) {
  const Pmp pmp(0);
  EXPECT_EQ(pmp.rights(0x1000, 4, Privilege::kUser), kAllRights);
  EXPECT_EQ(pmp.rights(0x1000, 4, Privilege::kMachine), kAllRights);
  EXPECT_EQ(Pmp(1).rights(0x1000, 4, Privilege::kUser), 0);
}

/// The registers hold bits 33 to 2 of an address: 34 bits, of which the bus has 32.
TEST(Pmp, RegionsAboveTheBus) {
  Pmp pmp(16);
  pmp.write_address(0, 0x40000000);  // byte address 0x1'0000'0000
  pmp.write_configuration(0, 0x0f);  // top of range, all rights
  EXPECT_EQ(pmp.rights(0, std::uint64_t{1} << 32, Privilege::kUser), kAllRights);
  pmp.write_configuration(0, 0x17);  // one word, which is not at 0
  EXPECT_EQ(pmp.rights(0, 4, Privilege::kUser), 0);
}

TEST(Pmp, ResetUnlocks) {
  Pmp pmp(16);
  pmp.write_configuration(0, 0x98);
  EXPECT_EQ(pmp.rights(0, 4, Privilege::kMachine), 0);
  pmp.reset();
  EXPECT_EQ(pmp.rights(0, 4, Privilege::kMachine), kAllRights);
  EXPECT_EQ(pmp.configuration(0), 0u);
}

TEST(Pmp, SaysWhatDecides) {
  Pmp pmp(16);
  pmp.write_address(2, 0x20000000 >> 2 | 0x1ff);
  pmp.write_configuration(0, 0x99 << 16);
  EXPECT_EQ(pmp.describe(0x20000004),
            "PMP region 2 (0x20000000 to 0x20000fff, r--, locked) denies it");
  EXPECT_EQ(pmp.describe(0x20001000), "no PMP region allows it");
}

}  // namespace
}  // namespace leyden::cpu
