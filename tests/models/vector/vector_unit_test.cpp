// The vector unit through its registers: values against by-hand bytes and a scalar reference, time
// against the closed form, claims, visibility, interrupt, errors, energy.
#include <cstring>
#include <random>

#include "tests/models/vector/scalar_reference.h"
#include "tests/models/vector/vector_bench.h"

namespace leyden::vector {
namespace {

namespace reg = registers::vector;
using Bytes = std::vector<std::uint8_t>;

VectorBench& bench() {
  static VectorBench instance;
  return instance;
}

constexpr std::uint32_t kSource = 0x20000000;
constexpr std::uint32_t kSource1 = 0x20004000;
constexpr std::uint32_t kTable = 0x20008000;
constexpr std::uint32_t kTarget = 0x2000c000;
constexpr std::uint32_t kDoneMask = 2, kErrorMask = 4;

std::uint32_t pair(std::uint32_t low, std::uint32_t high) { return low | high << 16; }
std::uint32_t kernel(std::uint32_t w, std::uint32_t h, std::uint32_t sx, std::uint32_t sy) {
  return w | h << 8 | sx << 16 | sy << 24;
}
std::uint32_t result(std::uint32_t shift, std::uint32_t low, std::uint32_t high) {
  return shift | low << 8 | high << 16;
}

class VectorUnitTest : public testing::Test {
 protected:
  void SetUp() override {
    b.lmem.claimed.clear();
    b.lmem.occupied.clear();
    b.lmem.written.clear();
    b.lmem.extra_cycles = 0;
    b.test.context.fidelity = base::Fidelity::kQuantised;
    for (unsigned i = 0; i < reg::kJobWords; ++i) words[i] = 0;
    set(reg::kSrc0Addr, kSource);
    set(reg::kSrc1Addr, kSource1);
    set(reg::kDstAddr, kTarget);
    set(reg::kTableAddr, kTable);
    set(reg::kInSize, pair(1, 1));
    set(reg::kOutSize, pair(1, 1));
    set(reg::kChannels, pair(1, 1));
    set(reg::kKernel, kernel(1, 1, 1, 1));
    set(reg::kScale0, 1);
    set(reg::kScale1, 1);
    set(reg::kResult, result(0, 0, 255));
  }
  void TearDown() override {
    EXPECT_EQ(b.checker.summary(), "");
    EXPECT_EQ(b.lmem.held, 0);
  }

  void set(std::uint32_t offset, std::uint32_t word) {
    words[(offset - reg::kJobFirst) / 4] = word;
  }
  void put(std::uint32_t address, const Bytes& bytes) {
    std::copy(bytes.begin(), bytes.end(), b.lmem.bytes.begin() + (address - FakeLmem::kBase));
  }
  template <typename T>
  void put_word(std::uint32_t address, T word) {
    std::memcpy(b.lmem.bytes.data() + (address - FakeLmem::kBase), &word, sizeof word);
  }
  Bytes at(std::uint32_t address, std::size_t count) {
    const auto first = b.lmem.bytes.begin() + (address - FakeLmem::kBase);
    return Bytes(first, first + static_cast<std::ptrdiff_t>(count));
  }

  void write_job() {
    for (unsigned i = 0; i < reg::kJobWords; ++i) {
      b.initiator.put32(reg::kJobFirst + 4 * i, words[i]);
    }
  }
  void start(bool with_irq = false) { b.initiator.put32(reg::kCtrl, with_irq ? 3 : 1); }
  std::uint32_t status() { return b.initiator.get32(reg::kStatus); }
  void clear() { b.initiator.put32(reg::kStatus, kDoneMask | kErrorMask); }

  /// Runs the job to its end. @return cycles from start to DONE
  std::uint64_t run() {
    std::uint64_t cycles = 0;
    b.initiator.run([&] {
      b.initiator.delay = sc_core::SC_ZERO_TIME;
      write_job();
      const std::uint64_t before = now();
      start();
      while (!(status() & (kDoneMask | kErrorMask))) sc_core::wait(b.test.clock.period());
      cycles = now() - before;
      EXPECT_EQ(status(), kDoneMask) << "error " << b.initiator.get32(reg::kErrorCode);
      clear();
      sc_core::wait(b.test.clock.period());
    });
    return cycles;
  }
  std::uint64_t now() { return b.test.clock.cycles_at(sc_core::sc_time_stamp()); }

  /// Expects the unit to refuse the job with this code.
  void expect_refused(JobError error) {
    b.initiator.run([&] {
      write_job();
      start();
      EXPECT_EQ(status(), kErrorMask);
      EXPECT_EQ(b.initiator.get32(reg::kErrorCode), static_cast<std::uint32_t>(error));
      clear();
      EXPECT_EQ(status(), 0u);
    });
  }

  VectorBench& b = bench();
  std::uint32_t words[reg::kJobWords];
  std::mt19937 engine{20240607};
  std::uint32_t random() { return static_cast<std::uint32_t>(engine()); }
};

TEST_F(VectorUnitTest, IdentifiesItself) {
  b.initiator.run([&] { EXPECT_EQ(b.initiator.get32(reg::kId), 0x4c564543u); });
}

TEST_F(VectorUnitTest, MaxPoolByHand) {
  put(kSource, {1, 5, 2, 0,    //
                3, 4, 9, 7,    //
                0, 0, 255, 1,  //
                8, 6, 1, 2});
  set(reg::kInSize, pair(4, 4));
  set(reg::kOutSize, pair(2, 2));
  set(reg::kKernel, kernel(2, 2, 2, 2));
  run();
  EXPECT_EQ(at(kTarget, 4), (Bytes{5, 9, 8, 255}));
}

TEST_F(VectorUnitTest, AveragePoolByHand) {
  // Two channels: means of (1, 2, 3, 6) = 3 and (10, 20, 30, 41) = 25.25, rounded: 25.
  put(kSource, {1, 10, 2, 20, 3, 30, 6, 41});
  set(reg::kOperation, 1);
  set(reg::kInSize, pair(2, 2));
  set(reg::kChannels, 2);
  set(reg::kKernel, kernel(2, 2, 1, 1));
  set(reg::kResult, result(2, 0, 255));
  run();
  EXPECT_EQ(at(kTarget, 2), (Bytes{3, 25}));
}

TEST_F(VectorUnitTest, AddByHand) {
  // (a * 3 - b * 2 + 8 + 2) >> 2: 4 * 3 - 2 + 10 = 20 -> 5; 0 - 20 + 10 = -10 -> -3 -> 0 (low);
  // 255 * 3 + 10 = 775 -> 193 -> 100 (high).
  put(kSource, {4, 0, 255});
  put(kSource1, {1, 10, 0});
  set(reg::kOperation, 2);
  set(reg::kChannels, 3);
  set(reg::kScale0, 3);
  set(reg::kScale1, static_cast<std::uint32_t>(-2));
  set(reg::kOffset, 8);
  set(reg::kResult, result(2, 0, 100));
  run();
  EXPECT_EQ(at(kTarget, 3), (Bytes{5, 0, 100}));
}

TEST_F(VectorUnitTest, AccumulateByHand) {
  // Channel 0: (5 - 3 + 10) * 2 + 1 = 25 -> (25 + 1) >> 1 = 13. Channel 1: (100 + 100 - 50) * -1
  // + 300 = 150 -> 151 >> 1 = 75.
  const std::int32_t parts[3][2] = {{5, 100}, {-3, 100}, {10, -50}};
  for (int part = 0; part < 3; ++part) {
    for (int c = 0; c < 2; ++c) {
      put_word(kSource + 32 * static_cast<unsigned>(part) + 4 * static_cast<unsigned>(c),
               parts[part][c]);
    }
  }
  put_word(kTable, std::int32_t{2});
  put_word(kTable + 4, std::int32_t{1});
  put_word(kTable + 16, std::int32_t{-1});
  put_word(kTable + 20, std::int32_t{300});
  set(reg::kOperation, 3);
  set(reg::kSrc1Addr, 32);
  set(reg::kChannels, pair(2, 3));
  set(reg::kResult, result(1, 0, 255));
  run();
  EXPECT_EQ(at(kTarget, 2), (Bytes{13, 75}));
}

TEST_F(VectorUnitTest, AccumulateIdealByHand) {
  // u = 1, rows 36, bx = bw = b = 1, r = 2, gamma = 1: LSB_D = 36 * 2^(1 + 1 - 1 - 2) = 18.
  // Sum of D = 44: S = 2.444, times 10 plus 100 = 124.4, floor 124.
  b.test.context.fidelity = base::Fidelity::kIdeal;
  put_word(kSource, std::int32_t{50});
  put_word(kSource + 4, std::int32_t{-6});
  put_word(kTable, std::int32_t{10});
  put_word(kTable + 4, std::int32_t{100});
  put_word(kTable + 8, std::uint32_t{256});
  set(reg::kOperation, 3);
  set(reg::kSrc1Addr, 4);
  set(reg::kChannels, pair(1, 2));
  set(reg::kPartial, 1 | 1 << 8 | 1 << 12 | 1 << 16);
  run();
  EXPECT_EQ(at(kTarget, 1), (Bytes{124}));
}

TEST_F(VectorUnitTest, ScaleByHand) {
  // (200 * 3 - 100 + 4) >> 3 = 504 >> 3 = 63.
  put(kSource, {200});
  put_word(kTable, std::int32_t{3});
  put_word(kTable + 4, std::int32_t{-100});
  set(reg::kOperation, 4);
  set(reg::kResult, result(3, 0, 255));
  run();
  EXPECT_EQ(at(kTarget, 1), (Bytes{63}));
}

TEST_F(VectorUnitTest, LookupTakesEveryCodeFromTheTable) {
  Bytes table(256), codes(300);
  for (auto& entry : table) entry = static_cast<std::uint8_t>(random());
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(7 * i);
  put(kTable, table);
  put(kSource, codes);
  set(reg::kOperation, 5);
  set(reg::kOutSize, pair(5, 20));
  set(reg::kChannels, 3);
  set(reg::kResult, result(0, 100, 101));  // a table is not clamped
  // 300 bytes in 19 beats, as many out, 16 of the table; 300 operations take 19 cycles.
  EXPECT_EQ(run(), 4u + 19 + 19 + 16);
  const Bytes got = at(kTarget, codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) ASSERT_EQ(got[i], table[codes[i]]) << i;
  set(reg::kDstAddr, kSource);  // in place
  run();
  EXPECT_EQ(at(kSource, codes.size()), got);
  set(reg::kDstAddr, kTable + 16);
  expect_refused(JobError::kShape);
  set(reg::kDstAddr, kTarget);
  set(reg::kTableAddr, 0x2000ff01);  // 255 bytes before the end of LMEM
  expect_refused(JobError::kRegion);
}

TEST_F(VectorUnitTest, PoolingEqualsTheScalarReference) {
  for (int trial = 0; trial < 60; ++trial) {
    const auto draw = [&](int low, int high) {
      return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
    };
    const int w = draw(1, 9), h = draw(1, 9), c = draw(1, 20);
    const int kw = draw(1, 4), kh = draw(1, 4), sx = draw(1, 3), sy = draw(1, 3);
    const int left = draw(0, kw - 1), top = draw(0, kh - 1);
    const int ow = draw(1, (w + left - 1) / sx + 1), oh = draw(1, (h + top - 1) / sy + 1);
    const bool average = trial % 2 == 1;
    ScalarReference reference;
    const int factor = draw(-3000, 3000), offset = draw(-100000, 100000);
    if (average) {
      reference = {draw(0, 16), draw(0, 20), draw(100, 255)};
    }
    Bytes in(static_cast<std::size_t>(w * h * c));
    for (auto& code : in) code = static_cast<std::uint8_t>(random());
    put(kSource, in);
    const auto u = [](int value) { return static_cast<std::uint32_t>(value); };
    set(reg::kOperation, average ? 1 : 0);
    set(reg::kInSize, pair(u(w), u(h)));
    set(reg::kOutSize, pair(u(ow), u(oh)));
    set(reg::kChannels, u(c));
    set(reg::kKernel, kernel(u(kw), u(kh), u(sx), u(sy)));
    set(reg::kPad, u(left) | u(top) << 8);
    set(reg::kScale0, u(factor));
    set(reg::kOffset, u(offset));
    set(reg::kResult, result(u(reference.shift), u(reference.low), u(reference.high)));
    run();
    Bytes expected;
    for (int y = 0; y < oh; ++y) {
      for (int x = 0; x < ow; ++x) {
        for (int channel = 0; channel < c; ++channel) {
          int best = 0;
          std::int64_t sum = 0;
          for (int ky = 0; ky < kh; ++ky) {
            for (int kx = 0; kx < kw; ++kx) {
              const int code = ScalarReference::tap(in, w, h, c, x * sx - left + kx,
                                                    y * sy - top + ky, channel, 0);
              best = std::max(best, code);
              sum += code;
            }
          }
          expected.push_back(average ? reference.finish(sum * factor + offset)
                                     : static_cast<std::uint8_t>(best));
        }
      }
    }
    ASSERT_EQ(at(kTarget, expected.size()), expected) << "trial " << trial;
  }
}

TEST_F(VectorUnitTest, PartialSumsEqualTheScalarReference) {
  std::size_t codes = 0, inner = 0;  // inner: not clamped, so a wrong value would show
  for (int trial = 0; trial < 60; ++trial) {
    const bool ideal = trial % 2 == 0;
    b.test.context.fidelity = ideal ? base::Fidelity::kIdeal : base::Fidelity::kAnalog;
    const unsigned pixels = 1 + random() % 12, channels = 1 + random() % 20;
    const unsigned parts = 1 + random() % 5, units = 1 + random() % 32;
    const unsigned in_bits = 1 + random() % 8, weight_bits = 1 + random() % 8;
    const unsigned out_bits = 1 + random() % 8, shift = random() % 20;
    const std::uint32_t stride = pixels * channels * 4 + 16;
    const ScalarReference reference{static_cast<int>(shift), 0, 255};
    // Full scale: a gain of 8 and a multiplier that spreads the sum over the codes.
    const std::int64_t most =
        ideal ? std::int64_t{units} * 36 << (in_bits + weight_bits - 1) : 1 << (out_bits - 1);
    std::vector<ScalarReference::Entry> table(channels);
    for (unsigned c = 0; c < channels; ++c) {
      const auto spread = static_cast<std::int32_t>(1u << (shift + 8 - out_bits));
      table[c] = {static_cast<std::int32_t>(random() % static_cast<unsigned>(spread)) - spread / 3,
                  static_cast<std::int32_t>(random() % (1u << (shift + 8))), 1 + random() % 2048};
      put_word(kTable + 16 * c, table[c].multiplier);
      put_word(kTable + 16 * c + 4, table[c].offset);
      put_word(kTable + 16 * c + 8, table[c].gamma);
    }
    std::vector<std::int64_t> sums(pixels * channels);
    for (unsigned part = 0; part < parts; ++part) {
      for (unsigned i = 0; i < sums.size(); ++i) {
        const auto word = static_cast<std::int32_t>(
            static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * most)) - most);
        put_word(kSource + part * stride + 4 * i, word);
        sums[i] += word;
      }
    }
    set(reg::kOperation, 3);
    set(reg::kSrc1Addr, stride);
    set(reg::kOutSize, pair(pixels, 1));
    set(reg::kChannels, pair(channels, parts));
    set(reg::kResult, result(shift, 0, 255));
    set(reg::kPartial, units | in_bits << 8 | weight_bits << 12 | out_bits << 16);
    run();
    Bytes expected;
    for (unsigned i = 0; i < sums.size(); ++i) {
      const auto& entry = table[i % channels];
      expected.push_back(
          ideal ? reference.ideal(sums[i], entry, static_cast<int>(units * 36),
                                  static_cast<int>(in_bits), static_cast<int>(weight_bits),
                                  static_cast<int>(out_bits), VectorBench::kRangeShift)
                : reference.finish(static_cast<ScalarReference::Wide>(sums[i]) * entry.multiplier +
                                   entry.offset));
    }
    ASSERT_EQ(at(kTarget, expected.size()), expected) << "trial " << trial;
    codes += expected.size();
    for (const std::uint8_t code : expected) inner += code > 0 && code < 255;
  }
  EXPECT_GT(inner, codes / 4);
}

TEST_F(VectorUnitTest, ElementWiseOperationsEqualTheScalarReference) {
  for (int trial = 0; trial < 40; ++trial) {
    const bool adds = trial % 2 == 0;
    const unsigned pixels = 1 + random() % 40, channels = 1 + random() % 20;
    const ScalarReference reference{static_cast<int>(random() % 24), 3, 250};
    const unsigned top = 1u << reference.shift;
    Bytes a(pixels * channels), other(pixels * channels);
    for (auto& code : a) code = static_cast<std::uint8_t>(random());
    for (auto& code : other) code = static_cast<std::uint8_t>(random());
    put(kSource, a);
    put(kSource1, other);
    const auto draw = [&] {
      return static_cast<std::int32_t>(random() % (2 * top)) - static_cast<std::int32_t>(top);
    };
    const std::int32_t scale0 = draw(), scale1 = draw(), offset = draw();
    std::vector<ScalarReference::Entry> table(channels);
    for (unsigned c = 0; c < channels; ++c) {
      table[c] = {draw(), draw(), 0};
      put_word(kTable + 16 * c, table[c].multiplier);
      put_word(kTable + 16 * c + 4, table[c].offset);
    }
    set(reg::kOperation, adds ? 2 : 4);
    set(reg::kOutSize, pair(1, pixels));
    set(reg::kChannels, channels);
    set(reg::kScale0, static_cast<std::uint32_t>(scale0));
    set(reg::kScale1, static_cast<std::uint32_t>(scale1));
    set(reg::kOffset, static_cast<std::uint32_t>(offset));
    set(reg::kResult, result(static_cast<std::uint32_t>(reference.shift), 3, 250));
    run();
    Bytes expected;
    for (unsigned i = 0; i < a.size(); ++i) {
      const auto& entry = table[i % channels];
      expected.push_back(reference.finish(
          adds ? std::int64_t{a[i]} * scale0 + std::int64_t{other[i]} * scale1 + offset
               : std::int64_t{a[i]} * entry.multiplier + entry.offset));
    }
    ASSERT_EQ(at(kTarget, expected.size()), expected) << "trial " << trial;
  }
}

TEST_F(VectorUnitTest, TakesTheCyclesOfTheClosedForm) {
  // 64 x 16 codes added: 64 + 64 beats read, 64 written; 64 of compute: 4 + 192 cycles.
  set(reg::kOperation, 2);
  set(reg::kOutSize, pair(8, 8));
  set(reg::kChannels, 16);
  b.test.activity.close(0, now() + 1);
  const std::uint64_t before = now() + 1;
  EXPECT_EQ(run(), 196u);
  b.initiator.run([&] { EXPECT_EQ(b.initiator.get32(reg::kJobCycles), 196u); });
  const auto causes = b.test.activity.close(before, now() + 1);
  EXPECT_GE(causes[static_cast<std::size_t>(base::Cause::kVector)], 195u);
  EXPECT_LE(causes[static_cast<std::size_t>(base::Cause::kVector)], 196u);
  ASSERT_EQ(b.lmem.occupied.size(), 3u);
  EXPECT_EQ(b.lmem.occupied[0].read_beats, 64u);
  EXPECT_EQ(b.lmem.occupied[1].read_beats, 64u);
  EXPECT_EQ(b.lmem.occupied[2].write_beats, 64u);
  EXPECT_EQ(b.lmem.occupied[2].cycles, 196u);
}

TEST_F(VectorUnitTest, IsDelayedByALoadedBank) {
  b.lmem.extra_cycles = 11;
  EXPECT_EQ(run(), 4u + 2u + 11u);  // one beat in, one beat out
}

TEST_F(VectorUnitTest, StartsAtTheNextClockEdgeAfterTheTransaction) {
  b.initiator.run([&] {
    write_job();
    // Half a cycle after an edge plus a bus delay of two cycles: the job starts at edge 3.
    sc_core::wait(b.test.clock.next_edge(sc_core::sc_time_stamp()) - sc_core::sc_time_stamp());
    const sc_core::sc_time edge = sc_core::sc_time_stamp();
    sc_core::wait(b.test.clock.period() / 2);
    b.initiator.delay = b.test.clock.cycles(2);
    start(true);
    b.initiator.delay = sc_core::SC_ZERO_TIME;
    sc_core::wait(b.irq.posedge_event());
    EXPECT_EQ(sc_core::sc_time_stamp(), edge + b.test.clock.cycles(3 + 6));
    clear();
    b.initiator.put32(reg::kCtrl, 0);
    sc_core::wait(b.test.clock.period());
  });
}

TEST_F(VectorUnitTest, ClaimsItsRegionsAndShowsItsOutputWhenDone) {
  put(kSource, {1, 2, 3, 4});
  put(kSource1, {10, 10, 10, 10});
  put(kTarget, {99, 99, 99, 99});
  set(reg::kOperation, 2);
  set(reg::kChannels, 4);
  b.initiator.run([&] {
    write_job();
    start();
    EXPECT_EQ(status(), 1u);  // BUSY
    EXPECT_EQ(b.lmem.held, 3);
    sc_core::wait(b.test.clock.cycles(3));
    EXPECT_EQ(at(kTarget, 4), (Bytes{99, 99, 99, 99}));
    put(kSource, {0, 0, 0, 0});  // values were taken at the start
    sc_core::wait(b.test.clock.cycles(20));
    EXPECT_EQ(status(), kDoneMask);
    EXPECT_EQ(at(kTarget, 4), (Bytes{11, 12, 13, 14}));
    clear();
  });
  ASSERT_EQ(b.lmem.claimed.size(), 3u);
  EXPECT_EQ(b.lmem.claimed[2].first, memory::ClaimMode::kWrite);
  EXPECT_EQ(b.lmem.claimed[2].second.address, kTarget);
  EXPECT_EQ(b.lmem.claimed[2].second.length, 4u);
  ASSERT_EQ(b.lmem.written.size(), 1u);
  EXPECT_EQ(b.lmem.written[0].address, kTarget);
}

TEST_F(VectorUnitTest, DrivesItsInterruptByLevel) {
  b.initiator.run([&] {
    write_job();
    start(true);
    sc_core::wait(b.test.clock.cycles(20));
    EXPECT_TRUE(b.irq.read());
    b.initiator.put32(reg::kCtrl, 0);  // not enabled: low, though DONE is set
    sc_core::wait(b.test.clock.period());
    EXPECT_FALSE(b.irq.read());
    b.initiator.put32(reg::kCtrl, 2);
    sc_core::wait(b.test.clock.period());
    EXPECT_TRUE(b.irq.read());
    clear();
    sc_core::wait(b.test.clock.period());
    EXPECT_FALSE(b.irq.read());
    set(reg::kOperation, 9);  // ERROR raises it too
    write_job();
    start(true);
    sc_core::wait(b.test.clock.period());
    EXPECT_TRUE(b.irq.read());
    clear();
    b.initiator.put32(reg::kCtrl, 0);
    sc_core::wait(b.test.clock.period());
    EXPECT_FALSE(b.irq.read());
  });
}

TEST_F(VectorUnitTest, RefusesASecondStartAndFinishesTheFirst) {
  put(kSource, {7});
  set(reg::kChannels, 1);
  b.initiator.run([&] {
    write_job();
    start();
    start();
    EXPECT_EQ(status(), 1u | kErrorMask);
    EXPECT_EQ(b.initiator.get32(reg::kErrorCode), 1u);
    sc_core::wait(b.test.clock.cycles(20));
    EXPECT_EQ(status(), kDoneMask | kErrorMask);
    EXPECT_EQ(at(kTarget, 1), (Bytes{7}));
    clear();
  });
}

TEST_F(VectorUnitTest, RefusesBadJobsWithTheirCode) {
  set(reg::kOperation, 7);
  expect_refused(JobError::kOperation);
  set(reg::kOperation, 4);
  set(reg::kChannels, 0);
  expect_refused(JobError::kShape);
  set(reg::kChannels, 16);
  for (const std::uint32_t outside : {0x1ffffff0u, 0x2000fff8u, 0x80000000u, 0xfffffff8u}) {
    for (const std::uint32_t offset : {reg::kSrc0Addr, reg::kDstAddr, reg::kTableAddr}) {
      const std::uint32_t good = words[(offset - reg::kJobFirst) / 4];
      set(offset, outside);
      expect_refused(JobError::kRegion);
      set(offset, good);
    }
  }
  set(reg::kOperation, 3);
  set(reg::kChannels, pair(16, 5));
  set(reg::kSrc1Addr, 0x4000);  // the fifth part ends behind LMEM
  expect_refused(JobError::kRegion);
  EXPECT_TRUE(b.lmem.claimed.empty());
}

TEST_F(VectorUnitTest, ReplacesAnOperandOnlyWhereTheOrderCannotMatter) {
  put(kSource, {1, 2, 3, 4});
  put(kSource1, {5, 5, 5, 5});
  set(reg::kOperation, 2);
  set(reg::kChannels, 4);
  set(reg::kDstAddr, kSource);
  run();
  EXPECT_EQ(at(kSource, 4), (Bytes{6, 7, 8, 9}));
  set(reg::kDstAddr, kSource + 1);
  expect_refused(JobError::kShape);
  set(reg::kOperation, 0);  // a pooling window reads pixels its neighbour has replaced
  set(reg::kDstAddr, kSource);
  expect_refused(JobError::kShape);
}

TEST_F(VectorUnitTest, CountsEnergyByArithmeticStep) {
  const auto energy = [&] {
    const auto before = b.test.ledger.snapshot();
    run();
    auto counts = b.test.ledger.snapshot();
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] -= before[i];
    return b.test.ledger.energy_fj(counts)[static_cast<std::size_t>(base::Component::kVector)];
  };
  set(reg::kInSize, pair(4, 4));
  set(reg::kOutSize, pair(2, 2));
  set(reg::kChannels, pair(8, 3));
  set(reg::kKernel, kernel(2, 2, 2, 2));
  set(reg::kSrc1Addr, kSource1);
  EXPECT_NEAR(energy(), 32 * 4 * 7.0, 1e-6);  // max_pool: 32 outputs of 4 comparisons
  set(reg::kOperation, 1);
  EXPECT_NEAR(energy(), 32 * (4 * 24.0 + 750.0), 1e-6);
  set(reg::kOperation, 2);
  EXPECT_NEAR(energy(), 32 * (2 * 190.0 + 24.0), 1e-6);
  set(reg::kOperation, 4);
  EXPECT_NEAR(energy(), 32 * 190.0, 1e-6);
  set(reg::kOperation, 5);
  EXPECT_NEAR(energy(), 32 * 24.0, 1e-6);
  set(reg::kOperation, 3);
  set(reg::kSrc1Addr, 128);
  EXPECT_NEAR(energy(), 32 * (3 * 24.0 + 750.0), 1e-6);
}

TEST_F(VectorUnitTest, ReportsWritesToReadOnlyRegisters) {
  const std::size_t before = b.test.diagnostics.messages.size();
  b.initiator.run([&] { b.initiator.put32(reg::kJobCycles, 1); });
  EXPECT_EQ(b.test.diagnostics.messages.size(), before + 1);
}

}  // namespace
}  // namespace leyden::vector
