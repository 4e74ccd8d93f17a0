#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace leyden::vectors {

/// Words of a memory, each of `width_bits` bits as bytes, lowest first, for Verilog's $readmemh:
/// hexadecimal digits, most significant first, a word a line, "@index" where words do not follow
/// each other, "//" before comments.
struct MemoryWords {
  unsigned width_bits = 0;                                   ///< a multiple of 4
  std::map<std::uint64_t, std::vector<std::uint8_t>> words;  ///< by index

  std::size_t word_bytes() const { return (width_bits + 7) / 8; }
};

/// @param comment  one line at the head
std::string to_readmemh(const MemoryWords& memory, const std::string& comment);
/// @param path  for messages; @throws base::UsageError naming path and line
MemoryWords from_readmemh(const std::string& text, unsigned width_bits, const std::string& path);

inline constexpr unsigned kBeatBytes = 16;

/// Bytes of an address space: only those that are there.
using ByteMap = std::map<std::uint64_t, std::uint8_t>;

/// Bytes as beats of 128 bits, word i for the bytes from base + 16 i; 00 where there is none.
MemoryWords to_beats(const ByteMap& bytes, std::uint64_t base);
/// One strobe of 16 bits a beat: bit i is set where byte i is there.
MemoryWords to_strobes(const ByteMap& bytes, std::uint64_t base);
/// The bytes back. @param path  of the strobes, for messages; @throws base::UsageError
ByteMap from_beats(const MemoryWords& beats, const MemoryWords& strobes, std::uint64_t base,
                   const std::string& path);

/// 32-bit words from an index on.
MemoryWords to_words(const std::vector<std::uint32_t>& words, std::uint64_t first = 0);

}  // namespace leyden::vectors
