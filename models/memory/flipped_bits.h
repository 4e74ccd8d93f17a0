#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace leyden::memory {

/// What became of a flipped bit.
enum class FlipFate : std::uint8_t { kUnused, kRead, kOverwritten };

/// Bits of a memory that were flipped and not written since: whether somebody reads them first. A
/// read of the memory passes read() before its data are taken, so this is the place for a decoder
/// of an error code.
class FlippedBits {
 public:
  /// Notes a flip of a byte. @return its number, from 0
  std::size_t add(std::uint64_t offset);
  /// Bytes are about to be read; those flipped before count as read.
  void read(std::uint64_t offset, std::uint64_t length);
  /// Bytes were written: what was flipped in them is gone.
  void written(std::uint64_t offset, std::uint64_t length);
  FlipFate fate(std::size_t number) const { return fates_[number]; }
  /// Bytes that were flipped and neither read nor written since, with the number of the flip.
  const std::multimap<std::uint64_t, std::size_t>& unseen() const { return unseen_; }
  /// Whether some byte of a range was flipped and has been neither read nor written since.
  bool is_unseen(std::uint64_t offset, std::uint64_t length) const;

 private:
  void settle(std::uint64_t offset, std::uint64_t length, FlipFate fate);

  std::vector<FlipFate> fates_;
  std::multimap<std::uint64_t, std::size_t> unseen_;  ///< byte to numbers of flips
};

}  // namespace leyden::memory
