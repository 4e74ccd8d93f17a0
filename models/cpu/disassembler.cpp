#include "models/cpu/disassembler.h"

#include <array>
#include <sstream>

#include "models/cpu/csr.h"

namespace leyden::cpu {
namespace {

std::string hexadecimal(std::uint32_t value) {
  std::ostringstream out;
  out << "0x" << std::hex << value;
  return out.str();
}

std::string csr_text(std::uint32_t number) {
  const std::string name(csr_name(number));
  return name.empty() ? hexadecimal(number) : name;
}

std::string operands(const Decoded& d, std::uint32_t pc) {
  const std::string rd = register_name(d.rd);
  const std::string rs1 = register_name(d.rs1);
  const std::string rs2 = register_name(d.rs2);
  const std::string number = std::to_string(d.immediate);
  const auto value = static_cast<std::uint32_t>(d.immediate);
  switch (info(d.id).format) {
    case Format::kR:
      return rd + ", " + rs1 + ", " + rs2;
    case Format::kI:
    case Format::kShift:
      return rd + ", " + rs1 + ", " + number;
    case Format::kLoad:
    case Format::kIndirect:
      return rd + ", " + number + "(" + rs1 + ")";
    case Format::kS:
      return rs2 + ", " + number + "(" + rs1 + ")";
    case Format::kB:
      return rs1 + ", " + rs2 + ", " + hexadecimal(pc + value);
    case Format::kU:
      return rd + ", " + hexadecimal(value >> 12);
    case Format::kJ:
      return rd + ", " + hexadecimal(pc + value);
    case Format::kCsr:
      return rd + ", " + csr_text(value) + ", " + rs1;
    case Format::kCsrImmediate:
      return rd + ", " + csr_text(value) + ", " + std::to_string(d.rs1);
    case Format::kAtomic:
      return rd + ", " + rs2 + ", (" + rs1 + ")";
    case Format::kUnary:
      return rd + ", " + rs1;
    case Format::kReserved:
      return rd + ", (" + rs1 + ")";
    case Format::kFence:
    case Format::kNone:
      return "";
  }
  return "";
}

}  // namespace

const char* register_name(unsigned index) {
  static constexpr std::array<const char*, 32> kNames = {
      "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
      "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
      "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  return kNames[index % 32];
}

std::string disassemble(const Decoded& instruction, std::uint32_t pc) {
  if (instruction.id == Id::kIllegal) return "illegal " + hexadecimal(instruction.bits);
  const std::string text = info(instruction.id).text;
  const std::string arguments = operands(instruction, pc);
  return arguments.empty() ? text : text + " " + arguments;
}

}  // namespace leyden::cpu
