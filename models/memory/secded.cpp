#include "models/memory/secded.h"

#include <array>

namespace leyden::memory {
namespace {

constexpr unsigned weight(unsigned value) {
  unsigned ones = 0;
  for (; value != 0; value &= value - 1) ++ones;
  return ones;
}

constexpr std::array<std::uint8_t, kSecdedBits> make_columns() {
  std::array<std::uint8_t, kSecdedBits> columns{};
  unsigned data_bit = 0;
  for (unsigned column = 1; data_bit < kSecdedDataBits; ++column) {
    if (weight(column) == 3) columns[data_bit++] = static_cast<std::uint8_t>(column);
  }
  for (unsigned check = 0; check < kSecdedBits - kSecdedDataBits; ++check) {
    columns[kSecdedDataBits + check] = static_cast<std::uint8_t>(1u << check);
  }
  return columns;
}

constexpr std::array<std::uint8_t, kSecdedBits> kColumns = make_columns();

unsigned syndrome(std::uint64_t word) {
  unsigned sum = 0;
  for (unsigned bit = 0; bit < kSecdedBits; ++bit) {
    if ((word >> bit & 1) != 0) sum ^= kColumns[bit];
  }
  return sum;
}

}  // namespace

std::uint64_t secded_encode(std::uint32_t data) {
  return std::uint64_t{syndrome(data)} << kSecdedDataBits | data;
}

SecdedWord secded_decode(std::uint64_t word) {
  const unsigned found = syndrome(word);
  const auto data = static_cast<std::uint32_t>(word);
  if (found == 0) return {SecdedVerdict::kClean, data};
  for (unsigned bit = 0; bit < kSecdedBits; ++bit) {
    if (kColumns[bit] != found) continue;
    return {SecdedVerdict::kCorrected, static_cast<std::uint32_t>(word ^ std::uint64_t{1} << bit)};
  }
  return {SecdedVerdict::kDetected, data};
}

}  // namespace leyden::memory
