#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "platform/vectors/readmemh.h"
#include "platform/vectors/stream.h"

namespace leyden::vectors {

/// Where a response is not as recorded.
struct Mismatch {
  std::string where;
  std::string expected;
  std::string found;
};

/// The responses of a stream that are still to come. A block may cut its accesses otherwise than
/// the recorded one, and its reads may come before or after its writes; the bytes of each direction
/// come in the recorded order.
class Expectations {
 public:
  /// @param exact  accesses must be cut as recorded
  Expectations(const Stream& stream, bool exact);

  /// What a memory answers.
  struct Answer {
    std::optional<Mismatch> mismatch;
    Response response = Response::kOk;
    std::uint64_t latency_ps = 0;
    std::vector<std::size_t> events;  ///< recorded accesses that begin within this one
  };
  /// An access of the block; a read gets its data.
  Answer access(bool write, std::uint64_t address, std::uint8_t* data, std::size_t bytes);

  /// The block wrote `bytes` bytes at an address of LMEM.
  std::optional<Mismatch> written(std::uint64_t address, const std::uint8_t* data,
                                  std::size_t bytes);
  /// Events of LMEM that these writes completed, since the last call.
  std::vector<std::size_t> take_completed();

  std::optional<Mismatch> interrupt(bool level);
  /// The event that the next change of the interrupt is expected to be.
  std::optional<std::size_t> next_interrupt() const;

  /// Whether a response that was recorded before event `index` is still to come.
  bool pending_before(std::size_t index) const;
  /// The first response that is still to come; events.size(): none.
  std::size_t first_pending() const { return first_pending_; }
  /// What did not come.
  Mismatch missing(std::size_t index, const std::string& within) const;
  std::uint64_t matched() const { return matched_; }

 private:
  struct Channel {
    std::deque<std::size_t> events;
    std::size_t used = 0;  ///< bytes of the first one
  };
  void match(std::size_t index);

  const Stream& stream_;
  const bool exact_;
  Channel reads_;
  Channel writes_;
  Channel interrupts_;
  Channel lmem_;
  ByteMap lmem_bytes_;  ///< of the first event of lmem_ that are still to come
  std::size_t lmem_loaded_ = SIZE_MAX;
  std::vector<std::size_t> completed_;
  std::vector<bool> pending_;
  std::size_t first_pending_ = 0;
  std::uint64_t matched_ = 0;
};

/// "64 bytes"; "1 byte".
std::string bytes_text(std::uint64_t bytes);
/// "0x1f".
std::string byte_text(std::uint8_t byte);
std::string address_text(std::uint64_t address);

}  // namespace leyden::vectors
