#pragma once

#include <cstdint>
#include <string>

#include <systemc>

#include "models/memory/beat_port.h"

namespace leyden::memory {

/// A strided region of LMEM: `count` runs of `length` bytes, `stride` bytes apart, from bus address
/// `address`.
struct Region {
  std::uint64_t address = 0;
  std::uint32_t length = 0;
  std::uint32_t stride = 0;
  std::uint32_t count = 1;
  std::uint64_t end() const {
    return address + (count ? std::uint64_t{count - 1} * stride + length : 0);
  }
};

enum class ClaimMode { kRead, kWrite };
using ClaimId = std::uint64_t;

/// The 128-bit side ports of the LMEM banks that CIM units and the vector unit use (design
/// section 2). A job claims its input until its feed ends and its output until it is done; another
/// master's access in between is an error that names both (design section 4).
class LmemPortIf : public virtual sc_core::sc_interface {
 public:
  /// @return host pointer to `region.address`, or nullptr when the region is not wholly in LMEM
  virtual std::uint8_t* data(const Region& region) = 0;
  /// Claims a region. @throws ModelError naming both owners when it conflicts with another claim.
  virtual ClaimId claim(const std::string& owner, ClaimMode mode, const Region& region) = 0;
  virtual void release(ClaimId claim) = 0;
  /// Tells the bank(s) that `beats` 16-byte beats will use them evenly over `cycles` cycles from
  /// now on, for contention with bus accesses, and counts their energy.
  /// @return extra cycles the job suffers because the bank is already loaded
  virtual std::uint64_t occupy(const Region& region, std::uint64_t read_beats,
                               std::uint64_t write_beats, std::uint64_t cycles) = 0;
  /// Marks bytes as written (for the report of reads of memory never written).
  virtual void mark_written(const Region& region) = 0;
  /// A job has put `bytes` bytes at `address`, which it will mark when it ends: for who looks at
  /// them one by one.
  virtual void beat_written(std::uint64_t /*address*/, std::uint32_t /*bytes*/) {}
  /// Beat by beat, of an approximately timed chip, where it takes the place of occupy(); else
  /// nullptr.
  virtual BeatPortIf* beat_port() { return nullptr; }
};

}  // namespace leyden::memory
