#include "platform/cli/exec_memory.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "models/base/error.h"
#include "platform/chip/debug_port.h"
#include "platform/chip/elf/elf_loader.h"

namespace leyden::cli {
namespace {

constexpr std::size_t kPiece = 1u << 16;

std::optional<std::uint64_t> number(const std::string& text) {
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const char* begin = text.data() + (hexadecimal ? 2 : 0);
  const char* end = text.data() + text.size();
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value, hexadecimal ? 16 : 10);
  if (begin == end || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

/// Splits at the last `@`: file names may have one.
MemoryFile parse(const chip::Chip& chip, const std::string& option, const std::string& text,
                 bool has_bytes) {
  const std::string form = option + (has_bytes ? " FILE@ADDRESS:BYTES" : " FILE@ADDRESS");
  const auto refuse = [&](const std::string& why) {
    throw base::UsageError(option + " " + text + ": " + why + "; give " + form +
                           ", with an address such as 0x80010000 or a symbol of the program.");
  };
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos || at == 0) refuse("no file and address");
  MemoryFile parsed{option + " " + text, text.substr(0, at), 0, 0};
  std::string place = text.substr(at + 1);
  if (has_bytes) {
    const std::size_t colon = place.rfind(':');
    if (colon == std::string::npos) refuse("the number of bytes is missing");
    const auto bytes = number(place.substr(colon + 1));
    if (!bytes || *bytes == 0) {
      refuse("'" + place.substr(colon + 1) + "' is no number of bytes");
    }
    parsed.bytes = *bytes;
    place.resize(colon);
  }
  if (const auto address = number(place)) {
    parsed.address = *address;
  } else if (const auto symbol = chip.program().find(place)) {
    parsed.address = *symbol;
  } else {
    refuse("'" + place + "' is neither a number nor a symbol of the program");
  }
  return parsed;
}

[[noreturn]] void cannot_write(const MemoryFile& dump) {
  throw base::UsageError(dump.option + ": " + dump.file + " cannot be written.");
}

}  // namespace

void load_files(chip::Chip& chip, const std::vector<std::string>& options) {
  for (const std::string& text : options) {
    const MemoryFile load = parse(chip, "--load", text, false);
    std::error_code error;
    const std::uint64_t bytes = std::filesystem::is_regular_file(load.file, error)
                                    ? std::filesystem::file_size(load.file, error)
                                    : 0;
    std::ifstream in(load.file, std::ios::binary);
    if (error || !in || !std::filesystem::is_regular_file(load.file, error)) {
      throw base::UsageError(load.option + ": " + load.file + " is no file that can be read.");
    }
    chip.require_memory(load.address, bytes, load.option);
    std::vector<char> piece(kPiece);
    for (std::uint64_t done = 0; done < bytes; done += piece.size()) {
      piece.resize(std::min<std::uint64_t>(kPiece, bytes - done));
      if (!in.read(piece.data(), static_cast<std::streamsize>(piece.size()))) {
        throw base::UsageError(load.option + ": " + load.file + " cannot be read to its end.");
      }
      chip.host_port().write(load.address + done, piece.data(),
                             static_cast<unsigned>(piece.size()));
    }
  }
}

std::vector<MemoryFile> parse_dumps(chip::Chip& chip, const std::vector<std::string>& options) {
  std::vector<MemoryFile> dumps;
  for (const std::string& text : options) {
    dumps.push_back(parse(chip, "--dump", text, true));
    const MemoryFile& dump = dumps.back();
    chip.require_memory(dump.address, dump.bytes, dump.option);
    if (!std::ofstream(dump.file, std::ios::binary | std::ios::app)) cannot_write(dump);
  }
  return dumps;
}

void write_dumps(chip::Chip& chip, const std::vector<MemoryFile>& dumps) {
  for (const MemoryFile& dump : dumps) {
    std::ofstream out(dump.file, std::ios::binary);
    std::vector<char> piece(kPiece);
    for (std::uint64_t done = 0; done < dump.bytes; done += piece.size()) {
      piece.resize(std::min<std::uint64_t>(kPiece, dump.bytes - done));
      chip.host_port().read(dump.address + done, piece.data(), static_cast<unsigned>(piece.size()));
      out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    }
    out.close();
    if (!out) cannot_write(dump);
  }
}

}  // namespace leyden::cli
