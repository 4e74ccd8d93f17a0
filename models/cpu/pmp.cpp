#include "models/cpu/pmp.h"

#include <algorithm>
#include <sstream>

namespace leyden::cpu {
namespace {

// A field of pmpcfg: R, W, X in bits 0 to 2.
constexpr unsigned kMatchShift = 3;
constexpr std::uint8_t kMatchMask = 3;
constexpr std::uint8_t kLock = 1 << 7;
constexpr std::uint8_t kWritable = kAllRights | kMatchMask << kMatchShift | kLock;
constexpr unsigned kGrainShift = 2;  // registers hold addresses in words
constexpr unsigned kWordBytes = 1u << kGrainShift;

enum class Match : std::uint8_t { kOff, kTopOfRange, kWord, kPowerOfTwo };

Match match_of(std::uint8_t configuration) {
  return static_cast<Match>(configuration >> kMatchShift & kMatchMask);
}

struct Range {
  std::uint64_t first;
  std::uint64_t bytes;
};

Range range_of(Match match, std::uint32_t address, std::uint32_t address_below) {
  const std::uint64_t at = std::uint64_t{address} << kGrainShift;
  const std::uint64_t below = std::uint64_t{address_below} << kGrainShift;
  switch (match) {
    case Match::kOff:
      break;
    case Match::kTopOfRange:
      return {below, at > below ? at - below : 0};
    case Match::kWord:
      return {at, kWordBytes};
    case Match::kPowerOfTwo: {
      // n ones at the bottom: 8 << n bytes.
      const std::uint64_t ones = std::uint64_t{address} ^ (std::uint64_t{address} + 1);
      return {(address & ~ones) << kGrainShift, (ones + 1) << kGrainShift};
    }
  }
  return {0, 0};
}

}  // namespace

void Pmp::reset() {
  configuration_.fill(0);
  address_.fill(0);
  changed();
}

std::uint32_t Pmp::configuration(unsigned word) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < kRegionsPerWord; ++i) {
    value |= std::uint32_t{configuration_[kRegionsPerWord * word + i]} << (8 * i);
  }
  return value;
}

bool Pmp::is_locked(unsigned index) const { return (configuration_[index] & kLock) != 0; }

void Pmp::write_configuration(unsigned word, std::uint32_t value) {
  for (unsigned i = 0; i < kRegionsPerWord; ++i) {
    const unsigned index = kRegionsPerWord * word + i;
    if (index >= regions_ || is_locked(index)) continue;
    auto field = static_cast<std::uint8_t>(value >> (8 * i) & kWritable);
    if ((field & kMayRead) == 0) field &= static_cast<std::uint8_t>(~kMayWrite);
    configuration_[index] = field;
  }
  changed();
}

void Pmp::write_address(unsigned index, std::uint32_t value) {
  if (index >= regions_ || is_locked(index)) return;
  // It is the bottom of a locked range above it too.
  const unsigned above = index + 1;
  if (above < regions_ && is_locked(above) &&
      match_of(configuration_[above]) == Match::kTopOfRange) {
    return;
  }
  address_[index] = value;
  changed();
}

void Pmp::changed() {
  ++generation_;
  active_.clear();
  for (unsigned i = 0; i < regions_; ++i) {
    const Range range =
        range_of(match_of(configuration_[i]), address_[i], i == 0 ? 0 : address_[i - 1]);
    if (range.bytes == 0) continue;
    active_.push_back({range.first, range.first + range.bytes - 1,
                       static_cast<std::uint8_t>(configuration_[i] & kAllRights), is_locked(i),
                       static_cast<std::uint8_t>(i)});
  }
}

std::uint8_t Pmp::rights(std::uint32_t first, std::uint64_t bytes, Privilege mode) const {
  const std::uint64_t last = first + bytes - 1;
  for (const Active& region : active_) {
    if (last < region.first || first > region.last) continue;
    if (first < region.first || last > region.last) return 0;
    return mode == Privilege::kMachine && !region.locked ? kAllRights : region.rights;
  }
  return mode == Privilege::kMachine || regions_ == 0 ? kAllRights : 0;
}

std::uint64_t Pmp::executable_end(std::uint32_t first, std::uint64_t end, Privilege mode) const {
  if ((rights(first, end - first, mode) & kMayExecute) != 0) return end;
  std::uint64_t at = first;
  while (at < end && (rights(static_cast<std::uint32_t>(at), 2, mode) & kMayExecute) != 0) at += 2;
  return at;
}

std::string Pmp::describe(std::uint32_t address) const {
  const auto found = std::find_if(active_.begin(), active_.end(), [&](const Active& region) {
    return address >= region.first && address <= region.last;
  });
  if (found == active_.end()) return "no PMP region allows it";
  std::ostringstream out;
  out << "PMP region " << unsigned{found->index} << " (0x" << std::hex << found->first << " to 0x"
      << found->last << ", " << ((found->rights & kMayRead) != 0 ? 'r' : '-')
      << ((found->rights & kMayWrite) != 0 ? 'w' : '-')
      << ((found->rights & kMayExecute) != 0 ? 'x' : '-') << (found->locked ? ", locked" : "")
      << ") denies it";
  return out.str();
}

}  // namespace leyden::cpu
