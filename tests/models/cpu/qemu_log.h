#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace leyden::test {

/// What QEMU's `-d cpu` shows before an instruction.
struct QemuState {
  std::uint32_t pc = 0;
  std::array<std::uint32_t, 32> x{};
  std::uint32_t mstatus = 0;
  std::uint32_t mip = 0;
  std::uint32_t mie = 0;
  std::uint32_t mtvec = 0;
  std::uint32_t mepc = 0;
  std::uint32_t mcause = 0;
  std::uint32_t mtval = 0;
  std::uint32_t mscratch = 0;
};

/// What QEMU's `-d int` shows of a trap.
struct QemuTrap {
  bool is_interrupt = false;
  std::uint32_t cause = 0;  ///< without the interrupt bit
  std::uint32_t epc = 0;
  std::uint32_t tval = 0;
};

/// Writes an ELF file with one segment at `base`, where it is entered.
void write_elf(const std::string& path, std::uint32_t base, const std::vector<std::uint8_t>& bytes);

/// A run of qemu-system-riscv32 on its board `virt`, as the stream of what it logs. One hart with
/// machine and user mode, IMAC, Zba, Zbb, Zbs and PMP; 8 MiB of RAM at 0x80000000. A state comes
/// before every instruction that can be fetched; a trap comes after the state before the
/// instruction that raised it, if there is one.
class QemuLog {
 public:
  enum class Record { kState, kTrap, kEnd };

  /// @throws std::runtime_error when QEMU cannot be started
  explicit QemuLog(const std::string& elf_path);
  ~QemuLog();
  QemuLog(const QemuLog&) = delete;
  QemuLog& operator=(const QemuLog&) = delete;

  Record next();
  const QemuState& state() const { return state_; }
  const QemuTrap& trap() const { return trap_; }

 private:
  /// The next line without its end. @return nullptr at the end of the log
  const char* line();

  pid_t process_ = 0;
  int pipe_ = -1;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  QemuState state_;
  QemuTrap trap_;
};

}  // namespace leyden::test
