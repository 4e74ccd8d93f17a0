#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tlm>

#include "models/base/context.h"
#include "models/base/random.h"
#include "models/memory/demand_zero.h"
#include "models/memory/flipped_bits.h"
#include "models/memory/protected_words.h"
#include "models/memory/written_map.h"

namespace leyden::memory {

/// Parameters of the scope `system` that every memory reads.
std::vector<base::ParameterSpec> system_parameters();

/// Bytes behind a memory model: power-up contents, what has been written, generic payloads.
/// Power-up contents are Philox draws keyed by `system.power_up_seed` and the memory's bus address;
/// they and the host memory behind them come page by page when first touched.
class Storage {
 public:
  static constexpr std::uint64_t kPageBytes = 4096;
  /// Told of bytes that were written. @param initiator name of the master
  using WriteObserver =
      std::function<void(std::uint64_t offset, std::uint64_t bytes, const char* initiator)>;

  /// @param base bus address of byte 0, for messages and the key of the power-up draws
  Storage(std::string name, std::uint64_t bytes, std::uint64_t base, base::Context& context);

  std::uint64_t size() const { return bytes_.size(); }
  bool contains(std::uint64_t offset, std::uint64_t length) const {
    return offset <= size() && length <= size() - offset;
  }
  /// Host bytes of a range that `contains` holds for; their power-up contents are in place.
  std::uint8_t* data(std::uint64_t offset, std::uint64_t length);
  void mark_written(std::uint64_t offset, std::uint64_t length) { written_.mark(offset, length); }
  std::optional<std::uint64_t> first_unwritten(std::uint64_t offset, std::uint64_t length) const {
    return written_.first_unwritten(offset, length);
  }
  /// Calls `observer` after each write but those through data() that nobody tells with wrote(). An
  /// empty one costs nothing.
  void set_write_observer(WriteObserver observer) { observer_ = std::move(observer); }
  /// Somebody wrote a range through data().
  void wrote(std::uint64_t offset, std::uint64_t length, const char* initiator) {
    mark_written(offset, length);
    if (flipped_) flipped_->written(offset, length);
    if (protected_) protected_->written(offset, length);
    if (observer_) observer_(offset, length, initiator);
  }
  void warn_unwritten(std::uint64_t offset, std::uint64_t length);  ///< reports a read, if any is
  /// Somebody is about to read a range through data(). Every read of the memory comes by here but
  /// those by direct memory access. @return false when an error code cannot correct what is there
  bool before_read(std::uint64_t offset, std::uint64_t length) {
    if (flipped_) flipped_->read(offset, length);
    return !protected_ || protected_->read(offset, length);
  }
  /// Gives the memory an error code (SECDED). Before the simulation starts.
  void protect() { protected_ = std::make_unique<ProtectedWords>(); }
  ProtectedWords* protected_words() const { return protected_.get(); }  ///< nullptr: no code
  /// A fault: flips one bit of a byte that is there. @return number of the flip in flipped()
  std::size_t flip(std::uint64_t offset, unsigned bit);
  const FlippedBits* flipped() const { return flipped_.get(); }  ///< nullptr: none was

  /// Serves a payload whose address is an offset. Honours byte enables and streaming width;
  /// @return true when data moved; else the payload has the error response that fits.
  bool transport(tlm::tlm_generic_payload& payload);
  /// Debug transport: no reports; a range that leaves the memory is cut. @return bytes moved
  unsigned transport_debug(tlm::tlm_generic_payload& payload);

  /// Back to the power-up contents, nothing written. Costs the pages touched since the last reset.
  void reset();
  /// The pages that were touched and what was written in them.
  void archive(base::Archive& a);

 private:
  bool note_access(bool reads, std::uint64_t offset, std::uint64_t length);
  void draw(std::uint64_t page, std::uint8_t* to) const;  ///< power-up contents of a page
  void fill(std::uint64_t page);
  std::uint64_t page_size(std::uint64_t page) const {
    return std::min(kPageBytes, size() - page * kPageBytes);
  }

  std::string name_;
  std::uint64_t base_;
  base::Diagnostics& diagnostics_;
  base::RandomStream power_up_;
  DemandZero<std::uint8_t> bytes_;
  WrittenMap written_;
  std::vector<bool> filled_;            ///< per page: power-up contents are in place
  std::vector<std::uint32_t> touched_;  ///< pages filled since construction or reset
  /// Power-up contents of pages that were reset before: copying is faster than drawing again.
  std::vector<std::unique_ptr<std::uint8_t[]>> pristine_;
  WriteObserver observer_;
  std::unique_ptr<FlippedBits> flipped_;  ///< made with the first flip
  std::unique_ptr<ProtectedWords> protected_;
};

}  // namespace leyden::memory
