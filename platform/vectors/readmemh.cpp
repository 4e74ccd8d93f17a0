#include "platform/vectors/readmemh.h"

#include "models/base/error.h"
#include "platform/vectors/text_lines.h"

namespace leyden::vectors {
namespace {

void append_word(std::string& text, const std::vector<std::uint8_t>& word, unsigned width_bits) {
  const std::size_t digits = width_bits / 4;
  for (std::size_t i = digits; i-- > 0;) {
    const unsigned nibble = word[i / 2] >> (i % 2 * 4) & 15;
    text += "0123456789abcdef"[nibble];
  }
  text += '\n';
}

bool parse_word(std::string_view digits, std::vector<std::uint8_t>& word) {
  for (std::size_t i = 0; i < digits.size(); ++i) {
    std::uint64_t nibble = 0;
    if (!parse_hex(digits.substr(digits.size() - 1 - i, 1), nibble)) return false;
    word[i / 2] = static_cast<std::uint8_t>(word[i / 2] | nibble << (i % 2 * 4));
  }
  return true;
}

}  // namespace

std::string to_readmemh(const MemoryWords& memory, const std::string& comment) {
  std::string text = "// " + comment + "\n";
  std::uint64_t next = 0;
  bool first = true;
  for (const auto& [index, word] : memory.words) {
    if (first || index != next) {
      char at[24];
      std::snprintf(at, sizeof at, "@%llx\n", static_cast<unsigned long long>(index));
      text += at;
    }
    append_word(text, word, memory.width_bits);
    next = index + 1;
    first = false;
  }
  return text;
}

MemoryWords from_readmemh(const std::string& text, unsigned width_bits, const std::string& path) {
  MemoryWords memory;
  memory.width_bits = width_bits;
  const std::size_t digits = width_bits / 4;
  std::uint64_t index = 0;
  TextLines lines(text, path);
  std::string_view line;
  while (lines.next(line)) {
    line = line.substr(0, line.find("//"));
    while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
    if (line.empty()) continue;
    if (line.front() == '@') {
      if (!parse_hex(line.substr(1), index)) {
        lines.fail(in_quotes(line) + " is no address; @ and hexadecimal digits are right");
      }
      continue;
    }
    std::vector<std::uint8_t> word(memory.word_bytes());
    if (line.size() != digits || !parse_word(line, word)) {
      lines.fail(in_quotes(line) + " is no word; " + std::to_string(digits) +
                 " hexadecimal digits are right");
    }
    if (!memory.words.emplace(index, std::move(word)).second) {
      lines.fail("a word for the same address is there twice");
    }
    ++index;
  }
  return memory;
}

MemoryWords to_beats(const ByteMap& bytes, std::uint64_t base) {
  MemoryWords memory;
  memory.width_bits = 8 * kBeatBytes;
  for (const auto& [address, byte] : bytes) {
    std::vector<std::uint8_t>& beat = memory.words[(address - base) / kBeatBytes];
    beat.resize(kBeatBytes);
    beat[(address - base) % kBeatBytes] = byte;
  }
  return memory;
}

MemoryWords to_strobes(const ByteMap& bytes, std::uint64_t base) {
  MemoryWords memory;
  memory.width_bits = kBeatBytes;
  for (const auto& entry : bytes) {
    const std::uint64_t offset = entry.first - base;
    std::vector<std::uint8_t>& strobe = memory.words[offset / kBeatBytes];
    strobe.resize(kBeatBytes / 8);
    strobe[offset % kBeatBytes / 8] |= static_cast<std::uint8_t>(1u << offset % 8);
  }
  return memory;
}

ByteMap from_beats(const MemoryWords& beats, const MemoryWords& strobes, std::uint64_t base,
                   const std::string& path) {
  ByteMap bytes;
  for (const auto& [index, strobe] : strobes.words) {
    const auto beat = beats.words.find(index);
    if (beat == beats.words.end()) {
      throw base::UsageError(path + " has a strobe for word " + std::to_string(index) +
                             ", which the file of the data does not have.");
    }
    for (unsigned i = 0; i < kBeatBytes; ++i) {
      if ((strobe[i / 8] >> i % 8 & 1) != 0) {
        bytes[base + index * kBeatBytes + i] = beat->second[i];
      }
    }
  }
  return bytes;
}

MemoryWords to_words(const std::vector<std::uint32_t>& words, std::uint64_t first) {
  MemoryWords memory;
  memory.width_bits = 32;
  for (const std::uint32_t word : words) {
    memory.words[first++] = {static_cast<std::uint8_t>(word), static_cast<std::uint8_t>(word >> 8),
                             static_cast<std::uint8_t>(word >> 16),
                             static_cast<std::uint8_t>(word >> 24)};
  }
  return memory;
}

}  // namespace leyden::vectors
