#include "platform/trace/stack_use.h"

#include <algorithm>

#include "models/base/error.h"
#include "platform/chip/debug_port.h"
#include "platform/chip/elf/elf_loader.h"

namespace leyden::trace {

StackUse::StackUse(chip::Chip& chip, const std::string& program) : chip_(chip) {
  const auto low = chip.program().find("__heap_end");
  const auto middle = chip.program().find("__stack_top");
  const auto high = chip.program().find("__trap_stack_top");
  if (!low || !middle || !high || *low >= *middle || *middle > *high) {
    throw base::UsageError(program +
                           " has no symbols __heap_end, __stack_top and __trap_stack_top that "
                           "--stack could go by; link it with leyden.ld.");
  }
  const auto add = [&](const std::string& name, std::uint32_t first, std::uint32_t end) {
    Region region{name, first, std::vector<std::uint8_t>(end - first)};
    chip_.host_port().read(first, region.before.data(), end - first);
    regions_.push_back(std::move(region));
  };
  add("stack", *low, *middle);
  add("trap stack", *middle, *high);
}

std::uint32_t StackUse::used(const Region& region) {
  std::vector<std::uint8_t> now(region.before.size());
  chip_.host_port().read(region.first, now.data(), static_cast<unsigned>(now.size()));
  const auto lowest = std::mismatch(now.begin(), now.end(), region.before.begin()).first;
  // The stack pointer moves in steps of 16 bytes.
  const auto bytes = static_cast<std::uint32_t>(now.end() - lowest);
  return (bytes + 15) / 16 * 16;
}

std::uint32_t StackUse::used_bytes() { return used(regions_.front()); }

std::string StackUse::told() {
  std::string text;
  for (const Region& region : regions_) {
    const std::uint32_t bytes = used(region);
    text += region.name + ": " + std::to_string(bytes) + " of " +
            std::to_string(region.before.size()) + " bytes used";
    text += bytes == region.before.size() ? ", or more: it is full\n" : "\n";
  }
  return text;
}

}  // namespace leyden::trace
