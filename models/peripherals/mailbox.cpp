#include "models/peripherals/mailbox.h"

#include <string>
#include <utility>

#include "models/base/activity_observer.h"
#include "models/base/error.h"
#include "registers/mailbox.h"

namespace leyden::peripherals {
namespace {
namespace reg = registers::mailbox;
}  // namespace

Mailbox::Mailbox(sc_core::sc_module_name name, base::Context& context, DoneCallback on_done,
                 FailCallback on_fail)
    : RegisterPeripheral(name, context, reg::table(), reg::kBase),
      on_done_(std::move(on_done)),
      on_fail_(std::move(on_fail)) {
  registers_.on_write(reg::kCtrl,
                      [this](std::uint32_t, unsigned) { update_.notify(sc_core::SC_ZERO_TIME); });
  registers_.on_write(reg::kDone, [this](std::uint32_t value, unsigned) {
    if (take(reg::kDone) && on_done_) on_done_(value);
  });
  registers_.on_write(reg::kFail, [this](std::uint32_t value, unsigned) {
    take(reg::kFail);  // boot can fail before any input is there
    if (on_fail_) on_fail_(value);
  });
  SC_HAS_PROCESS(Mailbox);
  SC_METHOD(drive_irq);
  sensitive << update_;
}

bool Mailbox::pending() const { return registers_.field(reg::kStatus, reg::status::kPending) != 0; }

bool Mailbox::closed() const { return registers_.field(reg::kStatus, reg::status::kClosed) != 0; }

void Mailbox::post(const MailboxInput& input) {
  if (pending() || closed()) {
    throw base::ModelError(std::string(name()) + ": input " + std::to_string(input.index) +
                           " is posted " +
                           (closed() ? "after the mailbox was closed"
                                     : "while another is pending; wait until it is done"));
  }
  registers_.poke(reg::kIndex, input.index);
  registers_.poke(reg::kInputAddr, input.input_address);
  registers_.poke(reg::kInputBytes, input.input_bytes);
  registers_.poke(reg::kOutputAddr, input.output_address);
  registers_.poke(reg::kOutputBytes, input.output_bytes);
  registers_.set_field(reg::kStatus, reg::status::kPending, 1);
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->mailbox(true, context_.clock.cycles_at(sc_core::sc_time_stamp()));
  }
  update_.notify(sc_core::SC_ZERO_TIME);
}

void Mailbox::close() {
  registers_.set_field(reg::kStatus, reg::status::kClosed, 1);
  update_.notify(sc_core::SC_ZERO_TIME);
}

void Mailbox::archive(base::Archive& a) {
  a(registers_);
  if (a.restoring()) update_.notify(sc_core::SC_ZERO_TIME);
}

bool Mailbox::take(std::uint32_t offset) {
  if (!pending()) {
    if (offset == reg::kDone) {
      warn("DONE is written while no input is pending; the write is ignored", offset);
    }
    return false;
  }
  registers_.set_field(reg::kStatus, reg::status::kPending, 0);
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->mailbox(false, context_.clock.cycles_at(access_time()));
  }
  update_.notify(sc_core::SC_ZERO_TIME);
  return true;
}

void Mailbox::drive_irq() {
  irq.write(registers_.field(reg::kCtrl, reg::ctrl::kIrqEnable) != 0 && (pending() || closed()));
}

}  // namespace leyden::peripherals
