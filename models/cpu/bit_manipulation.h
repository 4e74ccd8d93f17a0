#pragma once

#include <cstdint>

// What the bit manipulation instructions (Zba, Zbb, Zbs) are made of. Amounts and places are below
// 32.
namespace leyden::cpu {

constexpr std::uint32_t rotate_right(std::uint32_t value, std::uint32_t amount) {
  return value >> amount | value << ((32 - amount) & 31);
}
constexpr std::uint32_t rotate_left(std::uint32_t value, std::uint32_t amount) {
  return rotate_right(value, (32 - amount) & 31);
}
constexpr std::uint32_t count_ones(std::uint32_t value) {
  return static_cast<std::uint32_t>(__builtin_popcount(value));
}
/// 32 for 0, as the next.
constexpr std::uint32_t count_leading_zeros(std::uint32_t value) {
  return value == 0 ? 32 : static_cast<std::uint32_t>(__builtin_clz(value));
}
constexpr std::uint32_t count_trailing_zeros(std::uint32_t value) {
  return value == 0 ? 32 : static_cast<std::uint32_t>(__builtin_ctz(value));
}
constexpr std::uint32_t minimum(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b) ? a : b;
}
constexpr std::uint32_t maximum(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b) ? b : a;
}
constexpr std::uint32_t minimum_unsigned(std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }
constexpr std::uint32_t maximum_unsigned(std::uint32_t a, std::uint32_t b) { return a < b ? b : a; }
constexpr std::uint32_t sign_extend_byte(std::uint32_t value) {
  return static_cast<std::uint32_t>(static_cast<std::int8_t>(value));
}
constexpr std::uint32_t sign_extend_half(std::uint32_t value) {
  return static_cast<std::uint32_t>(static_cast<std::int16_t>(value));
}
/// Each byte with a bit set becomes 0xff.
constexpr std::uint32_t or_combine_bytes(std::uint32_t value) {
  const std::uint32_t any = (((value & 0x7f7f7f7fu) + 0x7f7f7f7fu) | value) & 0x80808080u;
  return any | (any - (any >> 7));
}
constexpr std::uint32_t reverse_bytes(std::uint32_t value) { return __builtin_bswap32(value); }
constexpr std::uint32_t single_bit(std::uint32_t place) { return 1u << place; }

}  // namespace leyden::cpu
