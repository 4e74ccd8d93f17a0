#include "platform/golden/calls.h"

#include <array>
#include <cstdio>
#include <unordered_map>

namespace leyden::golden {
namespace {

/// Never destroyed and nothing on the heap: also a thread that ends, or a program that does, may
/// make a last call.
std::array<char, 2048>& sentence() {
  thread_local std::array<char, 2048> text{};
  return text;
}

struct Handles {
  std::mutex mutex;
  std::unordered_map<std::uintptr_t, std::shared_ptr<GoldenChip>> chips;
  std::uintptr_t next = 0x1000;
};

/// What a C interface cannot do without: handles outlive every call.
Handles& handles() {
  static Handles* const kAll = new Handles;
  return *kAll;
}

}  // namespace

leyden_status tell(leyden_status status, const char* words) noexcept {
  std::snprintf(sentence().data(), sentence().size(), "%s", words);
  return status;
}

const char* last_sentence() noexcept { return sentence().data(); }

leyden_chip* open_handle(std::shared_ptr<GoldenChip> chip) {
  Handles& all = handles();
  const std::lock_guard<std::mutex> alone(all.mutex);
  all.next += 16;
  all.chips.emplace(all.next, std::move(chip));
  // Never looked through.
  return reinterpret_cast<leyden_chip*>(all.next);  // NOLINT(performance-no-int-to-ptr)
}

std::shared_ptr<GoldenChip> chip_of(leyden_chip* handle) {
  check_pointer("chip", handle);
  Handles& all = handles();
  const std::lock_guard<std::mutex> alone(all.mutex);
  const auto found = all.chips.find(reinterpret_cast<std::uintptr_t>(handle));
  if (found == all.chips.end()) {
    throw Failure(LEYDEN_BAD_HANDLE,
                  "chip is no open chip: it was closed, or did not come from leyden_open().");
  }
  return found->second;
}

void close_handle(leyden_chip* handle) {
  const std::shared_ptr<GoldenChip> last = chip_of(handle);  // destroyed outside the lock
  Handles& all = handles();
  const std::lock_guard<std::mutex> alone(all.mutex);
  all.chips.erase(reinterpret_cast<std::uintptr_t>(handle));
}

}  // namespace leyden::golden
