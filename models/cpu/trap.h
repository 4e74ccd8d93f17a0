#pragma once

#include <cstdint>
#include <string_view>

namespace leyden::cpu {

// Exception causes (mcause) of the privileged architecture that this core can raise. Cause 0
// cannot: with compressed instructions every jump target is aligned.
inline constexpr std::uint32_t kCauseFetchAccess = 1;
inline constexpr std::uint32_t kCauseIllegal = 2;
inline constexpr std::uint32_t kCauseBreakpoint = 3;
inline constexpr std::uint32_t kCauseLoadMisaligned = 4;
inline constexpr std::uint32_t kCauseLoadAccess = 5;
inline constexpr std::uint32_t kCauseStoreMisaligned = 6;
inline constexpr std::uint32_t kCauseStoreAccess = 7;
inline constexpr std::uint32_t kCauseUserCall = 8;
inline constexpr std::uint32_t kCauseMachineCall = 11;

/// Set in mcause when the trap is an interrupt.
inline constexpr std::uint32_t kCauseInterrupt = 0x80000000u;

// Interrupt numbers, which are also the bits of mip and mie.
inline constexpr unsigned kSoftwareInterrupt = 3;
inline constexpr unsigned kTimerInterrupt = 7;
inline constexpr unsigned kExternalInterrupt = 11;

/// A cause in words: "load access fault", "machine timer interrupt".
std::string_view cause_text(std::uint32_t mcause);

}  // namespace leyden::cpu
