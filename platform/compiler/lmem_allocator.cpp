#include "platform/compiler/lmem_allocator.h"

#include <algorithm>

namespace leyden::compiler {
namespace {

constexpr std::uint64_t kAlignment = 16;

}  // namespace

LmemAllocator::LmemAllocator(const ChipGeometry& geometry)
    : bank_bytes_(geometry.lmem_bank_bytes), banks_(geometry.lmem_banks) {}

std::optional<std::uint32_t> LmemAllocator::find(std::uint64_t bytes, std::uint64_t first,
                                                 std::uint64_t end) const {
  std::uint64_t gap = first;
  for (const auto& [offset, length] : used_) {
    if (std::uint64_t{offset} + length <= gap) continue;
    if (offset >= gap + bytes) break;
    gap = std::uint64_t{offset} + length;
  }
  if (gap + bytes > end) return std::nullopt;
  return static_cast<std::uint32_t>(gap);
}

std::optional<std::uint32_t> LmemAllocator::allocate(std::uint64_t bytes, unsigned bank) {
  const std::uint64_t size = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  const std::uint64_t bank_bytes = bank_bytes_ / kAlignment * kAlignment;
  std::optional<std::uint32_t> offset;
  for (unsigned i = 0; i < banks_ && !offset; ++i) {
    const std::uint64_t first = bank_bytes * ((bank + i) % banks_);
    offset = find(size, first, first + bank_bytes);
  }
  if (!offset) offset = find(size, 0, bank_bytes * banks_);
  if (!offset) return offset;
  used_[*offset] = static_cast<std::uint32_t>(size);
  peak_ = std::max(peak_, used_bytes());
  return offset;
}

void LmemAllocator::occupy(std::uint32_t offset, std::uint64_t bytes) {
  const std::uint64_t size = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  used_[offset] = std::max(used_[offset], static_cast<std::uint32_t>(size));
  peak_ = std::max(peak_, used_bytes());
}

std::uint64_t LmemAllocator::used_bytes() const {
  std::uint64_t used = 0;
  for (const auto& [offset, length] : used_) used += length;
  return used;
}

}  // namespace leyden::compiler
