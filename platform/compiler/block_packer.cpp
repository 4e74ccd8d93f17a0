#include "platform/compiler/block_packer.h"

#include "platform/compiler/lmem_allocator.h"

namespace leyden::compiler {

std::optional<std::size_t> pack_blocks(const ChipGeometry& geometry, std::vector<LmemBlock>& blocks,
                                       const std::vector<std::size_t>& order) {
  std::vector<std::size_t> placed;
  std::vector<bool> is_placed(blocks.size());
  for (const std::size_t index : order) {
    LmemBlock& block = blocks[index];
    LmemAllocator lmem(geometry);
    for (const std::size_t other : placed) {
      const LmemBlock& taken = blocks[other];
      if (taken.first <= block.last && block.first <= taken.last) {
        lmem.occupy(taken.offset, taken.bytes);
      }
    }
    unsigned bank = 0;
    if (block.other_bank_than && is_placed[*block.other_bank_than]) {
      bank = lmem.bank_of(blocks[*block.other_bank_than].offset) == 0 ? 1 : 0;
    }
    const auto offset = lmem.allocate(block.bytes, bank);
    if (!offset) return index;
    block.offset = *offset;
    placed.push_back(index);
    is_placed[index] = true;
  }
  return std::nullopt;
}

}  // namespace leyden::compiler
