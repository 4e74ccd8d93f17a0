#include "models/base/gaussian_blocks.h"

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
using FloatsV = hn::Vec<Floats>;

/// High and low word of every lane's 64-bit product.
struct Product {
  WordsV high;
  WordsV low;
};
HWY_ATTR Product multiply(WordsV a, WordsV b) {
  constexpr Words kWords;
  constexpr Wide kWide;
  const auto even = hn::MulEven(a, b);
  const auto odd = hn::MulEven(hn::BitCast(kWords, hn::ShiftRight<32>(hn::BitCast(kWide, a))),
                               hn::BitCast(kWords, hn::ShiftRight<32>(hn::BitCast(kWide, b))));
  const auto low_mask = hn::Set(kWide, 0xffffffffULL);
  const auto high = hn::Or(hn::ShiftRight<32>(even), hn::AndNot(low_mask, odd));
  const auto low = hn::Or(hn::And(even, low_mask), hn::ShiftLeft<32>(odd));
  return {hn::BitCast(kWords, high), hn::BitCast(kWords, low)};
}

/// One coefficient of every lane's segment, read from memory lane by lane.
struct Gathered {
  static HWY_ATTR FloatsV coefficient(const float* of_segments, WordsV row) {
    return hn::GatherIndex(Floats(), of_segments, hn::BitCast(Signed(), row));
  }
};

#if HWY_TARGET <= HWY_AVX3
/// The same, chosen from four vectors: only for rows below kNearRows, but without a load a lane.
constexpr std::uint32_t kNearRows = 64;
struct Near {
  static HWY_ATTR FloatsV coefficient(const float* of_segments, WordsV row) {
    constexpr Words kWords;
    constexpr Floats kFloats;
    constexpr std::uint32_t kLanes = 16;
    const auto lane = hn::IndicesFromVec(kFloats, hn::And(row, hn::Set(kWords, kLanes - 1)));
    auto chosen = hn::TableLookupLanes(hn::LoadU(kFloats, of_segments), lane);
    for (std::uint32_t first = kLanes; first < kNearRows; first += kLanes) {
      const auto here = hn::RebindMask(kFloats, hn::Gt(row, hn::Set(kWords, first - 1)));
      const auto found = hn::TableLookupLanes(hn::LoadU(kFloats, of_segments + first), lane);
      chosen = hn::IfThenElse(here, found, chosen);
    }
    return chosen;
  }
};
#endif

template <typename Source>
HWY_ATTR FloatsV polynomial(const InverseNormal& table, WordsV row, FloatsV place) {
  auto z = Source::coefficient(table.coefficients(InverseNormal::kTerms - 1), row);
  for (std::size_t term = InverseNormal::kTerms - 1; term-- > 0;) {
    z = hn::Add(Source::coefficient(table.coefficients(term), row), hn::Mul(place, z));
  }
  return z;
}

/// InverseNormal::operator() of every lane.
HWY_ATTR FloatsV inverse_normal(const InverseNormal& table, WordsV bits) {
  constexpr Words kWords;
  constexpr Signed kSigned;
  constexpr Floats kFloats;
  // 1. Fold: all ones in lanes of the upper half.
  const auto upper = hn::BitCast(kWords, hn::ShiftRight<31>(hn::BitCast(kSigned, bits)));
  const auto folded = hn::And(hn::Xor(bits, upper), hn::Set(kWords, 0x7fffffffu));
  const auto odd = hn::Or(hn::Add(folded, folded), hn::Set(kWords, 1));
  // 2. Leading zeros from the exponent of a float. The second of two leading ones is cleared first,
  //    so that rounding cannot reach the next power of two; folded is odd / 2, hence 157.
  const auto lead = hn::ShiftRight<1>(hn::AndNot(hn::ShiftRight<1>(odd), odd));
  const auto exponent =
      hn::ShiftRight<23>(hn::BitCast(kWords, hn::ConvertTo(kFloats, hn::BitCast(kSigned, lead))));
  const auto octave = hn::Min(hn::Sub(hn::Set(kWords, 157), exponent), hn::Set(kWords, 31));
  const auto normalised = hn::Shl(odd, octave);
  const auto segment = hn::And(hn::ShiftRight<28>(normalised), hn::Set(kWords, 7));
  const auto fraction = hn::And(normalised, hn::Set(kWords, 0x0fffffffu));
  const auto place = hn::Mul(hn::ConvertTo(kFloats, hn::BitCast(kSigned, fraction)),
                             hn::Set(kFloats, 1.0F / (1U << 28)));
  // 3. The polynomial. All but one of 256 draws lie in the first eight octaves.
  const auto row = hn::Add(hn::ShiftLeft<3>(octave), segment);
#if HWY_TARGET <= HWY_AVX3
  const bool near = hn::AllTrue(kWords, hn::Lt(row, hn::Set(kWords, kNearRows)));
  const auto z =
      near ? polynomial<Near>(table, row, place) : polynomial<Gathered>(table, row, place);
#else
  const auto z = polynomial<Gathered>(table, row, place);
#endif
  // Lower half: minus z.
  const auto sign = hn::AndNot(upper, hn::Set(kWords, 0x80000000u));
  return hn::Xor(z, hn::BitCast(kFloats, sign));
}

HWY_ATTR std::size_t fill_blocks(const PhiloxStream& stream, std::uint64_t first, std::size_t count,
                                 float* out) {
  constexpr Words kWords;
  constexpr Floats kFloats;
  constexpr std::uint32_t kMultiplier0 = 0xd2511f53u;
  constexpr std::uint32_t kMultiplier1 = 0xcd9e8d57u;
  constexpr std::uint32_t kWeyl0 = 0x9e3779b9u;
  constexpr std::uint32_t kWeyl1 = 0xbb67ae85u;
  constexpr int kRounds = 10;
  const InverseNormal& table = InverseNormal::instance();
  const std::size_t lanes = hn::Lanes(kWords);
  const auto high_word = static_cast<std::uint32_t>(first >> 32);

  std::size_t done = 0;
  for (; done + lanes <= count; done += lanes) {
    const std::uint64_t block = first + done;
    // Where the counter's low word overflows the scalar code goes on.
    if (static_cast<std::uint32_t>((block + lanes - 1) >> 32) != high_word) break;
    auto c0 = hn::Iota(kWords, static_cast<std::uint32_t>(block));
    auto c1 = hn::Set(kWords, high_word);
    auto c2 = hn::Set(kWords, stream.counter2);
    auto c3 = hn::Set(kWords, stream.counter3);
    std::uint32_t key0 = stream.key[0];
    std::uint32_t key1 = stream.key[1];
    for (int round = 0; round < kRounds; ++round) {
      const Product first_product = multiply(c0, hn::Set(kWords, kMultiplier0));
      const Product second_product = multiply(c2, hn::Set(kWords, kMultiplier1));
      c0 = hn::Xor(hn::Xor(second_product.high, c1), hn::Set(kWords, key0));
      c1 = second_product.low;
      c2 = hn::Xor(hn::Xor(first_product.high, c3), hn::Set(kWords, key1));
      c3 = first_product.low;
      key0 += kWeyl0;
      key1 += kWeyl1;
    }
    hn::StoreInterleaved4(inverse_normal(table, c0), inverse_normal(table, c1),
                          inverse_normal(table, c2), inverse_normal(table, c3), kFloats,
                          out + 4 * done);
  }
  return done;
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
