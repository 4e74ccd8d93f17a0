#include "models/peripherals/perf.h"

#include <string>

#include "registers/perf.h"

namespace leyden::peripherals {
namespace {
namespace reg = registers::perf;
}  // namespace

Perf::Perf(sc_core::sc_module_name name, base::Context& context, LayerObserver* observer)
    : RegisterPeripheral(name, context, reg::table(), reg::kBase), observer_(observer) {
  registers_.on_write(reg::kLayerBegin, [this](std::uint32_t value, unsigned) { begin(value); });
  registers_.on_write(reg::kLayerEnd, [this](std::uint32_t value, unsigned) { end(value); });
  registers_.on_read(reg::kCycleLow, [this](unsigned) {
    const std::uint64_t now = cycle();
    registers_.poke(reg::kCycleHigh, static_cast<std::uint32_t>(now >> 32));
    return static_cast<std::uint32_t>(now);
  });
}

std::uint32_t Perf::layer() const { return registers_.peek(reg::kLayer); }

void Perf::begin(std::uint32_t layer) {
  const std::uint32_t current = registers_.peek(reg::kLayer);
  if (current != kNoLayer || layer == kNoLayer) {
    warn("layer " + std::to_string(layer) + " begins while layer " + std::to_string(current) +
             " is under way; the mark is ignored",
         reg::kLayerBegin);
    return;
  }
  registers_.poke(reg::kLayer, layer);
  began_ = cycle();
  if (observer_ != nullptr) observer_->on_begin(layer, began_);
}

void Perf::end(std::uint32_t layer) {
  const std::uint32_t current = registers_.peek(reg::kLayer);
  if (current != layer || layer == kNoLayer) {
    warn("layer " + std::to_string(layer) + " ends while layer " + std::to_string(current) +
             " is under way; the mark is ignored",
         reg::kLayerEnd);
    return;
  }
  const std::uint64_t now = cycle();
  registers_.poke(reg::kLayer, kNoLayer);
  registers_.poke(reg::kLayerCycles, static_cast<std::uint32_t>(now - began_));
  if (observer_ != nullptr) observer_->on_end(layer, now);
}

}  // namespace leyden::peripherals
