#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace leyden::test {

/// Physical memory protection as the privileged architecture (1.12, section 3.7) tells it, byte by
/// byte: slow, and independent of the model under test.
struct PmpReference {
  static constexpr unsigned kEntries = 16;
  static constexpr std::uint8_t kRead = 1;
  static constexpr std::uint8_t kWrite = 2;
  static constexpr std::uint8_t kExecute = 4;
  static constexpr std::uint8_t kLock = 0x80;
  enum Match { kOff, kTor, kNa4, kNapot };

  std::array<std::uint8_t, kEntries> cfg{};
  std::array<std::uint32_t, kEntries> addr{};

  static std::uint8_t match(Match match) { return static_cast<std::uint8_t>(match << 3); }
  Match match_of(unsigned i) const { return static_cast<Match>(cfg[i] >> 3 & 3); }

  bool holds(unsigned i, std::uint32_t byte) const {
    const std::uint32_t word = byte >> 2;
    switch (match_of(i)) {
      case kTor:
        return word < addr[i] && (i == 0 || word >= addr[i - 1]);
      case kNa4:
        return word == addr[i];
      case kNapot:
        for (unsigned bit = 0; bit < 32; ++bit) {  // the lowest 0, and the ones below, match all
          if ((addr[i] >> bit & 1) == 0) return bit == 31 || (word ^ addr[i]) >> (bit + 1) == 0;
        }
        return true;
      default:
        return false;
    }
  }

  /// Whether a mode may make an access that needs `rights`.
  bool allows(bool machine, std::uint8_t rights, std::uint32_t address, unsigned bytes) const {
    for (unsigned i = 0; i < kEntries; ++i) {
      unsigned held = 0;
      for (unsigned b = 0; b < bytes; ++b) held += holds(i, address + b) ? 1 : 0;
      if (held == 0) continue;
      if (held != bytes) return false;
      if (machine && (cfg[i] & kLock) == 0) return true;
      return (cfg[i] & rights) == rights;
    }
    return machine;
  }

  void write_cfg(unsigned i, std::uint8_t value) {
    if ((cfg[i] & kLock) != 0) return;
    value &= 0x9f;
    if ((value & kRead) == 0)
      value &= static_cast<std::uint8_t>(~kWrite);  // reserved: this core's choice
    cfg[i] = value;
  }
  void write_addr(unsigned i, std::uint32_t value) {
    if ((cfg[i] & kLock) != 0) return;
    const bool below_locked = i + 1 < kEntries && (cfg[i + 1] & kLock) != 0;
    if (below_locked && match_of(i + 1) == kTor) return;
    addr[i] = value;
  }
};

}  // namespace leyden::test
