#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace leyden::chip {

/// A function (or other label of code) of a program.
struct ElfSymbol {
  std::uint32_t address = 0;
  std::uint32_t size = 0;  ///< bytes, 0 when the program does not tell
  std::string name;
};

/// Memory a program may be loaded into.
struct LoadRange {
  std::string name;
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
};

/// Part of a program: bytes from the file, then zeros.
struct ElfSegment {
  std::uint32_t address = 0;  ///< physical address (p_paddr)
  std::uint32_t memory_bytes = 0;
  std::vector<std::uint8_t> data;  ///< the first data.size() bytes; at most memory_bytes
};

/// A 32-bit little-endian RISC-V executable, read and checked.
class ElfProgram {
 public:
  /// Bytes to be stored at a physical address.
  using Store =
      std::function<void(std::uint32_t address, const std::uint8_t* data, std::size_t size)>;

  /// @throws UsageError: the file is missing, is no ELF file, is for another machine, is truncated
  static ElfProgram read(const std::string& path);
  /// The same of a file that is in memory already. @param name what messages call it
  static ElfProgram parse(std::vector<std::uint8_t> file, const std::string& name);

  std::uint32_t entry() const { return entry_; }
  const std::vector<ElfSegment>& segments() const { return segments_; }
  /// Code labels by address.
  const std::vector<ElfSymbol>& symbols() const { return symbols_; }

  /// Stores all segments, zeros included, each in pieces.
  /// @throws UsageError when a segment does not lie wholly in one of the ranges, or the entry point
  /// not in a segment; nothing has been stored then
  void load(const std::vector<LoadRange>& ranges, const Store& store) const;

  /// Address of any symbol of the program by name, data included.
  std::optional<std::uint32_t> find(const std::string& name) const;
  /// "name" or "name+0x12" of the code at an address, "" when no symbol covers it.
  std::string describe(std::uint32_t address) const;

 private:
  std::string name_;
  std::uint32_t entry_ = 0;
  std::vector<ElfSegment> segments_;    ///< by address, not overlapping
  std::vector<ElfSymbol> symbols_;      ///< code, by address
  std::vector<ElfSymbol> all_symbols_;  ///< by name
};

}  // namespace leyden::chip
