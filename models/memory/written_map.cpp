#include "models/memory/written_map.h"

#include <algorithm>

namespace leyden::memory {
namespace {

/// Bits [from, to) of a word, 0 <= from < to <= 64.
std::uint64_t bits(unsigned from, unsigned to) {
  const std::uint64_t upper = to == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << to) - 1;
  return upper & ~((std::uint64_t{1} << from) - 1);
}

}  // namespace

void WrittenMap::mark(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + length;
  while (offset < end) {
    const std::uint64_t word_end = std::min(end, (offset | 63) + 1);
    words_[offset / 64] |= bits(offset % 64, static_cast<unsigned>(word_end - (offset & ~63ull)));
    offset = word_end;
  }
}

std::optional<std::uint64_t> WrittenMap::first_unwritten(std::uint64_t offset,
                                                         std::uint64_t length) const {
  const std::uint64_t end = offset + length;
  while (offset < end) {
    const std::uint64_t word_end = std::min(end, (offset | 63) + 1);
    const std::uint64_t wanted =
        bits(offset % 64, static_cast<unsigned>(word_end - (offset & ~63ull)));
    const std::uint64_t missing = wanted & ~words_[offset / 64];
    if (missing != 0) {
      return (offset & ~63ull) + static_cast<unsigned>(__builtin_ctzll(missing));
    }
    offset = word_end;
  }
  return std::nullopt;
}

void WrittenMap::forget(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t last = std::min(words_.size(), (offset + length + 63) / 64);
  std::fill(words_.data() + offset / 64, words_.data() + last, std::uint64_t{0});
}

void WrittenMap::archive(base::Archive& a, std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t last = std::min(words_.size(), (offset + length + 63) / 64);
  for (std::uint64_t word = offset / 64; word < last; ++word) a(words_[word]);
}

}  // namespace leyden::memory
