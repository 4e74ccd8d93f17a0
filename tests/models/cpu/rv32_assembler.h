#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace leyden::test {

/// Instruction words put together from the formats of the specification, independently of the
/// decoder under test.
class Rv32Assembler {
 public:
  explicit Rv32Assembler(std::uint32_t base) : base_(base) {}

  std::vector<std::uint8_t> code;
  std::uint32_t here() const { return base_ + static_cast<std::uint32_t>(code.size()); }

  void half(std::uint32_t bits) {
    code.push_back(static_cast<std::uint8_t>(bits));
    code.push_back(static_cast<std::uint8_t>(bits >> 8));
  }
  void word(std::uint32_t bits) {
    half(bits & 0xffff);
    half(bits >> 16);
  }
  void r(std::uint32_t opcode, unsigned rd, unsigned rs1, unsigned rs2) {
    word(opcode | rd << 7 | rs1 << 15 | rs2 << 20);
  }
  void i(std::uint32_t opcode, unsigned rd, unsigned rs1, std::uint32_t imm) {
    word(opcode | rd << 7 | rs1 << 15 | (imm & 0xfff) << 20);
  }
  void s(std::uint32_t opcode, unsigned rs1, unsigned rs2, std::uint32_t imm) {
    word(opcode | (imm & 31) << 7 | rs1 << 15 | rs2 << 20 | (imm >> 5 & 127) << 25);
  }
  void lui(unsigned rd, std::uint32_t value) { word(0x37 | rd << 7 | (value & 0xfffff000)); }
  void addi(unsigned rd, unsigned rs1, std::uint32_t imm) { i(0x13, rd, rs1, imm); }
  void lw(unsigned rd, unsigned rs1, std::uint32_t imm) { i(0x2003, rd, rs1, imm); }
  void sw(unsigned rs2, unsigned rs1, std::uint32_t imm) { s(0x2023, rs1, rs2, imm); }
  /// Always two instructions.
  void li(unsigned rd, std::uint32_t value) {
    lui(rd, value + 0x800);
    addi(rd, rd, value);
  }
  /// `function` 1, 2, 3: csrrw, csrrs, csrrc of a register; 5, 6, 7: of an immediate.
  void csr(unsigned function, unsigned rd, std::uint32_t number, unsigned source) {
    word(0x73 | function << 12 | rd << 7 | source << 15 | number << 20);
  }
  void csrr(unsigned rd, std::uint32_t number) { csr(2, rd, number, 0); }
  void csrw(std::uint32_t number, unsigned rs1) { csr(1, 0, number, rs1); }
  void ecall() { word(0x00000073); }
  void ebreak() { word(0x00100073); }
  void mret() { word(0x30200073); }
  void wfi() { word(0x10500073); }

  void branch(std::uint32_t opcode, unsigned rs1, unsigned rs2, std::uint32_t to) {
    word(b_type(opcode, rs1, rs2, to - here()));
  }
  void jal(unsigned rd, std::uint32_t to) { word(j_type(rd, to - here())); }
  /// Leaves room for a branch, a jal or an li of an address yet unknown. @return where it is
  std::uint32_t reserve(unsigned words = 1) {
    const std::uint32_t at = here();
    for (unsigned k = 0; k < words; ++k) word(0);
    return at;
  }
  void patch_branch(std::uint32_t at, std::uint32_t opcode, unsigned rs1, unsigned rs2) {
    put(at, b_type(opcode, rs1, rs2, here() - at));
  }
  void patch_jal(std::uint32_t at, unsigned rd) { put(at, j_type(rd, here() - at)); }
  /// Makes the two words at `at` an li of the address here.
  void patch_li(std::uint32_t at, unsigned rd) {
    const std::uint32_t value = here();
    put(at, 0x37 | rd << 7 | ((value + 0x800) & 0xfffff000));
    put(at + 4, 0x13 | rd << 7 | rd << 15 | (value & 0xfff) << 20);
  }
  void align(unsigned bytes) {
    while (here() % bytes != 0) half(0x0001);
  }

 private:
  static std::uint32_t b_type(std::uint32_t opcode, unsigned rs1, unsigned rs2, std::uint32_t d) {
    return opcode | (d >> 11 & 1) << 7 | (d >> 1 & 15) << 8 | rs1 << 15 | rs2 << 20 |
           (d >> 5 & 63) << 25 | (d >> 12 & 1) << 31;
  }
  static std::uint32_t j_type(unsigned rd, std::uint32_t d) {
    return 0x6fu | rd << 7 | (d >> 12 & 255) << 12 | (d >> 11 & 1) << 20 | (d >> 1 & 1023) << 21 |
           (d >> 20 & 1) << 31;
  }
  void put(std::uint32_t at, std::uint32_t bits) {
    std::memcpy(code.data() + (at - base_), &bits, 4);
  }

  std::uint32_t base_;
};

}  // namespace leyden::test
