#include "models/cpu/instruction.h"

#include "models/cpu/compressed.h"

namespace leyden::cpu {
namespace {

constexpr std::int32_t sign_extend(std::uint32_t value, unsigned bits) {
  const std::uint32_t sign = 1u << (bits - 1);
  return static_cast<std::int32_t>((value ^ sign) - sign);
}

constexpr std::uint32_t field(std::uint32_t word, unsigned high, unsigned low) {
  return (word >> low) & ((1u << (high - low + 1)) - 1);
}

std::int32_t immediate_of(Format format, std::uint32_t w) {
  switch (format) {
    case Format::kI:
    case Format::kLoad:
    case Format::kIndirect:
      return sign_extend(field(w, 31, 20), 12);
    case Format::kShift:
      return static_cast<std::int32_t>(field(w, 24, 20));
    case Format::kS:
      return sign_extend(field(w, 31, 25) << 5 | field(w, 11, 7), 12);
    case Format::kB:
      return sign_extend(field(w, 31, 31) << 12 | field(w, 7, 7) << 11 | field(w, 30, 25) << 5 |
                             field(w, 11, 8) << 1,
                         13);
    case Format::kU:
      return static_cast<std::int32_t>(w & 0xfffff000u);
    case Format::kJ:
      return sign_extend(field(w, 31, 31) << 20 | field(w, 19, 12) << 12 | field(w, 20, 20) << 11 |
                             field(w, 30, 21) << 1,
                         21);
    case Format::kCsr:
    case Format::kCsrImmediate:
      return static_cast<std::int32_t>(field(w, 31, 20));
    default:
      return 0;
  }
}

/// Rows sorted by major opcode, so that decoding looks at a few rows only.
struct OpcodeIndex {
  std::array<std::uint8_t, kInstructionCount> rows{};
  std::array<std::uint8_t, 129> first{};

  constexpr OpcodeIndex() {
    std::size_t filled = 0;
    for (std::size_t opcode = 0; opcode < 128; ++opcode) {
      first[opcode] = static_cast<std::uint8_t>(filled);
      for (std::size_t row = 0; row < kInstructionCount; ++row) {
        if ((kInstructions[row].match & 0x7f) == opcode) {
          rows[filled++] = static_cast<std::uint8_t>(row);
        }
      }
    }
    first[128] = static_cast<std::uint8_t>(filled);
  }
};
constexpr OpcodeIndex kIndex;

Decoded decode_wide(std::uint32_t word, bool bit_manipulation) {
  Decoded out;
  out.bits = word;
  const std::size_t opcode = word & 0x7f;
  for (std::size_t i = kIndex.first[opcode]; i < kIndex.first[opcode + 1]; ++i) {
    const InstructionInfo& row = kInstructions[kIndex.rows[i]];
    if ((word & row.mask) != row.match) continue;
    if (!bit_manipulation && is_bit_manipulation(row.id)) break;
    out.id = row.id;
    if (writes_rd(row.format)) out.rd = static_cast<std::uint8_t>(field(word, 11, 7));
    if (reads_rs1(row.format) || row.format == Format::kCsrImmediate) {
      out.rs1 = static_cast<std::uint8_t>(field(word, 19, 15));
    }
    if (reads_rs2(row.format)) out.rs2 = static_cast<std::uint8_t>(field(word, 24, 20));
    out.immediate = immediate_of(row.format, word);
    break;
  }
  return out;
}

}  // namespace

std::string_view to_string(TimingClass timing) {
  static constexpr std::array<std::string_view, kTimingClassCount> kNames = {
      "alu", "load", "store", "branch", "jump", "multiply", "divide", "csr", "atomic", "system"};
  return kNames[static_cast<std::size_t>(timing)];
}

Decoded decode(std::uint32_t word, bool bit_manipulation) {
  if (instruction_length(word) == 4) return decode_wide(word, bit_manipulation);
  const auto half = static_cast<std::uint16_t>(word);
  const std::uint32_t expanded = expand_compressed(half);
  // 0 is no instruction, so it decodes as illegal.
  Decoded out = decode_wide(expanded, bit_manipulation);
  out.bits = half;
  out.length = 2;
  return out;
}

}  // namespace leyden::cpu
