#include "platform/cosim/lockstep_lmem.h"

#include <algorithm>
#include <cstddef>

#include "registers/memory_map.h"

namespace leyden::cosim {
namespace {

std::size_t place(std::uint64_t address) { return address - registers::kLmemBase; }

}  // namespace

std::uint8_t* ModelLmem::data(const memory::Region& region) {
  if (chip_().data(region) == nullptr) return nullptr;
  bytes_.resize(std::max(bytes_.size(), place(region.end())));
  return bytes_.data() + place(region.address);
}

memory::ClaimId ModelLmem::claim(const std::string&, memory::ClaimMode mode,
                                 const memory::Region& region) {
  if (mode == memory::ClaimMode::kWrite) {
    output_ = region;
  } else {
    const std::uint8_t* from = chip_().data(region);
    std::copy(from, from + (region.end() - region.address), data(region));
  }
  return 1;
}

std::optional<std::uint8_t> ModelLmem::expected(std::uint64_t address) const {
  if (output_.count == 0 || address < output_.address || address >= output_.end()) return {};
  const std::uint64_t offset = address - output_.address;
  const std::uint64_t in_run = output_.count > 1 ? offset % output_.stride : offset;
  if (in_run >= output_.length) return {};
  return bytes_[place(address)];
}

}  // namespace leyden::cosim
