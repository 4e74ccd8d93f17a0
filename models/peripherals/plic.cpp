#include "models/peripherals/plic.h"

#include "models/base/activity_observer.h"
#include "registers/plic.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::plic;

constexpr std::uint32_t kHighestPriority = 7;

}  // namespace

Plic::Plic(sc_core::sc_module_name name, base::Context& context)
    : RegisterPeripheral(name, context, reg::table(), reg::kBase) {
  registers_.on_write(reg::kPriority, [this](std::uint32_t value, unsigned index) {
    // Bits above the priority, and source 0, are wired to 0.
    registers_.poke(reg::kPriority + index * reg::kPriorityStride,
                    index == 0 ? 0 : value & kHighestPriority);
    update_.notify(sc_core::SC_ZERO_TIME);
  });
  registers_.on_write(reg::kEnable, [this](std::uint32_t value, unsigned) {
    registers_.poke(reg::kEnable, value & ~1u);
    update_.notify(sc_core::SC_ZERO_TIME);
  });
  registers_.on_write(reg::kThreshold, [this](std::uint32_t value, unsigned) {
    registers_.poke(reg::kThreshold, value & kHighestPriority);
    update_.notify(sc_core::SC_ZERO_TIME);
  });
  registers_.on_read(reg::kPending, [this](unsigned) { return pending_; });
  registers_.on_read(reg::kClaim, [this](unsigned) { return claim(); });
  registers_.on_write(reg::kClaim, [this](std::uint32_t value, unsigned) { complete(value); });
}

void Plic::end_of_elaboration() {
  // Which sources are bound is known only now. One process does all, since a signal has one driver.
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&update_);
  for (const Source& each : source) {
    if (each.size() != 0) {
      options.set_sensitivity(&each->value_changed_event());
    }
  }
  sc_core::sc_spawn([this] { update(); }, "update", &options);
}

void Plic::archive(base::Archive& a) {
  a(registers_, pending_, in_service_);
  if (a.restoring()) update_.notify(sc_core::SC_ZERO_TIME);
}

void Plic::update() {
  std::uint32_t levels = 0;
  for (unsigned n = 1; n < kSources; ++n) {
    if (source[n].size() != 0 && source[n]->read()) {
      levels |= 1u << n;
    }
  }
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->interrupt_lines(levels, context_.clock.cycles_at(sc_core::sc_time_stamp()));
  }
  pending_ |= levels & ~in_service_;
  irq.write(best(registers_.peek(reg::kThreshold)) != 0);
}

unsigned Plic::best(std::uint32_t floor) const {
  const std::uint32_t candidates = pending_ & registers_.peek(reg::kEnable);
  unsigned chosen = 0;
  for (unsigned n = 1; n < kSources; ++n) {
    if ((candidates >> n & 1) == 0) {
      continue;
    }
    const std::uint32_t priority = registers_.peek(reg::kPriority + n * reg::kPriorityStride);
    if (priority > floor) {
      floor = priority;
      chosen = n;
    }
  }
  return chosen;
}

std::uint32_t Plic::claim() {
  const unsigned number = best(0);
  if (number != 0) {
    pending_ &= ~(1u << number);
    in_service_ |= 1u << number;
    if (base::ActivityObserver* observer = context_.activity.observer()) {
      observer->interrupt_claimed(number, context_.clock.cycles_at(access_time()));
    }
    update_.notify(sc_core::SC_ZERO_TIME);
  }
  return number;
}

void Plic::complete(std::uint32_t number) {
  if (number < kSources && (registers_.peek(reg::kEnable) >> number & 1) != 0) {
    in_service_ &= ~(1u << number);
    if (base::ActivityObserver* observer = context_.activity.observer()) {
      observer->interrupt_completed(number, context_.clock.cycles_at(access_time()));
    }
    update_.notify(sc_core::SC_ZERO_TIME);
  }
}

}  // namespace leyden::peripherals
