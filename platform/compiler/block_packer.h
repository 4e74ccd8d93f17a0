#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "platform/compiler/chip_geometry.h"

namespace leyden::compiler {

/// A piece of LMEM that is in use from layer `first` to layer `last`.
struct LmemBlock {
  std::size_t first = 0;
  std::size_t last = 0;
  std::uint64_t bytes = 0;
  std::optional<std::size_t> other_bank_than;  ///< block it should not share a bank with
  std::uint32_t offset = 0;                    ///< in LMEM, what packing gives

  bool alive(std::size_t layer) const { return first <= layer && layer <= last; }
};

/// Gives each block, in the order given, the lowest free place of its bank, else of the other
/// bank, else of the whole of LMEM.
/// @return the first block that finds none
std::optional<std::size_t> pack_blocks(const ChipGeometry& geometry, std::vector<LmemBlock>& blocks,
                                       const std::vector<std::size_t>& order);

}  // namespace leyden::compiler
