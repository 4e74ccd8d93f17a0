#include "models/peripherals/sysctl.h"

#include <cmath>
#include <utility>

#include "models/base/error.h"
#include "registers/sysctl.h"

namespace leyden::peripherals {
namespace {

namespace reg = registers::sysctl;

constexpr std::uint32_t kFeedKey = 0x5afe;
constexpr std::uint32_t kResetKey = 1;

}  // namespace

Sysctl::Sysctl(sc_core::sc_module_name name, base::Context& context, SysctlSettings settings)
    : RegisterPeripheral(name, context, reg::table(), reg::kBase), settings_(std::move(settings)) {
  if (settings_.points.empty()) {
    throw base::UsageError("the chip has no operating point; give it at least the nominal one");
  }
  for (const OperatingPoint& point : settings_.points) {
    if (!(point.supply_v > 0 && point.clock_hz > 0 && point.energy_scale > 0)) {
      throw base::UsageError("operating point " + std::to_string(ledger_points_.size()) +
                             " needs a supply, a clock and an energy scale above 0");
    }
    ledger_points_.push_back(ledger_points_.empty() ? 0
                                                    : context.ledger.add_point(point.energy_scale));
  }
  registers_.poke(reg::kMacros, settings_.macros);
  registers_.poke(reg::kLmemBytes, settings_.lmem_bytes);
  registers_.poke(reg::kPoints, static_cast<std::uint32_t>(settings_.points.size()));
  show_point();

  registers_.on_write(reg::kPoint, [this](std::uint32_t value, unsigned) { request_point(value); });
  registers_.on_write(reg::kPowerGate, [this](std::uint32_t value, unsigned) {
    if (settings_.on_power_gate) settings_.on_power_gate(value);
  });
  registers_.on_write(reg::kWatchdogCtrl,
                      [this](std::uint32_t value, unsigned) { enable_watchdog(value); });
  registers_.on_write(reg::kWatchdogFeed,
                      [this](std::uint32_t value, unsigned) { feed_watchdog(value); });
  registers_.on_write(reg::kReset, [this](std::uint32_t value, unsigned) {
    if (value != kResetKey) {
      warn("RESET takes 0x1 only; the write is ignored", reg::kReset);
    } else if (settings_.on_reset) {
      settings_.on_reset();
    }
  });
  SC_HAS_PROCESS(Sysctl);
  SC_METHOD(apply_point);
  dont_initialize();
  sensitive << point_event_;
  SC_METHOD(bite);
  dont_initialize();
  sensitive << watchdog_event_;
  const auto update_irq = [this](std::uint32_t, unsigned) {
    irq_event_.notify(sc_core::SC_ZERO_TIME);
  };
  registers_.on_write(reg::kEccCtrl, update_irq);
  registers_.on_write(reg::kEccStatus, update_irq);
  SC_METHOD(drive_irq);
  sensitive << irq_event_;
}

void Sysctl::set_image(std::uint32_t address, std::uint32_t bytes) {
  registers_.poke(reg::kImageAddr, address);
  registers_.poke(reg::kImageBytes, bytes);
}

void Sysctl::request_point(std::uint32_t number) {
  if (number >= settings_.points.size()) {
    warn("operating point " + std::to_string(number) + " is refused; the chip has " +
             std::to_string(settings_.points.size()),
         reg::kPoint);
    registers_.poke(reg::kPoint, static_cast<std::uint32_t>(requested_));
    return;
  }
  requested_ = number;
  point_event_.notify(context_.clock.next_edge(access_time()) - sc_core::sc_time_stamp());
}

void Sysctl::apply_point() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  point_ = requested_;
  context_.clock.set_frequency(settings_.points[point_].clock_hz, now);
  context_.ledger.select_point(ledger_points_[point_]);
  show_point();
  if (watching_) {  // the watchdog counts cycles, which now pass at another pace
    const std::uint64_t cycle = context_.clock.cycles_at(now);
    bite_at(now + context_.clock.cycles(deadline_ > cycle ? deadline_ - cycle : 0));
  }
  if (settings_.on_point) settings_.on_point(point_);
}

void Sysctl::show_point() {
  const OperatingPoint& point = settings_.points[point_];
  registers_.poke(reg::kSupplyMv, static_cast<std::uint32_t>(std::lround(point.supply_v * 1e3)));
  registers_.poke(reg::kClockKhz, static_cast<std::uint32_t>(std::lround(point.clock_hz / 1e3)));
}

void Sysctl::enable_watchdog(std::uint32_t value) {
  const bool wanted = reg::watchdog_ctrl::kEnable.get(value) != 0;
  if (watching_ && !wanted) {
    warn("the watchdog runs until a reset; the write is ignored", reg::kWatchdogCtrl);
    registers_.set_field(reg::kWatchdogCtrl, reg::watchdog_ctrl::kEnable, 1);
  } else if (!watching_ && wanted) {
    watching_ = true;
    start_watchdog();
  }
}

void Sysctl::feed_watchdog(std::uint32_t key) {
  if (key != kFeedKey) {
    warn("WATCHDOG_FEED takes 0x5afe only; the watchdog is not fed", reg::kWatchdogFeed);
  } else if (watching_) {
    start_watchdog();
  }
}

void Sysctl::start_watchdog() {
  const sc_core::sc_time edge = context_.clock.next_edge(access_time());
  const std::uint64_t load = registers_.peek(reg::kWatchdogLoad);
  deadline_ = context_.clock.cycles_at(edge) + load;
  bite_at(edge + context_.clock.cycles(load));
}

void Sysctl::bite_at(const sc_core::sc_time& when) {
  bite_time_ = when;
  watchdog_event_.cancel();
  watchdog_event_.notify(when - sc_core::sc_time_stamp());
}

void Sysctl::archive(base::Archive& a) {
  a(registers_);
  a.below(point_, settings_.points.size());
  a.below(requested_, settings_.points.size());
  a(watching_, deadline_, bite_time_);
  if (!a.restoring()) return;
  irq_event_.notify(sc_core::SC_ZERO_TIME);
  if (requested_ != point_) {
    point_event_.notify(context_.clock.next_edge(sc_core::sc_time_stamp()) -
                        sc_core::sc_time_stamp());
  }
  if (watching_) {
    if (bite_time_ < sc_core::sc_time_stamp()) a.refuse("the watchdog bites in the past");
    bite_at(bite_time_);
  }
}

void Sysctl::bite() {
  if (settings_.on_watchdog) settings_.on_watchdog();
}

}  // namespace leyden::peripherals
