#include "models/cpu/counters.h"

namespace leyden::cpu {
namespace {

constexpr std::uint32_t kInhibitable =
    ((1u << (Counters::kLastEvent + 1)) - 1) & ~(1u << Counters::kTime);

}  // namespace

std::uint64_t Counters::source(unsigned index, const CounterView& view) const {
  if (index == kCycle) return view.cycle;
  if (index == kInstret) return view.retired;
  return view.events != nullptr ? (*view.events)[event_[index]] : 0;
}

std::uint64_t Counters::value(unsigned index, const CounterView& now) const {
  if (!exists(index)) return 0;
  return inhibited(index) ? base_[index] : base_[index] + source(index, now);
}

void Counters::set_value(unsigned index, std::uint64_t value, const CounterView& after) {
  if (!exists(index)) return;
  base_[index] = inhibited(index) ? value : value - source(index, after);
}

void Counters::set_inhibit(std::uint32_t value, const CounterView& after) {
  const std::uint32_t changed = (value ^ inhibit_) & kInhibitable;
  for (unsigned index = 0; index <= kLastEvent; ++index) {
    if ((changed >> index & 1) == 0) continue;
    const std::uint64_t count = this->value(index, after);
    inhibit_ ^= 1u << index;
    set_value(index, count, after);
  }
}

std::uint32_t Counters::event(unsigned index) const {
  return index >= kFirstEvent && index <= kLastEvent ? event_[index] : 0;
}

void Counters::set_event(unsigned index, std::uint32_t value, const CounterView& after) {
  if (index < kFirstEvent || index > kLastEvent) return;
  const std::uint64_t count = this->value(index, after);
  event_[index] = static_cast<std::uint8_t>(value < kEventCount ? value : 0);
  set_value(index, count, after);
}

}  // namespace leyden::cpu
