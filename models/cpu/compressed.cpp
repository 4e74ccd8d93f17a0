#include "models/cpu/compressed.h"

#include <array>

namespace leyden::cpu {
namespace {

using Word = std::uint32_t;

constexpr Word bits(Word half, unsigned high, unsigned low) {
  return (half >> low) & ((1u << (high - low + 1)) - 1);
}
constexpr Word bit(Word half, unsigned position) { return (half >> position) & 1u; }
constexpr Word sign_extend(Word value, unsigned width) {
  const Word sign = 1u << (width - 1);
  return (value ^ sign) - sign;
}

// Register fields: full (x0..x31) and short (x8..x15).
constexpr Word rd(Word c) { return bits(c, 11, 7); }
constexpr Word rs2(Word c) { return bits(c, 6, 2); }
constexpr Word rd_short(Word c) { return 8 + bits(c, 4, 2); }
constexpr Word rs1_short(Word c) { return 8 + bits(c, 9, 7); }

// Immediates, named after the instruction formats of the C extension.
constexpr Word imm_ci(Word c) { return sign_extend(bit(c, 12) << 5 | bits(c, 6, 2), 6); }
constexpr Word shamt(Word c) { return bit(c, 12) << 5 | bits(c, 6, 2); }
constexpr Word imm_lw(Word c) { return bit(c, 5) << 6 | bits(c, 12, 10) << 3 | bit(c, 6) << 2; }
constexpr Word imm_lwsp(Word c) {
  return bits(c, 3, 2) << 6 | bit(c, 12) << 5 | bits(c, 6, 4) << 2;
}
constexpr Word imm_swsp(Word c) { return bits(c, 8, 7) << 6 | bits(c, 12, 9) << 2; }
constexpr Word imm_addi4spn(Word c) {
  return bits(c, 10, 7) << 6 | bits(c, 12, 11) << 4 | bit(c, 5) << 3 | bit(c, 6) << 2;
}
constexpr Word imm_addi16sp(Word c) {
  return sign_extend(
      bit(c, 12) << 9 | bits(c, 4, 3) << 7 | bit(c, 5) << 6 | bit(c, 2) << 5 | bit(c, 6) << 4, 10);
}
constexpr Word imm_j(Word c) {
  return sign_extend(bit(c, 12) << 11 | bit(c, 8) << 10 | bits(c, 10, 9) << 8 | bit(c, 6) << 7 |
                         bit(c, 7) << 6 | bit(c, 2) << 5 | bit(c, 11) << 4 | bits(c, 5, 3) << 1,
                     12);
}
constexpr Word imm_b(Word c) {
  return sign_extend(bit(c, 12) << 8 | bits(c, 6, 5) << 6 | bit(c, 2) << 5 | bits(c, 11, 10) << 3 |
                         bits(c, 4, 3) << 1,
                     9);
}

// Words of the 32-bit formats.
constexpr Word make_r(Word opcode, Word to, Word a, Word b) {
  return opcode | to << 7 | a << 15 | b << 20;
}
constexpr Word make_i(Word opcode, Word to, Word a, Word immediate) {
  return opcode | to << 7 | a << 15 | (immediate & 0xfff) << 20;
}
constexpr Word make_s(Word opcode, Word a, Word b, Word immediate) {
  return opcode | bits(immediate, 4, 0) << 7 | a << 15 | b << 20 | bits(immediate, 11, 5) << 25;
}
constexpr Word make_b(Word opcode, Word a, Word b, Word immediate) {
  return opcode | bit(immediate, 11) << 7 | bits(immediate, 4, 1) << 8 | a << 15 | b << 20 |
         bits(immediate, 10, 5) << 25 | bit(immediate, 12) << 31;
}
constexpr Word make_j(Word to, Word immediate) {
  return 0x6fu | to << 7 | bits(immediate, 19, 12) << 12 | bit(immediate, 11) << 20 |
         bits(immediate, 10, 1) << 21 | bit(immediate, 20) << 31;
}

constexpr Word kAddi = 0x13, kSlli = 0x1013, kSrli = 0x5013, kSrai = 0x40005013, kAndi = 0x7013;
constexpr Word kAdd = 0x33, kSub = 0x40000033, kXor = 0x4033, kOr = 0x6033, kAnd = 0x7033;
constexpr Word kLw = 0x2003, kSw = 0x2023, kJalr = 0x67, kBeq = 0x63, kBne = 0x1063;
constexpr Word kEbreak = 0x00100073;

struct Row {
  Word match;
  Word mask;
  Word (*expand)(Word c);
};

// First row that matches counts, so special register numbers stand before the general row.
constexpr std::array<Row, 29> kRows = {{
    // quadrant 0
    {0x0000, 0xffe3, [](Word) { return Word{0}; }},  // c.addi4spn with 0 is reserved
    {0x0000, 0xe003, [](Word c) { return make_i(kAddi, rd_short(c), 2, imm_addi4spn(c)); }},
    {0x4000, 0xe003, [](Word c) { return make_i(kLw, rd_short(c), rs1_short(c), imm_lw(c)); }},
    {0xc000, 0xe003, [](Word c) { return make_s(kSw, rs1_short(c), rd_short(c), imm_lw(c)); }},
    // quadrant 1
    {0x0001, 0xe003, [](Word c) { return make_i(kAddi, rd(c), rd(c), imm_ci(c)); }},
    {0x2001, 0xe003, [](Word c) { return make_j(1, imm_j(c)); }},
    {0x4001, 0xe003, [](Word c) { return make_i(kAddi, rd(c), 0, imm_ci(c)); }},
    {0x6001, 0xf07f, [](Word) { return Word{0}; }},  // c.lui, c.addi16sp with 0 are reserved
    {0x6101, 0xef83, [](Word c) { return make_i(kAddi, 2, 2, imm_addi16sp(c)); }},
    {0x6001, 0xe003, [](Word c) { return 0x37u | rd(c) << 7 | imm_ci(c) << 12; }},
    {0x9001, 0xf803, [](Word) { return Word{0}; }},  // shift by 32 and more, or RV64 operations
    {0x8001, 0xec03, [](Word c) { return make_i(kSrli, rs1_short(c), rs1_short(c), shamt(c)); }},
    {0x8401, 0xec03, [](Word c) { return make_i(kSrai, rs1_short(c), rs1_short(c), shamt(c)); }},
    {0x8801, 0xec03, [](Word c) { return make_i(kAndi, rs1_short(c), rs1_short(c), imm_ci(c)); }},
    {0x8c01, 0xfc63, [](Word c) { return make_r(kSub, rs1_short(c), rs1_short(c), rd_short(c)); }},
    {0x8c21, 0xfc63, [](Word c) { return make_r(kXor, rs1_short(c), rs1_short(c), rd_short(c)); }},
    {0x8c41, 0xfc63, [](Word c) { return make_r(kOr, rs1_short(c), rs1_short(c), rd_short(c)); }},
    {0x8c61, 0xfc63, [](Word c) { return make_r(kAnd, rs1_short(c), rs1_short(c), rd_short(c)); }},
    {0xa001, 0xe003, [](Word c) { return make_j(0, imm_j(c)); }},
    {0xc001, 0xe003, [](Word c) { return make_b(kBeq, rs1_short(c), 0, imm_b(c)); }},
    {0xe001, 0xe003, [](Word c) { return make_b(kBne, rs1_short(c), 0, imm_b(c)); }},
    // quadrant 2
    {0x0002, 0xf003, [](Word c) { return make_i(kSlli, rd(c), rd(c), shamt(c)); }},
    {0x4002, 0xef83, [](Word) { return Word{0}; }},  // c.lwsp to x0 is reserved
    {0x4002, 0xe003, [](Word c) { return make_i(kLw, rd(c), 2, imm_lwsp(c)); }},
    {0x8002, 0xffff, [](Word) { return Word{0}; }},  // c.jr x0 is reserved
    {0x9002, 0xffff, [](Word) { return kEbreak; }},
    {0x8002, 0xe07f, [](Word c) { return make_i(kJalr, bit(c, 12), rd(c), 0); }},
    {0x8002, 0xe003, [](Word c) { return make_r(kAdd, rd(c), bit(c, 12) * rd(c), rs2(c)); }},
    {0xc002, 0xe003, [](Word c) { return make_s(kSw, 2, rs2(c), imm_swsp(c)); }},
}};

}  // namespace

std::uint32_t expand_compressed(std::uint16_t half) {
  for (const Row& row : kRows) {
    if ((half & row.mask) == row.match) return row.expand(half);
  }
  return 0;
}

}  // namespace leyden::cpu
