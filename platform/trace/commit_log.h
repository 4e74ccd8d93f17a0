#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <unordered_map>

#include "platform/chip/elf/elf_loader.h"
#include "platform/trace/tool.h"

namespace leyden::trace {

/// One line an instruction, in the format of Spike's --log-commits:
///
///     core   0: 3 0x80000000 (0x00000297) x5  0x80000000
///     core   0: 3 0x80000004 (0x4298) x14 0x00000007 mem 0x80000000
///
/// privilege, pc, instruction as fetched, the register written, CSRs written (c773_mtvec), memory
/// read (`mem` address), memory written (`mem` address value, as many digits as bytes).
class CommitLog : public Tool {
 public:
  /// @throws base::UsageError when the file cannot be written
  explicit CommitLog(const std::string& path);
  /// From now on a line `core   0: >>>>  name` comes before an instruction that begins a symbol,
  /// as with Spike's -l.
  void show_symbols(const chip::ElfProgram& program);

  void retired(const cpu::Retired& event) override;
  std::string finish() override;

 private:
  void flush();
  void check() const;

  std::string path_;  ///< for messages
  std::ofstream file_;
  std::string buffer_;
  std::unordered_map<std::uint32_t, std::string> symbols_;
};

}  // namespace leyden::trace
