#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <type_traits>

#include <systemc>

#include "platform/cosim/difference.h"

namespace leyden::cosim {

/// The C++ type of a pin of `kBits` bits: what Verilator makes of it (--pins-bv 65).
template <unsigned kBits>
using PinType = std::conditional_t<
    kBits == 1, bool,
    std::conditional_t<
        kBits <= 32, std::uint32_t,
        std::conditional_t<kBits <= 64, std::uint64_t, sc_dt::sc_bv<static_cast<int>(kBits)>>>>;

template <unsigned kBits>
using PinSignal = sc_core::sc_signal<PinType<kBits>>;

/// The value of any pin of up to 128 bits, low word first.
using PinValue = std::array<std::uint64_t, 2>;

/// "0x2a"
std::string hex(const PinValue& value);

/// A pin whose type is forgotten: for checks and lists.
struct Pin {
  std::string name;
  unsigned bits;
  std::function<PinValue()> read;
};

template <typename T>
PinValue pin_value(const T& value) {
  if constexpr (std::is_integral_v<T>) {
    return {static_cast<std::uint64_t>(value), 0};
  } else {
    PinValue out{};
    for (int i = 0; i < value.length(); i += 32) {
      out[i / 64] |= std::uint64_t{value.get_word(i / 32)} << (i % 64);
    }
    return out;
  }
}

/// Data of a pin from its bytes, the lowest lane first.
template <unsigned kBits>
PinType<kBits> pin_from_bytes(const std::uint8_t* bytes) {
  PinType<kBits> value{};
  if constexpr (kBits <= 64) {
    std::memcpy(&value, bytes, kBits / 8);
  } else {
    for (unsigned i = 0; i < kBits / 32; ++i) {
      std::uint32_t word = 0;
      std::memcpy(&word, bytes + 4 * i, 4);
      value.set_word(static_cast<int>(i), word);
    }
  }
  return value;
}

template <unsigned kBits>
void pin_to_bytes(const PinType<kBits>& value, std::uint8_t* bytes) {
  if constexpr (kBits <= 64) {
    std::memcpy(bytes, &value, kBits / 8);
  } else {
    for (unsigned i = 0; i < kBits / 32; ++i) {
      const auto word = static_cast<std::uint32_t>(value.get_word(static_cast<int>(i)));
      std::memcpy(bytes + 4 * i, &word, 4);
    }
  }
}

}  // namespace leyden::cosim
