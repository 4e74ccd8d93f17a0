#include "models/memory/flipped_bits.h"

namespace leyden::memory {

std::size_t FlippedBits::add(std::uint64_t offset) {
  fates_.push_back(FlipFate::kUnused);
  unseen_.emplace(offset, fates_.size() - 1);
  return fates_.size() - 1;
}

void FlippedBits::settle(std::uint64_t offset, std::uint64_t length, FlipFate fate) {
  auto each = unseen_.lower_bound(offset);
  while (each != unseen_.end() && each->first - offset < length) {
    fates_[each->second] = fate;
    each = unseen_.erase(each);
  }
}

void FlippedBits::read(std::uint64_t offset, std::uint64_t length) {
  settle(offset, length, FlipFate::kRead);
}

void FlippedBits::written(std::uint64_t offset, std::uint64_t length) {
  settle(offset, length, FlipFate::kOverwritten);
}

bool FlippedBits::is_unseen(std::uint64_t offset, std::uint64_t length) const {
  const auto first = unseen_.lower_bound(offset);
  return first != unseen_.end() && first->first - offset < length;
}

}  // namespace leyden::memory
