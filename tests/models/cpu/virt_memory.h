#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "models/cpu/memory_interface.h"
#include "models/cpu/trap.h"

namespace leyden::test {

inline constexpr std::uint32_t kVirtRam = 0x80000000u;
inline constexpr std::uint32_t kVirtRamBytes = 8u << 20;
inline constexpr std::uint32_t kVirtFinisher = 0x00100000u;
inline constexpr std::uint32_t kVirtMsip = 0x02000000u;
inline constexpr std::uint32_t kVirtUart = 0x10000000u;
inline constexpr std::uint32_t kVirtMtimecmp = 0x02004000u;
/// Nothing is there, and nothing above.
inline constexpr std::uint32_t kVirtNowhere = 0x90000000u;

/// What tests use of QEMU's board `virt`: RAM, the finisher, a UART that is always ready to send,
/// and of the CLINT one hart's software interrupt and timer. Time stands still at 1: the timer is
/// pending or is not, for good.
class VirtMemory : public cpu::MemoryInterface {
 public:
  VirtMemory() : ram(kVirtRamBytes, 0) {}

  std::vector<std::uint8_t> ram;
  bool finished = false;                             ///< the finisher was written
  std::string output;                                ///< what was sent over the UART
  std::function<void(std::uint32_t)> on_interrupts;  ///< called with the levels, as bits of mip

  std::uint32_t interrupts() const {
    return (msip_ & 1) << cpu::kSoftwareInterrupt |
           (mtimecmp_[1] == 0 && mtimecmp_[0] == 0 ? 1u << cpu::kTimerInterrupt : 0);
  }

  cpu::BusResult read(std::uint32_t address, void* data, unsigned bytes, cpu::AccessKind kind,
                      std::uint64_t) override {
    if (in_ram(address, bytes)) {
      std::memcpy(data, ram.data() + (address - kVirtRam), bytes);
      return {true, 0, true};
    }
    if (kind == cpu::AccessKind::kFetch) return {};
    if (address == kVirtUart + kLineStatus && bytes == 1) {
      std::memset(data, kTransmitterEmpty, 1);
      return {true, 0, false};
    }
    if (bytes != 4) return {};
    if (address == kVirtMsip) return word(data, msip_);
    if (address == kVirtMtimecmp) return word(data, mtimecmp_[0]);
    if (address == kVirtMtimecmp + 4) return word(data, mtimecmp_[1]);
    return {};
  }
  cpu::BusResult write(std::uint32_t address, const void* data, unsigned bytes,
                       std::uint64_t) override {
    if (in_ram(address, bytes)) {
      std::memcpy(ram.data() + (address - kVirtRam), data, bytes);
      return {true, 0, true};
    }
    if (address == kVirtUart && bytes == 1) {
      output += *static_cast<const char*>(data);
      return {true, 0, false};
    }
    if (bytes != 4) return {};
    std::uint32_t value = 0;
    std::memcpy(&value, data, 4);
    if (address == kVirtFinisher) {
      finished = true;
    } else if (address == kVirtMsip) {
      msip_ = value & 1;
    } else if (address == kVirtMtimecmp) {
      mtimecmp_[0] = value;
    } else if (address == kVirtMtimecmp + 4) {
      mtimecmp_[1] = value;
    } else {
      return {};
    }
    if (on_interrupts) on_interrupts(interrupts());
    return {true, 0, false};
  }
  cpu::BusResult update(std::uint32_t, std::uint32_t (*)(void*, std::uint32_t), void*,
                        std::uint64_t) override {
    return {};
  }
  bool direct(std::uint32_t address, cpu::DirectMemory& out) override {
    if (!in_ram(address, 1)) return false;
    out = {ram.data(), kVirtRam, kVirtRam + kVirtRamBytes - 1};
    return true;
  }

 private:
  static constexpr std::uint32_t kLineStatus = 5;
  static constexpr int kTransmitterEmpty = 0x60;

  static bool in_ram(std::uint32_t address, unsigned bytes) {
    return address >= kVirtRam && std::uint64_t{address - kVirtRam} + bytes <= kVirtRamBytes;
  }
  static cpu::BusResult word(void* data, std::uint32_t value) {
    std::memcpy(data, &value, 4);
    return {true, 0, false};
  }

  std::uint32_t msip_ = 0;
  std::array<std::uint32_t, 2> mtimecmp_{};
};

}  // namespace leyden::test
