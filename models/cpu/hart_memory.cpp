#include <cstring>

#include "models/cpu/hart.h"
#include "models/cpu/trap.h"

// The part of Hart that instruction handlers call: memory outside the known pages, atomics.
namespace leyden::cpu {

bool Hart::is_misaligned(const Op* op, std::uint32_t address, unsigned bytes, std::uint32_t cause) {
  if ((address & (bytes - 1)) == 0) return false;
  state_.raise(op, cause, address);
  return true;
}

/// Writes through a direct pointer. @return whether the block can go on: not when it wrote code
bool Hart::write_direct(DirectRegion& region, const Op* op, std::uint32_t address,
                        const void* value, unsigned bytes) {
  std::memcpy(region.at(address), value, bytes);
  if (!region.is_code(address, bytes)) return true;
  state_.leave(op, Exit::kFlush, op->pc + op->length);
  return false;
}

/// Brings counts and pc up to date for whoever looks from outside during the access.
/// @return the cycle at which it begins
std::uint64_t Hart::begin_bus_access(const Op* op) {
  settle_counts();
  account(*current_, accounted_, op->index);
  accounted_ = op->index;
  state_.pc = op->pc;
  return cycle_of_access(op);
}

/// The cycle at which an instruction has its operands: after the wait for a load just before it.
std::uint64_t Hart::cycle_of_access(const Op* op) const {
  std::uint64_t cycle = state_.cycles + op->cycles_before;
  if (waits_for_load(*current_, op->index)) cycle += timing_.load_use;
  return cycle;
}

bool Hart::end_bus_access(const Op* op, const BusResult& result, std::uint32_t cause,
                          std::uint32_t address) {
  state_.cycles += result.wait_cycles;
  events_.bus_wait_cycles += result.wait_cycles;
  if (!result.ok) {
    state_.raise(op, cause, address);
    return false;
  }
  DirectMemory memory;
  if (result.may_be_direct && cache_.region_of(address, 1) == nullptr &&
      memory_.direct(address, memory)) {
    accept_direct(memory);
  }
  state_.leave(op, Exit::kResynchronise, op->pc + op->length);
  return true;
}

bool Hart::load(const Op* op, std::uint32_t address, std::uint32_t* value, unsigned bytes) {
  if (is_misaligned(op, address, bytes, kCauseLoadMisaligned)) return false;
  if (is_denied(op, address, bytes, kMayRead, kCauseLoadAccess)) return false;
  if (is_held(op, address, bytes, WatchKind::kRead)) return false;
  if (const DirectRegion* region = direct_region(address, bytes)) {
    if (watches_direct_) tell_direct(op, address, bytes, false);
    std::memcpy(value, region->at(address), bytes);
    return true;
  }
  const std::uint64_t cycle = begin_bus_access(op);
  const BusResult result = memory_.read(address, value, bytes, AccessKind::kLoad, cycle);
  if (end_bus_access(op, result, kCauseLoadAccess, address)) ++state_.bus_loads;
  return false;
}

bool Hart::store(const Op* op, std::uint32_t address, std::uint32_t value, unsigned bytes) {
  if (is_misaligned(op, address, bytes, kCauseStoreMisaligned)) return false;
  if (is_denied(op, address, bytes, kMayWrite, kCauseStoreAccess)) return false;
  if (is_held(op, address, bytes, WatchKind::kWrite)) return false;
  if (DirectRegion* region = direct_region(address, bytes)) {
    if (watches_direct_) tell_direct(op, address, bytes, true);
    return write_direct(*region, op, address, &value, bytes);
  }
  const std::uint64_t cycle = begin_bus_access(op);
  const BusResult result = memory_.write(address, &value, bytes, cycle);
  if (end_bus_access(op, result, kCauseStoreAccess, address)) ++state_.bus_stores;
  return false;
}

bool Hart::atomic(const Op* op, std::uint32_t address,
                  std::uint32_t (*change)(std::uint32_t m, std::uint32_t b), std::uint32_t* old) {
  if (is_misaligned(op, address, 4, kCauseStoreMisaligned)) return false;
  if (is_denied(op, address, 4, kMayRead | kMayWrite, kCauseStoreAccess)) return false;
  if (is_held(op, address, 4, WatchKind::kAccess)) return false;
  const std::uint32_t operand = state_.x[op->rs2];
  if (DirectRegion* region = direct_region(address, 4)) {
    if (watches_direct_) tell_direct(op, address, 4, true);
    std::memcpy(old, region->at(address), 4);
    const std::uint32_t value = change(*old, operand);
    ++state_.direct_atomic_reads;
    ++state_.direct_atomic_writes;
    return write_direct(*region, op, address, &value, 4);
  }
  struct Update {
    std::uint32_t (*change)(std::uint32_t m, std::uint32_t b);
    std::uint32_t operand;
    std::uint32_t* old;
  } update{change, operand, old};
  const auto apply = [](void* context, std::uint32_t word) {
    auto& u = *static_cast<Update*>(context);
    *u.old = word;
    return u.change(word, u.operand);
  };
  const std::uint64_t cycle = begin_bus_access(op);
  const BusResult result = memory_.update(address, apply, &update, cycle);
  end_bus_access(op, result, kCauseStoreAccess, address);
  return false;
}

bool Hart::load_reserved(const Op* op, std::uint32_t address, std::uint32_t* value) {
  if (is_misaligned(op, address, 4, kCauseLoadMisaligned)) return false;
  if (is_denied(op, address, 4, kMayRead, kCauseLoadAccess)) return false;
  if (is_held(op, address, 4, WatchKind::kRead)) return false;
  bool direct = false;
  if (const DirectRegion* region = direct_region(address, 4)) {
    if (watches_direct_) tell_direct(op, address, 4, false);
    std::memcpy(value, region->at(address), 4);
    ++state_.direct_atomic_reads;
    direct = true;
  } else {
    const std::uint64_t cycle = begin_bus_access(op);
    const BusResult result = memory_.read(address, value, 4, AccessKind::kLoad, cycle);
    if (!end_bus_access(op, result, kCauseLoadAccess, address)) return false;
  }
  state_.reserved = true;
  state_.reservation = address;
  return direct;
}

bool Hart::store_conditional(const Op* op, std::uint32_t address, std::uint32_t value,
                             std::uint32_t* failed) {
  if (is_misaligned(op, address, 4, kCauseStoreMisaligned)) return false;
  // Checked even when the reservation is lost and nothing would be stored.
  if (is_denied(op, address, 4, kMayWrite, kCauseStoreAccess)) return false;
  const bool holds = state_.reserved && state_.reservation == address;
  if (holds && is_held(op, address, 4, WatchKind::kWrite)) return false;
  state_.reserved = false;
  *failed = holds ? 0 : 1;
  if (!holds) return true;
  if (DirectRegion* region = direct_region(address, 4)) {
    if (watches_direct_) tell_direct(op, address, 4, true);
    ++state_.direct_atomic_writes;
    return write_direct(*region, op, address, &value, 4);
  }
  std::uint64_t cycle = begin_bus_access(op);
  // Until the access other masters may write; what they write takes the reservation.
  state_.reserved = true;
  const std::uint64_t waited = memory_.catch_up(cycle);
  state_.cycles += waited;
  cycle += waited;
  *failed = state_.reserved ? 0 : 1;
  state_.reserved = false;
  if (*failed != 0) {
    state_.leave(op, Exit::kResynchronise, op->pc + op->length);
    return false;
  }
  const BusResult result = memory_.write(address, &value, 4, cycle);
  end_bus_access(op, result, kCauseStoreAccess, address);
  return false;
}

void Hart::accept_direct(const DirectMemory& memory) {
  // Accesses are made by whole words and code is marked by whole lines.
  constexpr std::uint32_t kLineMask = (1u << kLineShift) - 1;
  if (memory.data == nullptr || (memory.first & kLineMask) != 0) return;
  cache_.add_region(memory);
  forget_pages();
}

void Hart::watch_direct() {
  watches_direct_ = true;
  set_translation({false});
  forget_pages();
}

void Hart::tell_direct(const Op* op, std::uint32_t address, unsigned bytes, bool write) {
  memory_.on_direct(address, bytes, write, cycle_of_access(op));
}

/// The direct memory of an access that is permitted. Its page is found at once the next time, if
/// all of it may be read and written now: rights_changed() forgets it when that ends.
DirectRegion* Hart::direct_region(std::uint32_t address, unsigned bytes) {
  DirectRegion* region = cache_.region_of(address, bytes);
  const std::uint32_t page = address & kPageMask;
  constexpr std::uint8_t kDirectRights = kMayRead | kMayWrite;
  if (region != nullptr && !watches_direct_ && region->contains(page, 1u << kPageShift) &&
      !points_.is_page_watched(address)) {
    const std::uint8_t rights = csr_.pmp().rights(page, 1u << kPageShift, data_privilege_);
    if ((rights & kDirectRights) == kDirectRights) {
      if (!may_use_page(page, Privilege::kUser)) {
        if (machine_pages_.size() == kPageEntries) forget_pages();  // bounds the list
        machine_pages_.push_back(page);
      }
      state_.pages[(address >> kPageShift) % kPageEntries] = region->page(address);
    }
    arena_.allow_page(*region, address, (rights & kMayRead) != 0, (rights & kMayWrite) != 0);
  }
  return region;
}

void Hart::forget_pages() {
  state_.pages.fill(PageEntry());
  machine_pages_.clear();
  arena_.forget_pages();
}

void Hart::forget_page(std::uint32_t page) {
  PageEntry& entry = state_.pages[(page >> kPageShift) % kPageEntries];
  if (entry.tag == page) entry = PageEntry();
  arena_.forget_page(page);
}

void Hart::invalidate_direct(std::uint32_t first, std::uint32_t last) {
  if (!cache_.remove_regions(first, last)) return;
  forget_pages();
  // Blocks are forgotten before the next instruction: one of them may be in a bus access now.
  flush_pending_ = true;
}

}  // namespace leyden::cpu
