#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/memory/lmem_port.h"
#include "platform/vectors/stream.h"

namespace leyden::vectors {

/// LMEM as a recording tells of it: what jobs read is put there before they start, what they write
/// is told, and their waits are the recorded ones.
class ReplayLmem : public memory::LmemPortIf {
 public:
  using Written =
      std::function<void(std::uint64_t address, const std::uint8_t* data, std::size_t bytes)>;
  ReplayLmem(std::uint64_t bytes, Written written);

  /// What the next job reads.
  void put(const Event& read);
  /// What it waits for its output's bank.
  void set_write_wait(const Event& write) { write_waits_[write.address] = write.wait_cycles; }

  std::uint8_t* data(const memory::Region& region) override;
  memory::ClaimId claim(const std::string& owner, memory::ClaimMode mode,
                        const memory::Region& region) override;
  void release(memory::ClaimId claim) override;
  std::uint64_t occupy(const memory::Region& region, std::uint64_t read_beats,
                       std::uint64_t write_beats, std::uint64_t cycles) override;
  void mark_written(const memory::Region& region) override;

 private:
  bool inside(std::uint64_t first, std::uint64_t end) const;

  std::vector<std::uint8_t> bytes_;
  const Written written_;
  memory::ClaimId next_claim_ = 1;
  std::map<std::uint64_t, std::uint64_t> read_waits_;  ///< by address, until they are told
  std::map<std::uint64_t, std::uint64_t> write_waits_;
};

}  // namespace leyden::vectors
