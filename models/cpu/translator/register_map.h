#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <asmjit/x86.h>

#include "models/cpu/hart_arena.h"

// Which host register holds what in translated code (System V calling convention outside).
namespace leyden::cpu {

namespace host = asmjit::x86;

inline const host::Gp kArena = host::rbx;       ///< HartArena::Contents
inline const host::Gp kDirectBase = host::r14;  ///< host address of guest address 0
inline const host::Gp kProgress = host::r15;    ///< cycles left << 32 | instructions retired
inline const host::Gp kScratch = host::rax;
inline const host::Gp kScratch2 = host::rcx;

/// A guest register that lives in a host register throughout translated code.
struct MappedRegister {
  std::uint8_t guest;
  std::uint8_t host;
};
/// The registers compiled code uses most (docs/models/cpu-translator.md); those that need no prefix
/// byte first.
inline constexpr std::array<MappedRegister, 10> kMappedRegisters = {{
    {15, host::Gp::kIdDx},
    {14, host::Gp::kIdSi},
    {10, host::Gp::kIdDi},
    {13, host::Gp::kIdBp},
    {11, host::Gp::kIdR8},
    {12, host::Gp::kIdR9},
    {8, host::Gp::kIdR10},
    {2, host::Gp::kIdR11},
    {9, host::Gp::kIdR12},
    {16, host::Gp::kIdR13},
}};

/// The host register (32 bits) of a guest register, if it has one.
inline std::optional<host::Gp> mapped(unsigned guest) {
  for (const MappedRegister& pair : kMappedRegisters) {
    if (pair.guest == guest) return host::gpd(pair.host);
  }
  return std::nullopt;
}
/// The place of a guest register in the hart's state.
inline host::Mem in_state(unsigned guest) {
  return host::dword_ptr(
      kArena, static_cast<std::int32_t>(offsetof(HartState, x) + sizeof(std::uint32_t) * guest));
}

}  // namespace leyden::cpu
