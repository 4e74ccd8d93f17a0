#include "models/peripherals/clint.h"

#include "registers/clint.h"

namespace leyden::peripherals {
namespace {
namespace reg = registers::clint;
}  // namespace

std::vector<base::ParameterSpec> Clint::parameters() {
  return {{"tick_ns", "ns", 0.001, 1e9, false, {}, "Period of the timer"}};
}

Clint::Clint(sc_core::sc_module_name name, base::Context& context)
    : RegisterPeripheral(name, context, reg::table(), reg::kBase),
      tick_(sc_core::sc_time(context.parameters.real("clint.tick_ns"), sc_core::SC_NS).value()) {
  registers_.on_write(reg::kMsip, [this](std::uint32_t, unsigned) {
    software_event_.notify(sc_core::SC_ZERO_TIME);
  });
  for (const std::uint32_t offset : {reg::kMtimecmpLow, reg::kMtimecmpHigh}) {
    registers_.on_write(offset, [this](std::uint32_t, unsigned) {
      timer_event_.cancel();
      timer_event_.notify(access_time() - sc_core::sc_time_stamp());
    });
  }
  registers_.on_read(reg::kMtimeLow,
                     [this](unsigned) { return static_cast<std::uint32_t>(mtime(access_time())); });
  registers_.on_read(reg::kMtimeHigh, [this](unsigned) {
    return static_cast<std::uint32_t>(mtime(access_time()) >> 32);
  });
  SC_HAS_PROCESS(Clint);
  SC_METHOD(drive_timer);
  sensitive << timer_event_;
  SC_METHOD(drive_software);
  sensitive << software_event_;
}

std::uint64_t Clint::mtimecmp() const {
  return std::uint64_t{registers_.peek(reg::kMtimecmpHigh)} << 32 |
         registers_.peek(reg::kMtimecmpLow);
}

void Clint::archive(base::Archive& a) {
  a(registers_);
  if (!a.restoring()) return;
  timer_event_.cancel();
  timer_event_.notify(sc_core::SC_ZERO_TIME);
  software_event_.notify(sc_core::SC_ZERO_TIME);
}

void Clint::drive_timer() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const std::uint64_t compare = mtimecmp();
  const bool reached = mtime(now) >= compare;
  timer_irq.write(reached);
  // A time the kernel cannot represent never comes.
  if (!reached && compare <= sc_core::sc_max_time().value() / tick_) {
    timer_event_.notify(sc_core::sc_time::from_value(compare * tick_) - now);
  }
}

void Clint::drive_software() { software_irq.write(registers_.peek(reg::kMsip) != 0); }

}  // namespace leyden::peripherals
