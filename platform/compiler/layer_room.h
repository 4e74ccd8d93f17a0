#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "platform/compiler/lmem_allocator.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// What a layer needs LMEM for besides the tensors that lie there.
struct LayerNeeds {
  std::vector<bool> inputs_off_chip;  ///< one an input
  bool output_off_chip = false;
};

/// A way of a layer through LMEM, and what it costs.
struct LayerRoom {
  LayerMemory memory;
  std::uint32_t part_stride = 0;
  std::uint32_t table_address = 0;
  std::uint64_t cost = 0;        ///< of all transfers and steps, see transfer_cost()
  std::uint64_t peak_bytes = 0;  ///< of LMEM, with what lies there

  /// Bytes of all copies of the buffers for inputs and output.
  std::uint64_t buffer_bytes() const {
    std::uint64_t sum = memory.output.bytes;
    for (const LmemBuffer& input : memory.inputs) sum += input.bytes;
    return sum * memory.copies;
  }
};

/// What a transfer costs against others, in bytes of off-chip memory: the bytes, and for what every
/// burst and every step takes besides the bytes they would take as long as. Assumed, from bursts of
/// 256 B with 60 ns of latency at 8 B a cycle; it only chooses between ways that all work.
std::uint64_t transfer_cost(std::uint64_t rows, std::uint64_t row_bytes);

/// The cheapest way of a layer in the LMEM that `free` has left: most rows at once, and of both
/// orders of stripes and slices the one whose transfers cost less. Two copies of the buffers, so
/// that the next stripe comes while one is computed, where that costs at most a quarter more.
/// @return nothing when not even one row fits
std::optional<LayerRoom> find_room(const Plan& plan, std::size_t layer, const LayerNeeds& needs,
                                   const LmemAllocator& free);

/// Bytes of LMEM that the smallest way takes besides the tensors that lie there.
std::uint64_t smallest_room(const Plan& plan, std::size_t layer, const LayerNeeds& needs);

}  // namespace leyden::compiler
