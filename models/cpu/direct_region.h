#pragma once

#include <cstdint>
#include <vector>

#include "models/cpu/hart_state.h"
#include "models/cpu/memory_interface.h"

namespace leyden::cpu {

/// Memory with direct access (its first byte begins a line), and which of it has been decoded as
/// code. Stores look at one byte a line; only a line with code in it is looked at more closely, so
/// data may lie close to code.
class DirectRegion {
 public:
  explicit DirectRegion(const DirectMemory& memory)
      : memory_(memory),
        lines_((size() >> kLineShift) + 1, 0),
        halfwords_((size() >> 1) + 1, false) {}

  std::uint8_t* data() const { return memory_.data; }
  std::uint32_t first() const { return memory_.first; }
  std::uint32_t last() const { return memory_.last; }
  std::uint64_t size() const { return std::uint64_t{memory_.last} - memory_.first + 1; }
  bool contains(std::uint32_t address, unsigned bytes) const {
    const std::uint32_t offset = address - memory_.first;
    return address >= memory_.first && std::uint64_t{offset} + bytes <= size();
  }
  std::uint8_t* at(std::uint32_t address) const { return memory_.data + (address - memory_.first); }

  /// The page of an address, for quick access. Only for a page wholly in the region.
  PageEntry page(std::uint32_t address) const {
    return {address & kPageMask, reinterpret_cast<std::uintptr_t>(memory_.data) - memory_.first,
            reinterpret_cast<std::uintptr_t>(lines_.data()) - (memory_.first >> kLineShift)};
  }
  void mark_code(std::uint32_t address, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i += 2) {
      const std::uint32_t offset = address + i - memory_.first;
      lines_[offset >> kLineShift] = 1;
      halfwords_[offset >> 1] = true;
    }
  }
  /// Whether an aligned access of up to 4 bytes touches decoded code.
  bool is_code(std::uint32_t address, unsigned bytes) const {
    const std::uint32_t offset = address - memory_.first;
    return lines_[offset >> kLineShift] != 0 &&
           (halfwords_[offset >> 1] || halfwords_[(offset + bytes - 1) >> 1]);
  }
  bool line_has_code(std::uint32_t address) const {
    return lines_[(address - memory_.first) >> kLineShift] != 0;
  }
  /// Takes over what an earlier region marked.
  void inherit(const DirectRegion& earlier) {
    for (std::uint64_t offset = 0; offset < earlier.size(); offset += 2) {
      if (earlier.lines_[offset >> kLineShift] == 0) {
        offset |= (1u << kLineShift) - 2;  // on to the next line
        continue;
      }
      const auto address = static_cast<std::uint32_t>(earlier.first() + offset);
      if (earlier.halfwords_[offset >> 1] && contains(address, 2)) mark_code(address, 2);
    }
  }
  void forget_code() {
    lines_.assign(lines_.size(), 0);
    halfwords_.assign(halfwords_.size(), false);
  }

 private:
  DirectMemory memory_;
  std::vector<std::uint8_t> lines_;
  std::vector<bool> halfwords_;
};

}  // namespace leyden::cpu
