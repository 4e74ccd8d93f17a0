#pragma once

// The one description of every instruction. Decoder, disassembler text, timing and execution are
// all made from these rows (instruction.h, instruction.cpp, semantics.h):
//
//   X(id, text, match, mask, format, timing class, kind, expression)
//
// An instruction word w is this one when (w & mask) == match. `kind` says what the expression is
// (models/cpu/semantics.h):
//   Compute           rd = expression of a (rs1), b (rs2, or the immediate of the format) and pc
//   Branch            taken when the expression of a and b holds
//   Jump              target; rd = address of the next instruction
//   Load, Store       type of the memory access, at a + immediate
//   Atomic            new memory value from m (old value) and b (rs2); rd = m
//   LoadReserved, StoreConditional
//   Csr               new value from old and a (rs1, or the 5-bit immediate of the format)
//   Trap              cause raised; that of the environment call depends on the mode
//   Fence, FenceI, Return, Wait
// Compressed instructions are expanded to these before decoding (compressed.h).

// It takes a & b for a declaration.
// clang-format off
#define LEYDEN_INSTRUCTION_TABLE(X)                                                            \
  /* RV32I */                                                                                  \
  X(kLui, "lui", 0x00000037, 0x0000007f, kU, kAlu, Compute, b)                                 \
  X(kAuipc, "auipc", 0x00000017, 0x0000007f, kU, kAlu, Compute, pc + b)                        \
  X(kJal, "jal", 0x0000006f, 0x0000007f, kJ, kJump, Jump, pc + b)                              \
  X(kJalr, "jalr", 0x00000067, 0x0000707f, kIndirect, kJump, Jump, (a + b) & ~1u)              \
  X(kBeq, "beq", 0x00000063, 0x0000707f, kB, kBranch, Branch, a == b)                          \
  X(kBne, "bne", 0x00001063, 0x0000707f, kB, kBranch, Branch, a != b)                          \
  X(kBlt, "blt", 0x00004063, 0x0000707f, kB, kBranch, Branch, as_signed(a) < as_signed(b))     \
  X(kBge, "bge", 0x00005063, 0x0000707f, kB, kBranch, Branch, as_signed(a) >= as_signed(b))    \
  X(kBltu, "bltu", 0x00006063, 0x0000707f, kB, kBranch, Branch, a < b)                         \
  X(kBgeu, "bgeu", 0x00007063, 0x0000707f, kB, kBranch, Branch, a >= b)                        \
  X(kLb, "lb", 0x00000003, 0x0000707f, kLoad, kLoad, Load, std::int8_t)                        \
  X(kLh, "lh", 0x00001003, 0x0000707f, kLoad, kLoad, Load, std::int16_t)                       \
  X(kLw, "lw", 0x00002003, 0x0000707f, kLoad, kLoad, Load, std::uint32_t)                      \
  X(kLbu, "lbu", 0x00004003, 0x0000707f, kLoad, kLoad, Load, std::uint8_t)                     \
  X(kLhu, "lhu", 0x00005003, 0x0000707f, kLoad, kLoad, Load, std::uint16_t)                    \
  X(kSb, "sb", 0x00000023, 0x0000707f, kS, kStore, Store, std::uint8_t)                        \
  X(kSh, "sh", 0x00001023, 0x0000707f, kS, kStore, Store, std::uint16_t)                       \
  X(kSw, "sw", 0x00002023, 0x0000707f, kS, kStore, Store, std::uint32_t)                       \
  X(kAddi, "addi", 0x00000013, 0x0000707f, kI, kAlu, Compute, a + b)                           \
  X(kSlti, "slti", 0x00002013, 0x0000707f, kI, kAlu, Compute, as_signed(a) < as_signed(b))     \
  X(kSltiu, "sltiu", 0x00003013, 0x0000707f, kI, kAlu, Compute, a < b)                         \
  X(kXori, "xori", 0x00004013, 0x0000707f, kI, kAlu, Compute, a ^ b)                           \
  X(kOri, "ori", 0x00006013, 0x0000707f, kI, kAlu, Compute, a | b)                             \
  X(kAndi, "andi", 0x00007013, 0x0000707f, kI, kAlu, Compute, a & b)                            \
  X(kSlli, "slli", 0x00001013, 0xfe00707f, kShift, kAlu, Compute, a << b)                      \
  X(kSrli, "srli", 0x00005013, 0xfe00707f, kShift, kAlu, Compute, a >> b)                      \
  X(kSrai, "srai", 0x40005013, 0xfe00707f, kShift, kAlu, Compute, shift_right_signed(a, b))    \
  X(kAdd, "add", 0x00000033, 0xfe00707f, kR, kAlu, Compute, a + b)                             \
  X(kSub, "sub", 0x40000033, 0xfe00707f, kR, kAlu, Compute, a - b)                             \
  X(kSll, "sll", 0x00001033, 0xfe00707f, kR, kAlu, Compute, a << (b & 31))                     \
  X(kSlt, "slt", 0x00002033, 0xfe00707f, kR, kAlu, Compute, as_signed(a) < as_signed(b))       \
  X(kSltu, "sltu", 0x00003033, 0xfe00707f, kR, kAlu, Compute, a < b)                           \
  X(kXor, "xor", 0x00004033, 0xfe00707f, kR, kAlu, Compute, a ^ b)                             \
  X(kSrl, "srl", 0x00005033, 0xfe00707f, kR, kAlu, Compute, a >> (b & 31))                     \
  X(kSra, "sra", 0x40005033, 0xfe00707f, kR, kAlu, Compute, shift_right_signed(a, b & 31))     \
  X(kOr, "or", 0x00006033, 0xfe00707f, kR, kAlu, Compute, a | b)                               \
  X(kAnd, "and", 0x00007033, 0xfe00707f, kR, kAlu, Compute, a & b)                              \
  X(kFence, "fence", 0x0000000f, 0x0000707f, kFence, kSystem, Fence, 0)                        \
  X(kFenceI, "fence.i", 0x0000100f, 0x0000707f, kNone, kSystem, FenceI, 0)                     \
  X(kEcall, "ecall", 0x00000073, 0xffffffff, kNone, kSystem, Trap, kCauseUserCall)             \
  X(kEbreak, "ebreak", 0x00100073, 0xffffffff, kNone, kSystem, Trap, kCauseBreakpoint)         \
  X(kMret, "mret", 0x30200073, 0xffffffff, kNone, kSystem, Return, 0)                          \
  X(kWfi, "wfi", 0x10500073, 0xffffffff, kNone, kSystem, Wait, 0)                              \
  /* Zicsr */                                                                                  \
  X(kCsrrw, "csrrw", 0x00001073, 0x0000707f, kCsr, kCsr, Csr, a)                               \
  X(kCsrrs, "csrrs", 0x00002073, 0x0000707f, kCsr, kCsr, Csr, old | a)                         \
  X(kCsrrc, "csrrc", 0x00003073, 0x0000707f, kCsr, kCsr, Csr, old & ~a)                        \
  X(kCsrrwi, "csrrwi", 0x00005073, 0x0000707f, kCsrImmediate, kCsr, Csr, a)                    \
  X(kCsrrsi, "csrrsi", 0x00006073, 0x0000707f, kCsrImmediate, kCsr, Csr, old | a)              \
  X(kCsrrci, "csrrci", 0x00007073, 0x0000707f, kCsrImmediate, kCsr, Csr, old & ~a)             \
  /* M */                                                                                      \
  X(kMul, "mul", 0x02000033, 0xfe00707f, kR, kMultiply, Compute, a* b)                         \
  X(kMulh, "mulh", 0x02001033, 0xfe00707f, kR, kMultiply, Compute, multiply_high(a, b))        \
  X(kMulhsu, "mulhsu", 0x02002033, 0xfe00707f, kR, kMultiply, Compute, multiply_high_su(a, b)) \
  X(kMulhu, "mulhu", 0x02003033, 0xfe00707f, kR, kMultiply, Compute, multiply_high_u(a, b))    \
  X(kDiv, "div", 0x02004033, 0xfe00707f, kR, kDivide, Compute, divide(a, b))                   \
  X(kDivu, "divu", 0x02005033, 0xfe00707f, kR, kDivide, Compute, divide_unsigned(a, b))         \
  X(kRem, "rem", 0x02006033, 0xfe00707f, kR, kDivide, Compute, remainder(a, b))                \
  X(kRemu, "remu", 0x02007033, 0xfe00707f, kR, kDivide, Compute, remainder_unsigned(a, b))      \
  /* A */                                                                                      \
  X(kLrW, "lr.w", 0x1000202f, 0xf9f0707f, kReserved, kAtomic, LoadReserved, 0)                 \
  X(kScW, "sc.w", 0x1800202f, 0xf800707f, kAtomic, kAtomic, StoreConditional, 0)               \
  X(kAmoswapW, "amoswap.w", 0x0800202f, 0xf800707f, kAtomic, kAtomic, Atomic, b)               \
  X(kAmoaddW, "amoadd.w", 0x0000202f, 0xf800707f, kAtomic, kAtomic, Atomic, m + b)             \
  X(kAmoxorW, "amoxor.w", 0x2000202f, 0xf800707f, kAtomic, kAtomic, Atomic, m ^ b)             \
  X(kAmoandW, "amoand.w", 0x6000202f, 0xf800707f, kAtomic, kAtomic, Atomic, m & b)              \
  X(kAmoorW, "amoor.w", 0x4000202f, 0xf800707f, kAtomic, kAtomic, Atomic, m | b)               \
  X(kAmominW, "amomin.w", 0x8000202f, 0xf800707f, kAtomic, kAtomic, Atomic,                    \
    as_signed(m) < as_signed(b) ? m : b)                                                       \
  X(kAmomaxW, "amomax.w", 0xa000202f, 0xf800707f, kAtomic, kAtomic, Atomic,                    \
    as_signed(m) > as_signed(b) ? m : b)                                                       \
  X(kAmominuW, "amominu.w", 0xc000202f, 0xf800707f, kAtomic, kAtomic, Atomic, m < b ? m : b)   \
  X(kAmomaxuW, "amomaxu.w", 0xe000202f, 0xf800707f, kAtomic, kAtomic, Atomic, m > b ? m : b)   \
  /* Zba, Zbb and Zbs: from here on optional, see is_bit_manipulation() */                     \
  X(kSh1add, "sh1add", 0x20002033, 0xfe00707f, kR, kAlu, Compute, (a << 1) + b)                \
  X(kSh2add, "sh2add", 0x20004033, 0xfe00707f, kR, kAlu, Compute, (a << 2) + b)                \
  X(kSh3add, "sh3add", 0x20006033, 0xfe00707f, kR, kAlu, Compute, (a << 3) + b)                \
  X(kAndn, "andn", 0x40007033, 0xfe00707f, kR, kAlu, Compute, a & ~b)                          \
  X(kOrn, "orn", 0x40006033, 0xfe00707f, kR, kAlu, Compute, a | ~b)                            \
  X(kXnor, "xnor", 0x40004033, 0xfe00707f, kR, kAlu, Compute, ~(a ^ b))                        \
  X(kClz, "clz", 0x60001013, 0xfff0707f, kUnary, kAlu, Compute, count_leading_zeros(a))        \
  X(kCtz, "ctz", 0x60101013, 0xfff0707f, kUnary, kAlu, Compute, count_trailing_zeros(a))       \
  X(kCpop, "cpop", 0x60201013, 0xfff0707f, kUnary, kAlu, Compute, count_ones(a))               \
  X(kSextB, "sext.b", 0x60401013, 0xfff0707f, kUnary, kAlu, Compute, sign_extend_byte(a))      \
  X(kSextH, "sext.h", 0x60501013, 0xfff0707f, kUnary, kAlu, Compute, sign_extend_half(a))      \
  X(kZextH, "zext.h", 0x08004033, 0xfff0707f, kUnary, kAlu, Compute, a & 0xffffu)              \
  X(kMin, "min", 0x0a004033, 0xfe00707f, kR, kAlu, Compute, minimum(a, b))                     \
  X(kMinu, "minu", 0x0a005033, 0xfe00707f, kR, kAlu, Compute, minimum_unsigned(a, b))          \
  X(kMax, "max", 0x0a006033, 0xfe00707f, kR, kAlu, Compute, maximum(a, b))                     \
  X(kMaxu, "maxu", 0x0a007033, 0xfe00707f, kR, kAlu, Compute, maximum_unsigned(a, b))          \
  X(kRol, "rol", 0x60001033, 0xfe00707f, kR, kAlu, Compute, rotate_left(a, b & 31))            \
  X(kRor, "ror", 0x60005033, 0xfe00707f, kR, kAlu, Compute, rotate_right(a, b & 31))           \
  X(kRori, "rori", 0x60005013, 0xfe00707f, kShift, kAlu, Compute, rotate_right(a, b))          \
  X(kOrcB, "orc.b", 0x28705013, 0xfff0707f, kUnary, kAlu, Compute, or_combine_bytes(a))        \
  X(kRev8, "rev8", 0x69805013, 0xfff0707f, kUnary, kAlu, Compute, reverse_bytes(a))            \
  X(kBclr, "bclr", 0x48001033, 0xfe00707f, kR, kAlu, Compute, a & ~single_bit(b & 31))         \
  X(kBclri, "bclri", 0x48001013, 0xfe00707f, kShift, kAlu, Compute, a & ~single_bit(b))        \
  X(kBext, "bext", 0x48005033, 0xfe00707f, kR, kAlu, Compute, a >> (b & 31) & 1)               \
  X(kBexti, "bexti", 0x48005013, 0xfe00707f, kShift, kAlu, Compute, a >> b & 1)                \
  X(kBinv, "binv", 0x68001033, 0xfe00707f, kR, kAlu, Compute, a ^ single_bit(b & 31))          \
  X(kBinvi, "binvi", 0x68001013, 0xfe00707f, kShift, kAlu, Compute, a ^ single_bit(b))         \
  X(kBset, "bset", 0x28001033, 0xfe00707f, kR, kAlu, Compute, a | single_bit(b & 31))          \
  X(kBseti, "bseti", 0x28001013, 0xfe00707f, kShift, kAlu, Compute, a | single_bit(b))
// clang-format on
