#pragma once

#include <cstdint>
#include <optional>

#include "models/base/archive.h"
#include "models/memory/demand_zero.h"

namespace leyden::memory {

/// One bit for every byte of a memory: has it been written since power-up?
class WrittenMap {
 public:
  explicit WrittenMap(std::uint64_t bytes) : words_((bytes + 63) / 64) {}

  void mark(std::uint64_t offset, std::uint64_t length);
  /// First byte of [offset, offset + length) never written, if there is one.
  std::optional<std::uint64_t> first_unwritten(std::uint64_t offset, std::uint64_t length) const;
  /// Forgets [offset, offset + length); `offset` a multiple of 64.
  void forget(std::uint64_t offset, std::uint64_t length);
  /// The marks of [offset, offset + length); `offset` a multiple of 64.
  void archive(base::Archive& a, std::uint64_t offset, std::uint64_t length);

 private:
  DemandZero<std::uint64_t> words_;  ///< bit n of word m: byte 64 m + n
};

}  // namespace leyden::memory
