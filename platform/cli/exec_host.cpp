#include "platform/cli/exec_host.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>

#include "models/cpu/core.h"
#include "platform/chip/debug_port.h"
#include "platform/chip/elf/elf_loader.h"
#include "platform/debug/semihosting.h"
#include "registers/memory_map.h"

namespace leyden::cli {
namespace {

// Registers of the ABI.
constexpr unsigned kA0 = 10;
constexpr unsigned kA1 = 11;

std::string in_words(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", seconds);
  return text.data();
}

/// Where the program's SRAM is free.
debug::SemihostingHeap heap_of(const chip::Chip& chip) {
  debug::SemihostingHeap heap;
  for (const chip::ElfSegment& segment : chip.program().segments()) {
    if (!chip.is_memory(segment.address, segment.memory_bytes) ||
        segment.address < registers::kSramBase) {
      continue;
    }
    heap.heap_base = (segment.address + segment.memory_bytes + 15) & ~15u;
  }
  heap.heap_limit = static_cast<std::uint32_t>(registers::kSramBase + chip.sram_bytes());
  heap.stack_base = heap.heap_limit;
  return heap;
}

}  // namespace

ExecHost::ExecHost(double max_seconds)
    : max_seconds_(max_seconds), start_(std::chrono::steady_clock::now()) {}

ExecHost::~ExecHost() = default;

bool ExecHost::time_is_over() const {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
  return max_seconds_ > 0 && passed.count() >= max_seconds_;
}

void ExecHost::look() {
  signals_.check();
  if (chip_ == nullptr || !time_is_over()) return;
  throw base::Error(base::ExitStatus::kLimit, "The limit of " + in_words(max_seconds_) +
                                                  " s of host time was reached, " +
                                                  chip_->location() + "." + chip_->storm());
}

/// A byte of standard input. Its end, too, when a signal or the limit ends the wait.
std::optional<std::uint8_t> ExecHost::get() {
  constexpr int kPollMilliseconds = 100;
  while (!time_is_over()) {
    std::array<pollfd, 2> sources = {pollfd{STDIN_FILENO, POLLIN, 0},
                                     pollfd{signals_.descriptor(), POLLIN, 0}};
    if (poll(sources.data(), sources.size(), kPollMilliseconds) < 0) break;
    if (sources[1].revents != 0) break;  // look() takes it
    if (sources[0].revents == 0) continue;
    std::uint8_t byte = 0;
    if (read(STDIN_FILENO, &byte, 1) == 1) return byte;
    break;
  }
  return std::nullopt;
}

void ExecHost::serve(const std::string& folder, const std::string& command_line,
                     const std::function<void(std::uint8_t)>& put) {
  chip::Chip& chip = *chip_;
  debug::SemihostingPorts ports;
  ports.read = [&chip](std::uint32_t address, void* data, std::uint32_t bytes) {
    return chip.is_memory(address, bytes) && chip.host_port().read(address, data, bytes) == bytes;
  };
  ports.write = [&chip](std::uint32_t address, const void* data, std::uint32_t bytes) {
    return chip.is_memory(address, bytes) && chip.host_port().write(address, data, bytes) == bytes;
  };
  ports.put = put;
  ports.get = [this] { return get(); };
  ports.nanoseconds = [&chip] {
    return static_cast<std::uint64_t>(std::llround(chip.seconds() * 1e9));
  };
  ports.end = [&chip](const std::string& sentence) {
    chip.end_run(
        {sentence.empty() ? base::ExitStatus::kGood : base::ExitStatus::kFirmware, sentence});
  };
  semihosting_ = std::make_unique<debug::Semihosting>(folder, command_line, heap_of(chip), ports);
  chip.core().set_ebreak_hook([this, &chip] {
    cpu::Hart& hart = chip.core().hart();
    const auto result = semihosting_->serve({hart.pc(), hart.reg(kA0), hart.reg(kA1)});
    if (result) hart.set_reg(kA0, *result);
    return result.has_value();
  });
}

}  // namespace leyden::cli
