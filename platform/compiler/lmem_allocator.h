#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "platform/compiler/chip_geometry.h"

namespace leyden::compiler {

/// First-fit allocation in the LMEM banks. Blocks are 16-byte aligned (one beat of the port).
class LmemAllocator {
 public:
  explicit LmemAllocator(const ChipGeometry& geometry);

  /// @param bank tried first; then the other one, then the whole of LMEM across the boundary
  /// @return offset in LMEM, or nothing when no gap is large enough
  std::optional<std::uint32_t> allocate(std::uint64_t bytes, unsigned bank);
  /// Takes a place for good; places taken so may share bytes.
  void occupy(std::uint32_t offset, std::uint64_t bytes);
  void release(std::uint32_t offset);

  unsigned bank_of(std::uint32_t offset) const { return offset / bank_bytes_; }
  /// Most bytes ever in use at once.
  std::uint64_t peak() const { return peak_; }
  std::uint64_t used_bytes() const { return used_bytes_; }

 private:
  std::optional<std::uint32_t> find(std::uint64_t bytes, std::uint64_t first,
                                    std::uint64_t end) const;

  std::uint32_t bank_bytes_;
  unsigned banks_;
  using Place = std::pair<std::uint32_t, std::uint32_t>;  ///< offset, bytes
  std::vector<Place>::iterator at_or_behind(std::uint32_t offset);

  std::vector<Place> used_;  ///< by offset, each once
  std::uint64_t used_bytes_ = 0;
  std::uint64_t peak_ = 0;
};

}  // namespace leyden::compiler
