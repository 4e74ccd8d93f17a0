#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/chip/chip.h"

namespace leyden::cli {

/// `FILE@ADDRESS` of --load, `FILE@ADDRESS:BYTES` of --dump. An address is a number or a symbol of
/// the program.
struct MemoryFile {
  std::string option;  ///< as the person wrote it, for messages
  std::string file;
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;  ///< of a dump
};

/// Stores files of --load. @throws base::UsageError
void load_files(chip::Chip& chip, const std::vector<std::string>& options);
/// Reads what --dump says and checks it before the run. @throws base::UsageError
std::vector<MemoryFile> parse_dumps(chip::Chip& chip, const std::vector<std::string>& options);
/// Writes the dumps. @throws base::UsageError
void write_dumps(chip::Chip& chip, const std::vector<MemoryFile>& dumps);

}  // namespace leyden::cli
