#include "models/cpu/hart_arena.h"

#include <algorithm>
#include <cstring>
#include <new>

#include <sys/mman.h>

#include "models/base/error.h"

namespace leyden::cpu {

static_assert(sizeof(HartArena::Contents) <= HartArena::kMapOffset);

HartArena::HartArena() {
  void* memory = mmap(nullptr, kMapOffset + kMapBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    throw base::UsageError(
        "the host refuses 320 MiB of address space for a core (of which little is used); raise the "
        "limit of virtual memory (ulimit -v)");
  }
  // The slots need no construction: fresh pages are 0, and so stay untouched.
  contents_ = static_cast<Contents*>(memory);
  new (&contents_->state) HartState();
  forget_targets();
  contents_->dirty_end = contents_->dirty;
}

HartArena::~HartArena() { munmap(contents_, kMapOffset + kMapBytes); }

void HartArena::allow_page(const DirectRegion& region, std::uint32_t address, bool read,
                           bool write) {
  const std::uint32_t page = address & kPageMask;
  const std::uintptr_t base = reinterpret_cast<std::uintptr_t>(region.data()) - region.first();
  if (pages_.empty()) contents_->direct_base = base;
  if (contents_->direct_base != base) return;
  const std::uint8_t use = (read ? kDirectRead : 0) | (write ? kDirectWrite : 0);
  std::uint8_t& known = pages_[page];
  if ((known & use) == use) return;
  known |= use;
  constexpr std::uint32_t kLine = 1u << kLineShift;
  std::uint8_t* line = map() + (page >> kLineShift);
  for (std::uint32_t i = 0; i < (1u << kPageShift) / kLine; ++i) {
    line[i] = region.line_has_code(page + i * kLine) ? known & kDirectRead : known;
  }
}

void HartArena::forbid_writes(std::uint32_t address, std::uint32_t bytes) {
  if (bytes == 0) return;
  const std::uint32_t last = (address + bytes - 1) >> kLineShift;
  for (std::uint32_t line = address >> kLineShift; line <= last; ++line) {
    map()[line] &= kDirectRead;
  }
}

void HartArena::forget_targets() {
  for (TargetTable& table : contents_->targets) table.fill(Target());
}

void HartArena::forget_pages() {
  for (const auto& [page, use] : pages_) clear(page);
  pages_.clear();
}

void HartArena::forget_page(std::uint32_t page) {
  if (pages_.erase(page) != 0) clear(page);
}

void HartArena::clear(std::uint32_t page) {
  std::memset(map() + (page >> kLineShift), 0, std::size_t{1} << (kPageShift - kLineShift));
}

}  // namespace leyden::cpu
