#include "models/base/gaussian_blocks.h"

#include <algorithm>
#include <cstring>

#include "models/base/inverse_normal.h"

// Highway compiles what lies between BEFORE and AFTER once per instruction set and chooses at run
// time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/base/gaussian_blocks.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace leyden::base {
namespace HWY_NAMESPACE {  // NOLINT(readability-identifier-naming): a macro, N_AVX2 and so on
#if HWY_TARGET == HWY_SCALAR

// No vectors: nothing is done here, and the scalar code does all.
std::size_t fill_blocks(const PhiloxStream&, std::uint64_t, std::size_t, float*) { return 0; }

#else

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::ScalableTag<std::uint32_t>;
using Wide = hn::RepartitionToWide<Words>;
using Signed = hn::RebindToSigned<Words>;
using Floats = hn::RebindToFloat<Words>;
using WordsV = hn::Vec<Words>;
using WideV = hn::Vec<Wide>;
using FloatsV = hn::Vec<Floats>;

/// The four words of a block a lane. Only the low half of a lane counts: products read no more, so
/// that neither the low word of a product nor a key needs the upper half cleared.
struct Counters {
  WideV c0, c1, c2, c3;
};

HWY_INLINE WideV product(WideV a, WideV b) {
  constexpr Words kWords;
  return hn::MulEven(hn::BitCast(kWords, a), hn::BitCast(kWords, b));
}

HWY_INLINE Counters philox_round(const Counters& c, WideV key0, WideV key1) {
  constexpr Wide kWide;
  const auto first = product(c.c0, hn::Set(kWide, 0xd2511f53u));
  const auto second = product(c.c2, hn::Set(kWide, 0xcd9e8d57u));
  return {hn::Xor3(hn::ShiftRight<32>(second), c.c1, key0), second,
          hn::Xor3(hn::ShiftRight<32>(first), c.c3, key1), first};
}

/// Low halves of `even` in the even 32-bit lanes, those of `odd` in the odd ones.
HWY_INLINE WordsV joined(WideV even, WideV odd) {
  constexpr Words kWords;
  return hn::OddEven(hn::BitCast(kWords, hn::ShiftLeft<32>(odd)), hn::BitCast(kWords, even));
}

/// Where a draw lies in InverseNormal's table, one a lane.
struct Place {
  WordsV upper;  ///< all ones: the upper half of the probabilities
  WordsV row;    ///< segment, those of octave 0 first
  FloatsV part;  ///< of the segment, 0 to 1
};

/// InverseNormal::operator() up to its polynomial.
HWY_INLINE Place place(WordsV bits) {
  constexpr Words kWords;
  constexpr Signed kSigned;
  constexpr Floats kFloats;
  // 1. Fold.
  const auto upper = hn::BitCast(kWords, hn::ShiftRight<31>(hn::BitCast(kSigned, bits)));
  const auto odd = hn::Or(hn::Xor(hn::Add(bits, bits), upper), hn::Set(kWords, 1));
  // 2. Leading zeros from the exponent of a float. The second of two leading ones is cleared first,
  //    so that rounding cannot reach the next power of two; half of the number is converted, hence
  //    157.
  const auto lead = hn::ShiftRight<1>(hn::AndNot(hn::ShiftRight<1>(odd), odd));
  const auto exponent =
      hn::ShiftRight<23>(hn::BitCast(kWords, hn::ConvertTo(kFloats, hn::BitCast(kSigned, lead))));
  const auto octave = hn::Min(hn::Sub(hn::Set(kWords, 157), exponent), hn::Set(kWords, 31));
  // 3. Segment, below a leading one, and the place in it.
  const auto normalised = hn::Shl(odd, octave);
  const auto row = hn::Xor3(hn::ShiftLeft<3>(octave), hn::ShiftRight<28>(normalised),
                            hn::Set(kWords, InverseNormal::kSegments));
  const auto fraction = hn::And(normalised, hn::Set(kWords, 0x0fffffffu));
  const auto part = hn::Mul(hn::ConvertTo(kFloats, hn::BitCast(kSigned, fraction)),
                            hn::Set(kFloats, 1.0F / (1U << 28)));
  return {upper, row, part};
}

#if HWY_TARGET <= HWY_AVX3
/// One coefficient of every lane's segment. Chosen from two pairs of vectors, without a load a
/// lane: right only for rows below kNearRows.
constexpr std::uint32_t kNearRows = 64;
HWY_INLINE FloatsV coefficient(const float* of_segments, WordsV row) {
  constexpr Words kWords;
  constexpr Floats kFloats;
  const auto half = [&](const float* from) HWY_ATTR {
    return FloatsV{_mm512_permutex2var_ps(hn::LoadU(kFloats, from).raw, row.raw,
                                          hn::LoadU(kFloats, from + 16).raw)};
  };
  const auto upper = hn::RebindMask(kFloats, hn::TestBit(row, hn::Set(kWords, 32)));
  return hn::IfThenElse(upper, half(of_segments + 32), half(of_segments));
}
#else
HWY_INLINE FloatsV coefficient(const float* of_segments, WordsV row) {
  return hn::GatherIndex(Floats(), of_segments, hn::BitCast(Signed(), row));
}
#endif

std::size_t blocks_at_once() { return 2 * hn::Lanes(Wide()); }
HWY_INLINE void store_words(const Counters& c, float* out) {
  constexpr Wide kWide;
  constexpr Floats kFloats;
  const auto low = hn::BitCast(kWide, joined(c.c0, c.c1));
  const auto high = hn::BitCast(kWide, joined(c.c2, c.c3));
  hn::StoreU(hn::BitCast(kFloats, hn::InterleaveLower(kWide, low, high)), kFloats, out);
  hn::StoreU(hn::BitCast(kFloats, hn::InterleaveUpper(kWide, low, high)), kFloats,
             out + hn::Lanes(kFloats));
}
/// Words of `count` blocks, a multiple of blocks_at_once(), as floats of the same bits.
HWY_ATTR void fill_words(const PhiloxStream& stream, std::uint64_t first, std::size_t count,
                         float* out) {
  constexpr Wide kWide;
  constexpr std::uint32_t kRounds = 10;
  const std::size_t lanes = hn::Lanes(kWide);
  // Interleaving puts blocks in order when they lie 0, lanes/2, 1, lanes/2 + 1, ... in the lanes.
  HWY_ALIGN std::uint64_t order[hn::MaxLanes(kWide)];
  for (std::size_t i = 0; i < lanes; ++i) order[i] = i / 2 + i % 2 * (lanes / 2);
  const auto lane_blocks = hn::Load(kWide, order);
  // The keys of all rounds, one a lane.
  HWY_ALIGN std::uint64_t keys[2 * kRounds * hn::MaxLanes(kWide)];
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    std::uint64_t* to = keys + 2 * round * lanes;
    hn::Store(hn::Set(kWide, stream.key[0] + round * 0x9e3779b9u), kWide, to);
    hn::Store(hn::Set(kWide, stream.key[1] + round * 0xbb67ae85u), kWide, to + lanes);
  }
  const auto c1 = hn::Set(kWide, first >> 32);
  const auto c2 = hn::Set(kWide, stream.counter2);
  const auto c3 = hn::Set(kWide, stream.counter3);
  // Two groups of blocks side by side: a round waits for its products.
  for (std::size_t done = 0; done < count; done += 2 * lanes) {
    Counters a{hn::Add(lane_blocks, hn::Set(kWide, first + done)), c1, c2, c3};
    Counters b{hn::Add(lane_blocks, hn::Set(kWide, first + done + lanes)), c1, c2, c3};
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      const auto key0 = hn::Load(kWide, keys + 2 * round * lanes);
      const auto key1 = hn::Load(kWide, keys + (2 * round + 1) * lanes);
      a = philox_round(a, key0, key1);
      b = philox_round(b, key0, key1);
    }
    store_words(a, out + 4 * done);
    store_words(b, out + 4 * (done + lanes));
  }
}

/// InverseNormal::operator() of every word, in place. `count` is a multiple of the lanes.
/// @param far  a bit a lane: left as it was, for the scalar code
HWY_ATTR void invert(const InverseNormal& table, std::size_t count, float* words,
                     std::uint8_t* far) {
  constexpr Words kWords;
  constexpr Floats kFloats;
  for (std::size_t i = 0; i < count; i += hn::Lanes(kWords)) {
    const auto bits = hn::BitCast(kWords, hn::LoadU(kFloats, words + i));
    const Place p = place(bits);
    auto z = coefficient(table.coefficients(InverseNormal::kTerms - 1), p.row);
    for (std::size_t term = InverseNormal::kTerms - 1; term-- > 0;) {
      z = hn::Add(coefficient(table.coefficients(term), p.row), hn::Mul(p.part, z));
    }
    // Lower half: minus z.
    const auto sign = hn::AndNot(p.upper, hn::Set(kWords, 0x80000000u));
    z = hn::Xor(z, hn::BitCast(kFloats, sign));
#if HWY_TARGET <= HWY_AVX3
    const auto is_far = hn::RebindMask(kFloats, hn::Gt(p.row, hn::Set(kWords, kNearRows - 1)));
    hn::StoreMaskBits(kFloats, is_far, far + i / 8);
    z = hn::IfThenElse(is_far, hn::BitCast(kFloats, bits), z);
#else
    (void)far;
#endif
    hn::StoreU(z, kFloats, words + i);
  }
}

#if HWY_TARGET <= HWY_AVX3
/// The draws beyond the first eight octaves, one of 256. Apart from the loop over vectors, whose
/// flow they would break.
void invert_far(const InverseNormal& table, std::size_t count, const std::uint8_t* far,
                float* words) {
  for (std::size_t i = 0; i < count; i += 64) {
    std::uint64_t mask;
    std::memcpy(&mask, far + i / 8, sizeof mask);
    for (; mask != 0; mask &= mask - 1) {
      float& word = words[i + static_cast<std::size_t>(__builtin_ctzll(mask))];
      std::uint32_t bits;
      std::memcpy(&bits, &word, sizeof bits);
      word = table(bits);
    }
  }
}
#endif

std::size_t fill_blocks(const PhiloxStream& stream, std::uint64_t first, std::size_t count,
                        float* out) {
  constexpr std::size_t kMost = 512;  // blocks whose draws stay in the cache nearest the core
  const InverseNormal& table = InverseNormal::instance();
  std::uint8_t far[4 * kMost / 8] = {};
  // Where the counter's low word overflows the scalar code goes on.
  const std::uint64_t room = (std::uint64_t{1} << 32) - (first & 0xffffffffu);
  const std::size_t end =
      std::min<std::uint64_t>(count, room) / blocks_at_once() * blocks_at_once();
  for (std::size_t done = 0; done < end;) {
    const std::size_t blocks = std::min(end - done, kMost);
    float* draws = out + 4 * done;
    fill_words(stream, first + done, blocks, draws);
    invert(table, 4 * blocks, draws, far);
#if HWY_TARGET <= HWY_AVX3
    invert_far(table, 4 * blocks, far, draws);
#endif
    done += blocks;
  }
  return end;
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace leyden::base
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace leyden::base {

HWY_EXPORT(fill_blocks);

std::size_t fill_gaussian_blocks(const PhiloxStream& stream, std::uint64_t first, std::size_t count,
                                 float* out) {
  return HWY_DYNAMIC_DISPATCH(fill_blocks)(stream, first, count, out);
}

}  // namespace leyden::base
#endif
