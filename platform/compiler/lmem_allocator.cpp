#include "platform/compiler/lmem_allocator.h"

#include <algorithm>

namespace leyden::compiler {
namespace {

constexpr std::uint64_t kAlignment = 16;

}  // namespace

LmemAllocator::LmemAllocator(const ChipGeometry& geometry)
    : bank_bytes_(geometry.lmem_bank_bytes), banks_(geometry.lmem_banks) {
  constexpr std::size_t kUsual = 16;  // places at once
  used_.reserve(kUsual);
}

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
  occupy(*offset, size);
  return offset;
}

std::vector<LmemAllocator::Place>::iterator LmemAllocator::at_or_behind(std::uint32_t offset) {
  return std::lower_bound(
      used_.begin(), used_.end(), offset,
      [](const Place& place, std::uint32_t wanted) { return place.first < wanted; });
}

void LmemAllocator::occupy(std::uint32_t offset, std::uint64_t bytes) {
  const auto size = static_cast<std::uint32_t>((bytes + kAlignment - 1) / kAlignment * kAlignment);
  auto place = at_or_behind(offset);
  if (place == used_.end() || place->first != offset) place = used_.insert(place, {offset, 0});
  if (size > place->second) {
    used_bytes_ += size - place->second;
    place->second = size;
  }
  peak_ = std::max(peak_, used_bytes_);
}

void LmemAllocator::release(std::uint32_t offset) {
  const auto place = at_or_behind(offset);
  if (place == used_.end() || place->first != offset) return;
  used_bytes_ -= place->second;
  used_.erase(place);
}

}  // namespace leyden::compiler
