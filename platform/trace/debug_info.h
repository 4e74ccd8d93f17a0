#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/chip/elf/elf_loader.h"

namespace leyden::trace {

/// A place in the source. Paths are as the compiler was given them, without a leading "./"; those
/// of a compiler run in a named folder are absolute.
struct SourceLine {
  std::string file;   ///< "" when unknown
  unsigned line = 0;  ///< 0 when unknown
};

/// One function that is active at an address.
struct Frame {
  std::string function;  ///< "" when unknown
  SourceLine at;         ///< where it stands
  bool inlined = false;  ///< into the frame that follows
};

/// A row of the line table: code from `first` up to `end` comes from a line.
struct LineRow {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
  std::uint32_t file = 0;  ///< index of DebugInfo::files
  unsigned line = 0;
  bool is_statement = false;
};

/// A function with code of its own.
struct FunctionInfo {
  std::string name;
  std::uint32_t first = 0;
  std::uint32_t end = 0;
  SourceLine declared;
  std::uint64_t die = 0;  ///< its place in the debug information
};

/// Registers by number and the pc, for unwinding.
struct Registers {
  std::uint32_t pc = 0;
  std::uint32_t x[32] = {};
};

/// The DWARF information of a program: lines, functions, inlined functions, call frames. All of it
/// may be missing; then symbols are all there is. What is damaged is left out, never an error.
class DebugInfo {
 public:
  /// @param path the file `program` was read from
  DebugInfo(const std::string& path, const chip::ElfProgram& program);
  ~DebugInfo();
  DebugInfo(const DebugInfo&) = delete;
  DebugInfo& operator=(const DebugInfo&) = delete;

  const std::vector<std::string>& files() const { return files_; }
  /// Rows by address, of code that is in the program.
  const std::vector<LineRow>& rows() const { return rows_; }
  /// Functions by address, of code that is in the program.
  const std::vector<FunctionInfo>& functions() const { return functions_; }
  /// The row an address lies in, nullptr when there is none.
  const LineRow* row_of(std::uint32_t address) const;
  /// The functions active at an address, innermost first; one at least.
  std::vector<Frame> frames_at(std::uint32_t address) const;

  /// Reads a word of memory. @return false when there is none
  using ReadWord = std::function<bool(std::uint32_t address, std::uint32_t& value)>;
  /// Registers of the caller, from the call frame information. @return false when there is none for
  /// the pc, or the frame is the outermost
  bool caller_of(const Registers& callee, bool is_innermost, const ReadWord& read,
                 Registers& caller) const;

 private:
  struct Dwarf;

  void read_lines();
  void read_functions();
  std::uint32_t file_index(const std::string& path);
  bool in_program(std::uint64_t address) const;

  const chip::ElfProgram& program_;
  std::unique_ptr<Dwarf> dwarf_;
  std::vector<std::string> files_;
  std::vector<LineRow> rows_;
  std::vector<FunctionInfo> functions_;
};

/// "file:line", "file" or "".
std::string to_string(const SourceLine& line);

}  // namespace leyden::trace
