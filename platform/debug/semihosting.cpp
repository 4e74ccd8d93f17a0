#include "platform/debug/semihosting.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace leyden::debug {
namespace {

// The three instructions of a call; none is compressed.
constexpr std::uint32_t kBefore = 0x01f01013;  // slli x0, x0, 0x1f
constexpr std::uint32_t kEbreak = 0x00100073;
constexpr std::uint32_t kAfter = 0x40705013;  // srai x0, x0, 7

enum Operation : std::uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWriteCharacter = 0x03,
  kWriteText = 0x04,
  kWrite = 0x05,
  kRead = 0x06,
  kReadCharacter = 0x07,
  kIsError = 0x08,
  kIsTerminal = 0x09,
  kSeek = 0x0a,
  kLength = 0x0c,
  kTemporaryName = 0x0d,
  kRemove = 0x0e,
  kRename = 0x0f,
  kClock = 0x10,
  kTime = 0x11,
  kSystem = 0x12,
  kErrno = 0x13,
  kCommandLine = 0x15,
  kHeapInfo = 0x16,
  kExit = 0x18,
  kExitExtended = 0x20,
  kElapsed = 0x30,
  kTickFrequency = 0x31,
};

constexpr std::uint32_t kFailed = ~0u;
constexpr std::uint32_t kApplicationExit = 0x20026;  // ADP_Stopped_ApplicationExit
constexpr std::uint32_t kTicksPerSecond = 1000000000;
constexpr std::uint32_t kNanosecondsPerCentisecond = 10000000;
constexpr std::uint32_t kLongestPath = 4096;
constexpr std::uint32_t kPiece = 4096;
constexpr std::size_t kMostHandles = 256;
// Bits of the first feature byte: SYS_EXIT_EXTENDED, and :tt opened for appending is stderr.
constexpr std::array<std::uint8_t, 5> kFeatures = {'S', 'H', 'F', 'B', 0x03};

}  // namespace

Semihosting::Semihosting(const std::string& folder, std::string command_line,
                         const SemihostingHeap& heap, SemihostingPorts ports)
    : files_(folder),
      command_line_(std::move(command_line)),
      heap_(heap),
      ports_(std::move(ports)) {}

Semihosting::~Semihosting() {
  for (Handle& handle : handles_) close(handle);
}

bool is_semihosting_call(std::uint32_t pc, const SemihostingPorts& ports) {
  std::array<std::uint32_t, 3> words{};
  return pc >= 4 && ports.read(pc - 4, words.data(), sizeof words) && words[0] == kBefore &&
         words[1] == kEbreak && words[2] == kAfter;
}

std::optional<std::uint32_t> Semihosting::serve(const SemihostingCall& call) {
  if (!is_semihosting_call(call.pc, ports_)) return std::nullopt;
  return perform(call.operation, call.parameter);
}

std::uint32_t Semihosting::fail(int error) {
  error_ = error;
  return kFailed;
}

bool Semihosting::block_at(std::uint32_t address, unsigned words, Block& block) {
  if (ports_.read(address, block.data(), words * 4)) return true;
  fail(EFAULT);
  return false;
}

std::optional<std::string> Semihosting::text_at(std::uint32_t address, std::uint32_t bytes) {
  std::string text(std::min(bytes, kLongestPath), '\0');
  if (bytes > kLongestPath || !ports_.read(address, text.data(), bytes)) {
    fail(bytes > kLongestPath ? ENAMETOOLONG : EFAULT);
    return std::nullopt;
  }
  return text;
}

Semihosting::Handle* Semihosting::handle_of(std::uint32_t number) {
  if (number == 0 || number > handles_.size() || handles_[number - 1].kind == Handle::Kind::kFree) {
    fail(EBADF);
    return nullptr;
  }
  return &handles_[number - 1];
}

std::uint32_t Semihosting::perform(std::uint32_t operation, std::uint32_t parameter) {
  Block block{};
  switch (operation) {
    case kWriteCharacter: {
      std::uint8_t character = 0;
      if (!ports_.read(parameter, &character, 1)) return fail(EFAULT);
      ports_.put(character);
      return 0;
    }
    case kWriteText:
      return write_text(parameter);
    case kReadCharacter:
      if (const auto byte = ports_.get()) return *byte;
      return kFailed;
    case kIsError:
      if (!block_at(parameter, 1, block)) return kFailed;
      return static_cast<std::int32_t>(block[0]) < 0 ? 1 : 0;
    case kClock:
      return static_cast<std::uint32_t>(ports_.nanoseconds() / kNanosecondsPerCentisecond);
    case kTime:
      return static_cast<std::uint32_t>(ports_.nanoseconds() / kTicksPerSecond);
    case kElapsed: {
      const std::uint64_t ticks = ports_.nanoseconds();
      return ports_.write(parameter, &ticks, sizeof ticks) ? 0 : fail(EFAULT);
    }
    case kTickFrequency:
      return kTicksPerSecond;
    case kErrno:
      return static_cast<std::uint32_t>(error_);
    case kCommandLine:
      return block_at(parameter, 2, block) ? command_line(parameter, block) : kFailed;
    case kHeapInfo:
      if (!block_at(parameter, 1, block)) return kFailed;
      return ports_.write(block[0], &heap_, sizeof heap_) ? 0 : fail(EFAULT);
    case kExit:
      return exit(parameter, 0);
    case kExitExtended:
      return block_at(parameter, 2, block) ? exit(block[0], block[1]) : kFailed;
    default:
      return perform_on_file(operation, parameter);
  }
}

std::uint32_t Semihosting::perform_on_file(std::uint32_t operation, std::uint32_t parameter) {
  Block block{};
  switch (operation) {
    case kOpen:
      return block_at(parameter, 3, block) ? open(block) : kFailed;
    case kTemporaryName:
      return block_at(parameter, 3, block) ? temporary_name(block) : kFailed;
    case kRemove: {
      if (!block_at(parameter, 2, block)) return kFailed;
      const auto path = text_at(block[0], block[1]);
      if (!path) return kFailed;
      return files_.remove(*path) == 0 ? 0 : failed_file();
    }
    case kRename: {
      if (!block_at(parameter, 4, block)) return kFailed;
      const auto from = text_at(block[0], block[1]);
      const auto to = text_at(block[2], block[3]);
      if (!from || !to) return kFailed;
      return files_.rename(*from, *to) == 0 ? 0 : failed_file();
    }
    case kClose:
    case kIsTerminal:
    case kLength:
    case kSeek:
    case kWrite:
    case kRead:
      break;
    default:  // SYS_SYSTEM too
      return fail(ENOSYS);
  }
  const unsigned words = operation == kWrite || operation == kRead ? 3 : operation == kSeek ? 2 : 1;
  if (!block_at(parameter, words, block)) return kFailed;
  Handle* handle = handle_of(block[0]);
  if (handle == nullptr) {
    return operation == kWrite || operation == kRead ? block[2] : kFailed;
  }
  switch (operation) {
    case kClose:
      return close(*handle);
    case kIsTerminal:
      return handle->kind == Handle::Kind::kInput || handle->kind == Handle::Kind::kOutput ? 1 : 0;
    case kLength:
      return length(*handle);
    case kSeek:
      return seek(*handle, block[1]);
    case kWrite:
      return write(*handle, block[1], block[2]);
    default:
      return read(*handle, block[1], block[2]);
  }
}

/// Opens a file, the console (":tt") or the list of features. @return its handle
std::uint32_t Semihosting::open(const Block& block) {
  const auto path = text_at(block[0], block[2]);
  if (!path) return kFailed;
  const std::uint32_t mode = block[1];
  constexpr std::uint32_t kModes = 12;
  constexpr std::uint32_t kFirstWriting = 4;
  if (mode >= kModes) return fail(EINVAL);
  auto free = std::find_if(handles_.begin(), handles_.end(),
                           [](const Handle& handle) { return handle.kind == Handle::Kind::kFree; });
  if (free == handles_.end()) {
    if (handles_.size() == kMostHandles) return fail(EMFILE);
    free = handles_.insert(handles_.end(), Handle());
  }
  Handle opened;
  if (*path == ":tt") {
    opened.kind = mode < kFirstWriting ? Handle::Kind::kInput : Handle::Kind::kOutput;
  } else if (*path == ":semihosting-features") {
    if (mode >= 2) return fail(EACCES);
    opened.kind = Handle::Kind::kFeatures;
  } else {
    opened.kind = Handle::Kind::kFile;
    opened.file = files_.open(*path, mode);
    if (opened.file < 0) return failed_file();
  }
  *free = opened;
  return static_cast<std::uint32_t>(free - handles_.begin()) + 1;
}

std::uint32_t Semihosting::close(Handle& handle) {
  const Handle closed = std::exchange(handle, Handle());
  if (closed.kind != Handle::Kind::kFile) return 0;
  return files_.close(closed.file) == 0 ? 0 : failed_file();
}

/// @return bytes not written
std::uint32_t Semihosting::write(const Handle& handle, std::uint32_t address, std::uint32_t bytes) {
  if (handle.kind != Handle::Kind::kOutput && handle.kind != Handle::Kind::kFile) {
    fail(EBADF);
    return bytes;
  }
  std::array<std::uint8_t, kPiece> piece{};
  while (bytes != 0) {
    const std::uint32_t now = std::min(bytes, kPiece);
    if (!ports_.read(address, piece.data(), now)) {
      fail(EFAULT);
      break;
    }
    std::uint32_t done = now;
    if (handle.kind == Handle::Kind::kFile) {
      done = static_cast<std::uint32_t>(files_.write(handle.file, piece.data(), now));
    } else {
      for (std::uint32_t i = 0; i < now; ++i) ports_.put(piece[i]);
    }
    bytes -= done;
    address += done;
    if (done < now) {
      failed_file();
      break;
    }
  }
  return bytes;
}

/// @return bytes not read
std::uint32_t Semihosting::read(Handle& handle, std::uint32_t address, std::uint32_t bytes) {
  std::array<std::uint8_t, kPiece> piece{};
  while (bytes != 0) {
    const std::uint32_t now = std::min(bytes, kPiece);
    if (!ports_.read(address, piece.data(), now)) {
      fail(EFAULT);
      break;
    }
    std::uint32_t done = 0;
    bool more = true;
    switch (handle.kind) {
      case Handle::Kind::kInput:  // a line at a time, as a terminal gives it
        while (more && done < now) {
          const auto byte = ports_.get();
          if (byte) piece[done++] = *byte;
          more = byte && *byte != '\n';
        }
        break;
      case Handle::Kind::kFeatures:
        while (done < now && handle.position < kFeatures.size()) {
          piece[done++] = kFeatures[handle.position++];
        }
        break;
      case Handle::Kind::kFile: {
        const std::int64_t got = files_.read(handle.file, piece.data(), now);
        done = static_cast<std::uint32_t>(got);
        break;
      }
      default:
        fail(EBADF);
        return bytes;
    }
    ports_.write(address, piece.data(), done);
    bytes -= done;
    address += done;
    if (!more || done < now) break;
  }
  return bytes;
}

std::uint32_t Semihosting::seek(Handle& handle, std::uint32_t position) {
  if (handle.kind == Handle::Kind::kFeatures) {
    handle.position = position;
    return position <= kFeatures.size() ? 0 : fail(EINVAL);
  }
  if (handle.kind != Handle::Kind::kFile) return fail(ESPIPE);
  return files_.seek(handle.file, position) == 0 ? 0 : failed_file();
}

std::uint32_t Semihosting::length(const Handle& handle) {
  if (handle.kind == Handle::Kind::kFeatures) return kFeatures.size();
  if (handle.kind != Handle::Kind::kFile) return 0;
  const std::int64_t bytes = files_.length(handle.file);
  return bytes >= 0 ? static_cast<std::uint32_t>(bytes) : failed_file();
}

std::uint32_t Semihosting::write_text(std::uint32_t address) {
  std::uint8_t character = 0;
  for (;; ++address) {
    if (!ports_.read(address, &character, 1)) return fail(EFAULT);
    if (character == 0) return 0;
    ports_.put(character);
  }
}

std::uint32_t Semihosting::temporary_name(const Block& block) {
  constexpr std::uint32_t kMostNames = 256;
  std::array<char, 16> name{};
  if (block[1] >= kMostNames) return fail(EINVAL);
  const int used =
      std::snprintf(name.data(), name.size(), "semihost%03u.tmp", static_cast<unsigned>(block[1]));
  const auto bytes = static_cast<std::uint32_t>(used) + 1;
  if (bytes > block[2]) return fail(ERANGE);
  return ports_.write(block[0], name.data(), bytes) ? 0 : fail(EFAULT);
}

std::uint32_t Semihosting::command_line(std::uint32_t parameter, const Block& block) {
  const auto bytes = static_cast<std::uint32_t>(command_line_.size());
  if (bytes >= block[1]) return fail(ERANGE);
  if (!ports_.write(block[0], command_line_.c_str(), bytes + 1) ||
      !ports_.write(parameter + 4, &bytes, sizeof bytes)) {
    return fail(EFAULT);
  }
  return 0;
}

std::uint32_t Semihosting::exit(std::uint32_t reason, std::uint32_t code) {
  std::array<char, 80> sentence{};
  if (reason != kApplicationExit) {
    std::snprintf(sentence.data(), sentence.size(),
                  "The program stopped for the reason 0x%x (semihosting).",
                  static_cast<unsigned>(reason));
  } else if (code != 0) {
    std::snprintf(sentence.data(), sentence.size(),
                  "The program failed with code %u (semihosting).", static_cast<unsigned>(code));
  }
  ports_.end(sentence.data());
  return 0;
}

}  // namespace leyden::debug
