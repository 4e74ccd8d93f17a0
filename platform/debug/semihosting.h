#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/debug/semihosting_files.h"

namespace leyden::debug {

/// Registers of the calling program.
struct SemihostingCall {
  std::uint32_t pc = 0;         ///< of the ebreak
  std::uint32_t operation = 0;  ///< a0
  std::uint32_t parameter = 0;  ///< a1
};

/// What semihosting needs of the chip and of the person's terminal.
struct SemihostingPorts {
  /// Moves bytes of memory, without side effects. @return false when they are not all memory
  std::function<bool(std::uint32_t address, void* data, std::uint32_t bytes)> read;
  std::function<bool(std::uint32_t address, const void* data, std::uint32_t bytes)> write;
  std::function<void(std::uint8_t)> put;             ///< console output
  std::function<std::optional<std::uint8_t>()> get;  ///< console input; nullopt at its end
  std::function<std::uint64_t()> nanoseconds;        ///< of the chip, since the start
  /// Ends the run. @param sentence  what went wrong, "" when nothing did
  std::function<void(const std::string& sentence)> end;
};

/// Whether the ebreak at `pc` is the middle of a semihosting call. Uses `read` only.
bool is_semihosting_call(std::uint32_t pc, const SemihostingPorts& ports);

/// Places SYS_HEAPINFO tells; 0 for what is not known.
struct SemihostingHeap {
  std::uint32_t heap_base = 0;
  std::uint32_t heap_limit = 0;
  std::uint32_t stack_base = 0;
  std::uint32_t stack_limit = 0;
};

/// The host behind `slli x0, x0, 0x1f; ebreak; srai x0, x0, 7` (RISC-V Semihosting 1.0, which
/// takes its operations from Arm's Semihosting for AArch32 and AArch64). Files are those of one
/// folder; time is the chip's. SYS_SYSTEM is refused.
class Semihosting {
 public:
  /// @throws base::UsageError when the folder cannot be opened
  Semihosting(const std::string& folder, std::string command_line, const SemihostingHeap& heap,
              SemihostingPorts ports);
  ~Semihosting();
  Semihosting(const Semihosting&) = delete;
  Semihosting& operator=(const Semihosting&) = delete;

  /// Serves an ebreak. @return what a0 becomes, nullopt when the ebreak is no semihosting call
  std::optional<std::uint32_t> serve(const SemihostingCall& call);

 private:
  /// What a handle of the program stands for.
  struct Handle {
    enum class Kind { kFree, kInput, kOutput, kFeatures, kFile } kind = Kind::kFree;
    int file = -1;
    std::uint32_t position = 0;  ///< of kFeatures
  };
  using Block = std::array<std::uint32_t, 4>;

  std::uint32_t perform(std::uint32_t operation, std::uint32_t parameter);
  std::uint32_t perform_on_file(std::uint32_t operation, std::uint32_t parameter);
  std::uint32_t open(const Block& block);
  std::uint32_t close(Handle& handle);
  std::uint32_t write(const Handle& handle, std::uint32_t address, std::uint32_t bytes);
  std::uint32_t read(Handle& handle, std::uint32_t address, std::uint32_t bytes);
  std::uint32_t seek(Handle& handle, std::uint32_t position);
  std::uint32_t length(const Handle& handle);
  std::uint32_t write_text(std::uint32_t address);
  std::uint32_t temporary_name(const Block& block);
  std::uint32_t command_line(std::uint32_t parameter, const Block& block);
  std::uint32_t exit(std::uint32_t reason, std::uint32_t code);
  std::uint32_t fail(int error);
  std::uint32_t failed_file() { return fail(files_.error()); }
  /// Words of a parameter block. @return false, with the error set, when it is not in memory
  bool block_at(std::uint32_t address, unsigned words, Block& block);
  std::optional<std::string> text_at(std::uint32_t address, std::uint32_t bytes);
  Handle* handle_of(std::uint32_t number);

  SemihostingFiles files_;
  std::string command_line_;
  SemihostingHeap heap_;
  SemihostingPorts ports_;
  std::vector<Handle> handles_;  ///< index = number - 1
  int error_ = 0;
};

}  // namespace leyden::debug
