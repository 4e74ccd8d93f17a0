#include "platform/chip/htif.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace leyden::chip {
namespace {

constexpr unsigned kDeviceShift = 56;
constexpr unsigned kCommandShift = 48;
constexpr std::uint64_t kPayload = (std::uint64_t{1} << kCommandShift) - 1;
constexpr std::uint64_t kConsole = 1;
constexpr std::uint64_t kConsoleRead = 0;
constexpr std::uint64_t kConsoleWrite = 1;
// Numbers of the calls, those of Linux on RISC-V.
constexpr std::uint64_t kWrite = 64;
constexpr std::uint64_t kExit = 93;
constexpr std::uint64_t kNoSuchCall = ~std::uint64_t{37};  // -ENOSYS
constexpr std::uint64_t kBadFile = ~std::uint64_t{8};      // -EBADF
constexpr std::uint64_t kBadAddress = ~std::uint64_t{13};  // -EFAULT
constexpr std::uint64_t kLongestWrite = 1u << 20;

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
  return text.data();
}

}  // namespace

Htif::Htif(sc_core::sc_module_name name, DebugPort& memory, HtifPorts ports)
    : sc_module(name), memory_(memory), ports_(std::move(ports)) {
  SC_METHOD(look);
  sensitive << late_;
  dont_initialize();
}

void Htif::attach(std::uint32_t tohost, std::optional<std::uint32_t> fromhost) {
  tohost_ = tohost;
  fromhost_ = fromhost;
}

void Htif::on_write(std::uint64_t address, std::uint64_t bytes) {
  if (!tohost_ || address >= *tohost_ + std::uint64_t{kBytes} || address + bytes <= *tohost_) {
    return;
  }
  if (address < *tohost_ + 4u) halves_written_ |= 1;
  if (address + bytes > *tohost_ + 4u) halves_written_ |= 2;
  if (halves_written_ == 3) {
    late_.cancel();
    look();
  } else {
    late_.notify(ports_.grace());
  }
}

/// Takes the command that stands in `tohost`.
void Htif::look() {
  halves_written_ = 0;
  const std::uint64_t command = word(*tohost_);
  if (command == 0) return;
  set_word(*tohost_, 0);
  halves_written_ = 0;
  serve(command);
}

void Htif::serve(std::uint64_t command) {
  const std::uint64_t device = command >> kDeviceShift;
  const std::uint64_t what = command >> kCommandShift & 0xff;
  const std::uint64_t payload = command & kPayload;
  if (device == 0 && what == 0) {
    if ((payload & 1) != 0) {
      finish(payload >> 1);
    } else {
      call(static_cast<std::uint32_t>(payload));
    }
  } else if (device == kConsole && what == kConsoleWrite) {
    ports_.put(static_cast<std::uint8_t>(payload));
  } else if (device != kConsole || what != kConsoleRead) {  // there is never input to be read
    ports_.end({base::ExitStatus::kFirmware,
                "The program wrote " + hexadecimal(command) +
                    " to tohost, but there is no such device or command; it takes an odd end code, "
                    "the address of a call, or console output (docs/board-support.md)."});
  }
}

void Htif::call(std::uint32_t block) {
  const std::uint64_t number = word(block);
  if (number == kExit) {
    finish(word(block + 8u) & 0xffffffffu);
    return;
  }
  set_word(block, number == kWrite ? write(word(block + 8u), word(block + 16u), word(block + 24u))
                                   : kNoSuchCall);
  answer(1);
}

/// @return bytes written, or a negative error number
std::uint64_t Htif::write(std::uint64_t file, std::uint64_t address, std::uint64_t bytes) {
  if (file != 1 && file != 2) return kBadFile;
  if (bytes > kLongestWrite) return kBadAddress;
  std::string text(bytes, '\0');
  if (memory_.read(address, text.data(), static_cast<unsigned>(bytes)) != bytes) return kBadAddress;
  for (const char c : text) ports_.put(static_cast<std::uint8_t>(c));
  return bytes;
}

void Htif::answer(std::uint64_t value) {
  if (fromhost_) set_word(*fromhost_, value);
}

void Htif::finish(std::uint64_t code) {
  if (code == 0) {
    ports_.end({base::ExitStatus::kGood, ""});
    return;
  }
  ports_.end({base::ExitStatus::kFirmware,
              "The program failed with code " + std::to_string(code) + " (tohost)."});
}

std::uint64_t Htif::word(std::uint64_t address) {
  std::uint64_t value = 0;
  memory_.read(address, &value, sizeof value);
  return value;
}

void Htif::set_word(std::uint64_t address, std::uint64_t value) {
  memory_.write(address, &value, sizeof value);
}

}  // namespace leyden::chip
