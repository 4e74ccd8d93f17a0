#include "models/peripherals/sysctl.h"
#include "registers/sysctl.h"

// What the error codes of memories report to firmware.
namespace leyden::peripherals {
namespace {
namespace reg = registers::sysctl;
}  // namespace

void Sysctl::set_coded(CodedMemory memory) {
  registers_.set_field(
      reg::kEccStatus,
      memory == CodedMemory::kSram ? reg::ecc_status::kSramPresent : reg::ecc_status::kLmemPresent,
      1);
}

void Sysctl::report_code(CodedMemory memory, bool corrected, std::uint32_t address) {
  std::uint32_t count = 0;
  if (memory == CodedMemory::kSram) {
    count = corrected ? reg::kEccSramCorrected : reg::kEccSramUncorrected;
    registers_.set_field(
        reg::kEccStatus,
        corrected ? reg::ecc_status::kSramCorrected : reg::ecc_status::kSramUncorrected, 1);
    registers_.poke(reg::kEccSramAddr, address);
  } else {
    count = corrected ? reg::kEccLmemCorrected : reg::kEccLmemUncorrected;
    registers_.set_field(
        reg::kEccStatus,
        corrected ? reg::ecc_status::kLmemCorrected : reg::ecc_status::kLmemUncorrected, 1);
    registers_.poke(reg::kEccLmemAddr, address);
  }
  registers_.poke(count, registers_.peek(count) + 1);
  irq_event_.notify(sc_core::SC_ZERO_TIME);
}

void Sysctl::drive_irq() {
  if (irq.size() == 0) return;
  namespace status = reg::ecc_status;
  const auto is = [this](const base::Field& field) {
    return registers_.field(reg::kEccStatus, field) != 0;
  };
  const bool corrected = is(status::kSramCorrected) || is(status::kLmemCorrected);
  const bool uncorrected = is(status::kSramUncorrected) || is(status::kLmemUncorrected);
  irq->write((corrected && registers_.field(reg::kEccCtrl, reg::ecc_ctrl::kIrqCorrected) != 0) ||
             (uncorrected && registers_.field(reg::kEccCtrl, reg::ecc_ctrl::kIrqUncorrected) != 0));
}

}  // namespace leyden::peripherals
