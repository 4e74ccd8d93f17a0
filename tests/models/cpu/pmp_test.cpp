// The PMP against a reference that goes through memory byte by byte, as the privileged architecture
// (1.12, section 3.7) words it: all modes of matching, locks, modes and kinds of access.
#include "models/cpu/pmp.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "models/cpu/hart.h"
#include "models/cpu/trap.h"
#include "tests/models/cpu/array_memory.h"
#include "tests/models/cpu/pmp_rules.h"

namespace leyden::cpu {
namespace {

using test::PmpRules;

void expect_equal(const Pmp& pmp, const PmpRules& reference, std::uint32_t first,
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
      PmpRules reference(4);
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
    PmpRules reference(count);
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

/// A hart that executes one access after the other while modes and regions change under it, so that
/// nothing it keeps (known pages, decoded blocks) may outlive the rights it was made for.
class RandomRights {
 public:
  RandomRights(std::uint32_t seed, bool is_direct) : random_(seed), hart_(Timing(), memory_) {
    memory_.is_direct = is_direct;
    for (const std::uint32_t place : {kCode, kCode + 0x800}) {
      const std::uint32_t code[] = {0x00052603 /* lw a2, 0(a0) */, 0x00b52023 /* sw a1, 0(a0) */,
                                    0x00b5262f /* amoadd.w a2, a1, (a0) */,
                                    0x1005262f /* lr.w a2, (a0) */, 0x00054603 /* lbu a2, 0(a0) */};
      // Each between two ebreaks: at 4-aligned places, and at others.
      for (std::uint32_t i = 0; i < kKinds; ++i) {
        put(place + 8 * i, code[i]);
        put(place + 8 * i + 4, kEbreak);
        put(place + 0x100 + 8 * i + 2, code[i]);
        put(place + 0x100 + 8 * i + 6, 0x9002);  // c.ebreak
      }
    }
  }

  void step() {
    change();
    const std::uint32_t kind = draw(kKinds);
    const bool is_aligned = draw(3) != 0;
    const std::uint32_t pc =
        kCode + (draw(2) != 0 ? 0x800 : 0) + (is_aligned ? 8 * kind : 0x100 + 8 * kind + 2);
    const std::uint32_t address = kData + 4 * draw(64) + (draw(4) == 0 ? kPage : 0);
    hart_.go_on_at(pc);
    hart_.set_reg(10, address);
    hart_.set_csr(kMtvec, 0);  // the next trap stops it
    RunResult result = RunResult::kResynchronise;
    while (result != RunResult::kStopped) result = hart_.run(hart_.cycles() + 100);

    const Privilege mode = hart_.privilege();
    const Privilege data_mode = (*hart_.csr(kMstatus) >> 17 & 1) == 0   ? mode
                                : (*hart_.csr(kMstatus) >> 11 & 3) == 0 ? Privilege::kUser
                                                                        : Privilege::kMachine;
    std::uint32_t cause = kCauseBreakpoint;
    std::uint32_t value = pc + 4;
    const auto may_fetch = [&](std::uint32_t at) {
      return (reference_.rights(at, 2, mode) & 4) != 0;
    };
    if (!may_fetch(pc)) {
      cause = kCauseFetchAccess;
      value = pc;
    } else if (!may_fetch(pc + 2)) {
      cause = kCauseFetchAccess;
      value = pc + 2;
    } else {
      static constexpr std::uint8_t kNeeds[kKinds] = {1, 2, 3, 1, 1};
      const std::uint8_t rights = reference_.rights(address, kind == 4 ? 1 : 4, data_mode);
      if ((rights & kNeeds[kind]) != kNeeds[kind]) {
        cause = (kNeeds[kind] & 2) != 0 ? kCauseStoreAccess : kCauseLoadAccess;
        value = address;
      } else if (!may_fetch(pc + 4)) {
        cause = kCauseFetchAccess;
      }
    }
    const StopReport& report = hart_.stop_report();
    ASSERT_EQ(report.cause, cause) << std::hex << pc << " " << address << " kind " << kind;
    ASSERT_EQ(report.tval, value) << std::hex << pc << " " << address << " kind " << kind;
    ++causes[cause];
  }

  std::map<std::uint32_t, unsigned> causes;

 private:
  static constexpr std::uint32_t kCode = 0x80000000u;
  static constexpr std::uint32_t kPage = 0x1000;
  static constexpr std::uint32_t kData = kCode + kPage;
  static constexpr std::uint32_t kEbreak = 0x00100073;
  static constexpr std::uint32_t kKinds = 5;

  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_()) % below; }
  void put(std::uint32_t address, std::uint32_t word) { memory_.load(address, &word, 4); }

  void write(std::uint32_t number, std::uint32_t value) {
    ASSERT_TRUE(hart_.set_csr(number, value));
    if (number >= kPmpaddr0) {
      reference_.write_addr(number - kPmpaddr0, value);
    } else {
      reference_.write_cfg(number - kPmpcfg0, value);
    }
  }

  /// Now and then another mode, another region; seldom a reset, for what is locked.
  void change() {
    if (draw(300) == 0) {
      hart_.reset(kCode);
      reference_ = test::PmpRules(16);
    }
    if (draw(4) == 0) hart_.set_privilege(draw(2) != 0 ? Privilege::kUser : Privilege::kMachine);
    if (draw(4) == 0) hart_.set_csr(kMstatus, draw(4) << 17 | draw(2) * 3 << 11);
    if (draw(3) != 0) return;
    const std::uint32_t index = draw(5);
    // Regions about the size of what is accessed, or of everything.
    const std::uint32_t place = (draw(2) != 0 ? kCode : kData) / 4 + draw(96);
    static constexpr std::uint32_t kOnes[] = {0, 1, 7, 31, 0x1ff, 0x3ff, 0x7ff};
    write(kPmpaddr0 + index, draw(2) != 0 ? place : place | kOnes[draw(7)]);
    std::uint32_t fields = static_cast<std::uint32_t>(random_()) & 0x1f1f1f1f;
    if (draw(2) != 0) fields |= 0x05050505;
    if (draw(20) == 0) fields |= 0x80u << (8 * draw(4));
    write(kPmpcfg0 + index / 4, fields);
  }

  std::mt19937 random_;
  test::ArrayMemory memory_{kCode, 0x10000};
  Hart hart_;
  test::PmpRules reference_{16};
};

TEST(Pmp, RightsOfARunningHartAreNeverStale) {
  for (const bool is_direct : {true, false}) {
    RandomRights rights(5, is_direct);
    for (unsigned i = 0; i < 200000; ++i) {
      rights.step();
      if (testing::Test::HasFatalFailure()) return;
    }
    for (const std::uint32_t cause :
         {kCauseFetchAccess, kCauseLoadAccess, kCauseStoreAccess, kCauseBreakpoint}) {
      EXPECT_GT(rights.causes[cause], 5000u) << cause;
    }
  }
}

}  // namespace
}  // namespace leyden::cpu
