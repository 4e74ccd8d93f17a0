#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "models/cpu/instruction_table.h"

namespace leyden::cpu {

/// Every instruction of the table, then what none of its rows matches.
enum class Id : std::uint8_t {
#define LEYDEN_ROW(id, text, match, mask, format, timing, kind, ...) id,
  LEYDEN_INSTRUCTION_TABLE(LEYDEN_ROW)
#undef LEYDEN_ROW
      kIllegal,
};
inline constexpr std::size_t kInstructionCount = static_cast<std::size_t>(Id::kIllegal);

/// Where the operands lie in the word, and how they are written.
enum class Format : std::uint8_t {
  kR,
  kI,
  kShift,
  kLoad,
  kIndirect,
  kS,
  kB,
  kU,
  kJ,
  kCsr,
  kCsrImmediate,
  kAtomic,
  kReserved,
  kFence,
  kUnary,  ///< rd and rs1 only
  kNone,
};

/// What an instruction costs is a property of its class (docs/models/cpu.md).
enum class TimingClass : std::uint8_t {
  kAlu,
  kLoad,
  kStore,
  kBranch,
  kJump,
  kMultiply,
  kDivide,
  kCsr,
  kAtomic,
  kSystem,
};
inline constexpr std::size_t kTimingClassCount = 10;
std::string_view to_string(TimingClass timing);  ///< "alu", "load", ...

/// What an instruction does, in kinds that share their execution (semantics.h).
enum class Kind : std::uint8_t {
  kCompute,
  kBranch,
  kJump,
  kLoad,
  kStore,
  kAtomic,
  kLoadReserved,
  kStoreConditional,
  kCsr,
  kTrap,
  kFence,
  kFenceI,
  kReturn,
  kWait,
  kIllegal,
};

struct InstructionInfo {
  Id id;
  const char* text;
  std::uint32_t match;
  std::uint32_t mask;
  Format format;
  TimingClass timing;
  Kind kind;
};

/// The table of instruction_table.h; index = Id. The last entry is the illegal instruction.
inline constexpr std::array<InstructionInfo, kInstructionCount + 1> kInstructions = {{
#define LEYDEN_ROW(id, text, match, mask, format, timing, kind, ...) \
  {Id::id, text, match, mask, Format::format, TimingClass::timing, Kind::k##kind},
    LEYDEN_INSTRUCTION_TABLE(LEYDEN_ROW)
#undef LEYDEN_ROW
        {Id::kIllegal, "illegal", 0, 0, Format::kNone, TimingClass::kSystem, Kind::kIllegal},
}};

constexpr const InstructionInfo& info(Id id) { return kInstructions[static_cast<std::size_t>(id)]; }

/// Whether an instruction is of Zba, Zbb or Zbs, which a core can do without.
constexpr bool is_bit_manipulation(Id id) { return id >= Id::kSh1add && id != Id::kIllegal; }

constexpr bool reads_rs1(Format format) {
  return format != Format::kU && format != Format::kJ && format != Format::kCsrImmediate &&
         format != Format::kFence && format != Format::kNone;
}
constexpr bool reads_rs2(Format format) {
  return format == Format::kR || format == Format::kS || format == Format::kB ||
         format == Format::kAtomic;
}
constexpr bool writes_rd(Format format) {
  return format != Format::kS && format != Format::kB && format != Format::kFence &&
         format != Format::kNone;
}
/// Whether the block of straight-line code ends with an instruction of this kind.
constexpr bool ends_block(Kind kind) {
  return kind == Kind::kBranch || kind == Kind::kJump || kind == Kind::kCsr ||
         kind == Kind::kTrap || kind == Kind::kFenceI || kind == Kind::kReturn ||
         kind == Kind::kWait || kind == Kind::kIllegal;
}

/// An instruction taken apart. Register fields an instruction does not have are 0.
struct Decoded {
  Id id = Id::kIllegal;
  std::uint8_t rd = 0;
  std::uint8_t rs1 = 0;
  std::uint8_t rs2 = 0;
  std::uint8_t length = 4;     ///< bytes: 2 when compressed
  std::int32_t immediate = 0;  ///< sign-extended; CSR number for Zicsr (immediate operand: rs1)
  std::uint32_t bits = 0;      ///< as fetched: 16 bits when compressed
};

/// Length in bytes of the instruction whose low halfword is `low`.
constexpr unsigned instruction_length(std::uint32_t low) { return (low & 3) == 3 ? 4 : 2; }

/// Decodes a word; only the low halfword matters when it is compressed. Never fails: what is no
/// instruction is Id::kIllegal.
/// @param bit_manipulation whether there are Zba, Zbb and Zbs
Decoded decode(std::uint32_t word, bool bit_manipulation = true);

}  // namespace leyden::cpu
