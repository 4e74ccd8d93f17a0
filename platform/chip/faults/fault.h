#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leyden::chip {

/// What a fault acts on.
enum class FaultTarget {
  kSram,       ///< a bit of the SRAM, flipped once
  kLmem,       ///< of LMEM
  kOffChip,    ///< of off-chip memory
  kWeights,    ///< of a cell's level
  kAbn,        ///< of an entry of the ABN table
  kTrim,       ///< of an entry of the trim table
  kRegister,   ///< of a register of a unit or of the core
  kCell,       ///< a cell stuck at a level, frozen
  kColumn,     ///< a column that adds nothing, frozen
  kAdc,        ///< a converter stuck at a code, frozen
  kInterrupt,  ///< rises of an interrupt line are dropped or late
  kBus,        ///< transfers of a master are refused or late
};
inline constexpr std::size_t kFaultTargets = 12;
/// As lists and reports call them: "sram", ...
inline constexpr std::array<std::string_view, kFaultTargets> kFaultTargetNames = {
    "sram",     "lmem", "off_chip", "weights", "abn",       "trim",
    "register", "cell", "column",   "adc",     "interrupt", "bus"};
constexpr std::string_view to_string(FaultTarget target) {
  return kFaultTargetNames[static_cast<std::size_t>(target)];
}
/// Whether a fault is there from the start and never changes.
constexpr bool is_frozen(FaultTarget target) {
  return target == FaultTarget::kCell || target == FaultTarget::kColumn ||
         target == FaultTarget::kAdc;
}

/// When a fault comes.
struct FaultTime {
  enum class From {
    kStart,  ///< reset
    kImage,  ///< the post of an image
    kLayer,  ///< the beginning of a layer
  };
  From from = From::kStart;
  std::uint64_t cycle = 0;             ///< after that
  std::string layer;                   ///< its name or number
  std::optional<std::uint32_t> image;  ///< in this image alone; none: in every one
};

/// One fault of a list. Which members count depends on the target.
struct Fault {
  FaultTarget target = FaultTarget::kSram;
  FaultTime time;
  std::uint64_t address = 0;  ///< memories: bus address of the byte
  unsigned bit = 0;           ///< of that byte, of the level, of the word, of the register
  unsigned macro = 0;
  unsigned row = 0;
  unsigned column = 0;  ///< cells, columns, trims, converters
  unsigned entry = 0;   ///< of the ABN table
  unsigned value = 0;   ///< level of a stuck cell; of a dead converter 0: lowest code, 1: highest
  std::string name;     ///< register ("dma0.SRC", "core.x10"), interrupt line, bus master
  bool fails = false;   ///< the rise is dropped, the transfer refused; else it is late
  std::uint64_t delay_cycles = 0;
  std::uint64_t count = 1;          ///< so many rises or transfers from the time on
  std::optional<bool> writes_only;  ///< of transfers: writes, or reads; none: both
  std::string where;                ///< "faults.yaml:3", for messages
};

/// What became of a flipped bit of a memory.
enum class FaultFate {
  kUnknown,      ///< nobody looks
  kUnused,       ///< neither read nor written since
  kRead,         ///< read before anything was written over it
  kOverwritten,  ///< written before it was read
};
inline constexpr std::array<std::string_view, 4> kFaultFateNames = {"unknown", "unused", "read",
                                                                    "overwritten"};

/// A fault as it was injected.
struct InjectedFault {
  std::uint64_t cycle = 0;  ///< of the chip, since reset
  FaultTarget target = FaultTarget::kSram;
  std::string place;  ///< "0x80001234 bit 3", "dma0.SRC bit 0", "cim0 column 7"
  FaultFate fate = FaultFate::kUnknown;
  std::size_t number = SIZE_MAX;  ///< within the chip, of a flip whose fate is followed
};

/// Faults of one run, the first ones one by one.
struct FaultLog {
  static constexpr std::size_t kMostListed = 200;
  std::array<std::uint64_t, kFaultTargets> counts{};  ///< index = FaultTarget
  std::vector<InjectedFault> listed;

  std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t one : counts) sum += one;
    return sum;
  }
};

/// Asks a chip for faults beside what its parameters say.
struct FaultRequest {
  std::vector<Fault> list;
  /// Cycles that images take without faults; 0: unknown, and numbers of flips are refused.
  std::uint64_t image_cycles = 0;
  /// An image that takes longer ends the run; 0: the limit of every run.
  std::uint64_t limit_cycles = 0;
  /// The one image of the run, so that what comes before its post is drawn for it too.
  std::optional<std::uint32_t> image;
};

}  // namespace leyden::chip
