// Decoder and disassembler against objdump of the cross toolchain, an independent oracle.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "models/cpu/block_cache.h"
#include "models/cpu/disassembler.h"

namespace leyden::cpu {
namespace {

/// What objdump makes of some code at address 0: address to text ("addi\ta0,a0,-1").
std::map<std::uint32_t, std::string> objdump(const std::string& bytes) {
  const std::string path = testing::TempDir() + "leyden_decoder_test.bin";
  std::ofstream(path, std::ios::binary) << bytes;
  std::ofstream(path + ".s") << ".incbin \"" << path << "\"\n";
  // objdump learns from an object file's attributes that there is Zb*. Without its symbols it does
  // not know that the bytes are data.
  const std::string command =
      std::string(LEYDEN_CROSS_GCC) +
      " -c -march=rv32imac_zicsr_zifencei_zba_zbb_zbs -mabi=ilp32 -Wa,-mno-relax " + path +
      ".s -o " + path + ".o && " + LEYDEN_OBJCOPY + " --strip-all " + path + ".o && " +
      LEYDEN_OBJDUMP + " -D -z -j .text -M no-aliases " + path + ".o";
  FILE* pipe = popen(command.c_str(), "r");
  std::map<std::uint32_t, std::string> lines;
  char line[256];
  while (pipe != nullptr && std::fgets(line, sizeof line, pipe) != nullptr) {
    unsigned address = 0;
    unsigned word = 0;
    char text[200] = "";
    if (std::sscanf(line, " %x: %x %199[^\n]", &address, &word, text) == 3) lines[address] = text;
  }
  if (pipe != nullptr) pclose(pipe);
  for (const char* suffix : {"", ".s", ".o"}) std::remove((path + suffix).c_str());
  return lines;
}

std::string bytes_of(std::uint32_t word, unsigned length) {
  std::string bytes;
  for (unsigned i = 0; i < length; ++i) bytes += static_cast<char>(word >> (8 * i));
  return bytes;
}

std::string mnemonic(const std::string& text) { return text.substr(0, text.find_first_of(" \t")); }

/// Operands in one way of writing: no spaces, no comments, hexadecimal and decimal numbers alike.
std::string operands(const std::string& text) {
  const std::size_t start = text.find_first_of(" \t");
  if (start == std::string::npos) return "";
  std::string all;
  for (const char c : text.substr(start, text.find_first_of("<#") - start)) {
    if (c != ' ' && c != '\t') all += c;
  }
  std::string out;
  std::istringstream in(all);
  for (std::string part; std::getline(in, part, ',');) {
    if (part.rfind("0x", 0) == 0 && part.find('(') == std::string::npos) {
      part = std::to_string(static_cast<std::uint32_t>(std::stoul(part, nullptr, 16)));
    }
    out += (out.empty() ? "" : ",") + part;
  }
  return out;
}

TEST(Decoder, NoTwoRowsOverlap) {
  for (std::size_t i = 0; i < kInstructionCount; ++i) {
    const InstructionInfo& a = kInstructions[i];
    EXPECT_EQ(a.match & ~a.mask, 0u) << a.text;
    for (std::size_t j = i + 1; j < kInstructionCount; ++j) {
      const InstructionInfo& b = kInstructions[j];
      EXPECT_NE((a.match ^ b.match) & a.mask & b.mask, 0u) << a.text << " and " << b.text;
    }
  }
}

TEST(Decoder, RandomWordsEqualObjdump) {
  std::mt19937 random(3);
  std::vector<std::uint32_t> words;
  std::string bytes;
  const auto add = [&](std::uint32_t word) {
    if ((word & 0x1f) == 0x1f) return;  // the way longer instructions begin
    words.push_back(word);
    bytes += bytes_of(word, 4);
  };
  for (const InstructionInfo& row : kInstructions) {
    if (row.id == Id::kIllegal) continue;
    for (unsigned i = 0; i < 60; ++i) {
      const std::uint32_t noise = static_cast<std::uint32_t>(random());
      add(row.match | (noise & ~row.mask));
      add(row.match ^ (1u << (2 + noise % 30)));  // a neighbour, often no instruction
    }
  }
  for (unsigned i = 0; i < 20000; ++i) add(static_cast<std::uint32_t>(random()) | 3);

  std::set<std::string> known;
  for (const InstructionInfo& row : kInstructions) known.insert(row.text);
  const auto lines = objdump(bytes);
  ASSERT_EQ(lines.size(), words.size());
  unsigned valid = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint32_t pc = static_cast<std::uint32_t>(4 * i);
    const Decoded decoded = decode(words[i]);
    std::string name = mnemonic(lines.at(pc));
    // Ordering bits have no effect on this core.
    for (const char* suffix : {".aqrl", ".aq", ".rl"}) {
      const std::size_t at = name.rfind(suffix);
      if (name.size() > 5 && at != std::string::npos) name.erase(at);
    }
    const std::string ours = disassemble(decoded, pc);
    // objdump knows the shifts of RV64 too: by 32 and more.
    const bool is_wide_shift =
        (words[i] & 0x207f) == 0x13 && (words[i] & 0x1000) != 0 && (words[i] >> 25 & 1) != 0;
    if (is_wide_shift) {
      EXPECT_EQ(decoded.id, Id::kIllegal);
      continue;
    }
    if (decoded.id == Id::kIllegal) {
      EXPECT_EQ(known.count(name), 0u) << std::hex << words[i] << " " << lines.at(pc);
      continue;
    }
    ++valid;
    const bool is_fence = decoded.id == Id::kFence || decoded.id == Id::kFenceI;
    if (is_fence) continue;  // fields that are reserved must be ignored, which objdump does not
    EXPECT_EQ(mnemonic(ours), name) << std::hex << words[i] << " " << lines.at(pc);
    // objdump knows names of CSRs that this core does not have.
    if (info(decoded.id).format == Format::kCsr ||
        info(decoded.id).format == Format::kCsrImmediate) {
      continue;
    }
    EXPECT_EQ(operands(ours), operands(lines.at(pc))) << std::hex << words[i];
  }
  EXPECT_GT(valid, 4000u);
}

TEST(Decoder, BitManipulationCanBeLeftOut) {
  unsigned optional = 0;
  for (const InstructionInfo& row : kInstructions) {
    if (row.id == Id::kIllegal) continue;
    const Id without = decode(row.match, false).id;
    EXPECT_EQ(without, is_bit_manipulation(row.id) ? Id::kIllegal : row.id) << row.text;
    optional += is_bit_manipulation(row.id) ? 1 : 0;
  }
  EXPECT_EQ(optional, 3u + 18u + 8u) << "Zba, Zbb, Zbs";
}

TEST(Decoder, EveryCompressedInstructionEqualsObjdump) {
  std::string bytes;
  std::vector<std::uint16_t> halves;
  for (std::uint32_t half = 0; half < 0x10000; ++half) {
    if (instruction_length(half) != 2) continue;
    halves.push_back(static_cast<std::uint16_t>(half));
    bytes += bytes_of(half, 2);
  }
  const auto lines = objdump(bytes);
  ASSERT_EQ(lines.size(), halves.size());
  // Which 32-bit instruction each compressed one is short for.
  const std::map<std::string, std::string> expansion = {
      {"c.addi4spn", "addi"}, {"c.lw", "lw"},      {"c.sw", "sw"},     {"c.nop", "addi"},
      {"c.addi", "addi"},     {"c.jal", "jal"},    {"c.li", "addi"},   {"c.addi16sp", "addi"},
      {"c.lui", "lui"},       {"c.srli", "srli"},  {"c.srai", "srai"}, {"c.andi", "andi"},
      {"c.sub", "sub"},       {"c.xor", "xor"},    {"c.or", "or"},     {"c.and", "and"},
      {"c.j", "jal"},         {"c.beqz", "beq"},   {"c.bnez", "bne"},  {"c.slli", "slli"},
      {"c.lwsp", "lw"},       {"c.jr", "jalr"},    {"c.mv", "add"},    {"c.ebreak", "ebreak"},
      {"c.jalr", "jalr"},     {"c.add", "add"},    {"c.swsp", "sw"},   {"c.slli64", "slli"},
      {"c.srli64", "srli"},   {"c.srai64", "srai"}};
  unsigned valid = 0;
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const std::string& line = lines.at(static_cast<std::uint32_t>(2 * i));
    const auto known = expansion.find(mnemonic(line));
    const Decoded decoded = decode(halves[i]);
    // objdump knows the shifts of RV64 too: by 32 and more.
    const bool is_shift =
        known != expansion.end() && known->second[0] == 's' &&
        (known->second == "slli" || known->second == "srli" || known->second == "srai");
    const bool is_wide_shift = is_shift && (halves[i] >> 12 & 1) != 0;
    const bool is_zero_addi16sp = halves[i] == 0x6101;  // reserved
    if (known == expansion.end() || is_wide_shift || is_zero_addi16sp) {
      EXPECT_EQ(decoded.id, Id::kIllegal) << std::hex << halves[i] << " " << line;
    } else {
      ++valid;
      EXPECT_EQ(std::string(info(decoded.id).text), known->second)
          << std::hex << halves[i] << " " << line;
    }
    EXPECT_EQ(decoded.length, 2u);
    EXPECT_EQ(decoded.bits, halves[i]);
  }
  EXPECT_GT(valid, 25000u);
}

}  // namespace
}  // namespace leyden::cpu
