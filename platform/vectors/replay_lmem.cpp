#include "platform/vectors/replay_lmem.h"

#include <algorithm>

#include "models/base/error.h"
#include "registers/memory_map.h"

namespace leyden::vectors {
namespace {

constexpr std::uint64_t kBase = registers::kLmemBase;

std::uint64_t take(std::map<std::uint64_t, std::uint64_t>& waits, std::uint64_t address) {
  const auto found = waits.find(address);
  if (found == waits.end()) return 0;
  const std::uint64_t cycles = found->second;
  waits.erase(found);
  return cycles;
}

}  // namespace

ReplayLmem::ReplayLmem(std::uint64_t bytes, Written written)
    : bytes_(bytes), written_(std::move(written)) {}

bool ReplayLmem::inside(std::uint64_t first, std::uint64_t end) const {
  return first >= kBase && end <= kBase + bytes_.size() && first <= end;
}

void ReplayLmem::put(const Event& read) {
  const std::uint32_t length = read.run_bytes();
  for (std::uint32_t run = 0; run < read.count; ++run) {
    const std::uint64_t address = read.address + std::uint64_t{run} * read.stride;
    if (!inside(address, address + length)) {
      throw base::UsageError("The recording reads LMEM at " + std::to_string(address) +
                             ", which the chip of its config.yaml does not have.");
    }
    const auto from = read.data.begin() + std::ptrdiff_t{run} * length;
    std::copy(from, from + length, bytes_.begin() + static_cast<std::ptrdiff_t>(address - kBase));
  }
  read_waits_[read.address] = read.wait_cycles;
}

std::uint8_t* ReplayLmem::data(const memory::Region& region) {
  return inside(region.address, region.end()) ? bytes_.data() + (region.address - kBase) : nullptr;
}

memory::ClaimId ReplayLmem::claim(const std::string&, memory::ClaimMode, const memory::Region&) {
  return next_claim_++;
}

void ReplayLmem::release(memory::ClaimId) {}

std::uint64_t ReplayLmem::occupy(const memory::Region& region, std::uint64_t,
                                 std::uint64_t write_beats, std::uint64_t) {
  return take(write_beats > 0 ? write_waits_ : read_waits_, region.address);
}

void ReplayLmem::mark_written(const memory::Region& region) {
  for (std::uint32_t run = 0; run < region.count; ++run) {
    const std::uint64_t address = region.address + std::uint64_t{run} * region.stride;
    if (!inside(address, address + region.length)) {
      throw base::ModelError("A write of " + std::to_string(region.length) + " bytes at " +
                             std::to_string(address) + " leaves LMEM");
    }
    written_(address, bytes_.data() + (address - kBase), region.length);
  }
}

}  // namespace leyden::vectors
