#include "tests/firmware/fake_chip.h"

#include <algorithm>
#include <cstring>

#include "hal/core.h"
#include "hal/finisher.h"
#include "leyden/mmio.h"
#include "leyden/registers.h"

namespace leyden::firmware {
namespace {

FakeChip* current = nullptr;  // the chip firmware's C functions reach

constexpr std::uint32_t kVectorBit = 16, kDmaBit = 24;

std::uint32_t source_of(std::uint32_t bit) {
  return bit < kVectorBit ? 16 + bit : bit == kVectorBit ? 3 : 1 + bit - kDmaBit;
}

}  // namespace

FakeChip::FakeChip() : lmem_(lmem_bytes) {
  for (std::uint32_t n = 0; n < 16; ++n) units_[n];
  units_[kVectorBit];
  units_[kDmaBit];
  units_[kDmaBit + 1];
  current = this;
}

FakeChip::~FakeChip() { current = nullptr; }

bool FakeChip::find_unit(std::uint32_t address, std::uint32_t& bit, std::uint32_t& offset) const {
  if (address >= 0x10100000 && address < 0x10200000) {
    bit = (address - 0x10100000) / 0x10000;
    offset = address % 0x10000;
  } else if (address >= 0x10040000 && address < 0x10041000) {
    bit = kVectorBit;
    offset = address % 0x1000;
  } else if (address >= 0x10030000 && address < 0x10030200) {
    bit = kDmaBit + (address - 0x10030000) / 0x100;
    offset = address % 0x100;
  } else {
    return false;
  }
  return true;
}

std::uint32_t FakeChip::pending() const {
  std::uint32_t raised = 0;
  for (const auto& [bit, unit] : units_) {
    if (unit.irq_enable && (unit.done || unit.failed)) raised |= 1u << source_of(bit);
  }
  if (ecc_status != 0) raised |= 1u << LEYDEN_IRQ_SYSCTL;
  if (mailbox_irq_ && (mailbox_pending_ || mailbox_closed_)) raised |= 1u << LEYDEN_IRQ_MAILBOX;
  std::uint32_t result = raised & enabled_ & ~claimed_;
  for (unsigned source = 0; source < 32; ++source) {
    if (priorities_[source] == 0) result &= ~(1u << source);
  }
  return result;
}

void FakeChip::log(What what, std::uint32_t value) {
  std::uint32_t running = 0;
  for (const auto& [bit, unit] : units_) {
    if (unit.busy || unit.done || unit.failed) running |= 1u << bit;
  }
  events.push_back({what, value, time, {}, running});
}

void FakeChip::start(std::uint32_t bit) {
  Unit& unit = units_[bit];
  if (unit.busy || unit.done) mistakes.push_back("started a unit that is not idle");
  log(What::kStart, bit);
  for (const auto& [offset, word] : unit.job) events.back().words.push_back(word);
  unit.job.clear();
  unit.busy = true;
  unit.end = time + duration(started_);
  unit.next_error = error(started_);
  ++started_;
}

void FakeChip::write_unit(std::uint32_t bit, std::uint32_t offset, std::uint32_t value) {
  Unit& unit = units_[bit];
  if (offset == LEYDEN_CIM_CTRL) {
    unit.irq_enable = value & LEYDEN_CIM_CTRL_IRQ_ENABLE;
    if (value & LEYDEN_CIM_CTRL_START) start(bit);
  } else if (offset == LEYDEN_CIM_STATUS) {
    if (value & LEYDEN_CIM_STATUS_DONE) unit.done = false;
    if (value & LEYDEN_CIM_STATUS_ERROR) unit.failed = false;
  } else if (offset >= LEYDEN_CIM_JOB_FIRST && offset < LEYDEN_CIM_JOB_FIRST + 64) {
    if (unit.busy) mistakes.push_back("wrote a job register of a busy unit");
    unit.job[offset] = value;
  } else {
    mistakes.push_back("wrote a register it has no business with");
  }
}

void FakeChip::post_when_idle() {
  if (mailbox_pending_ || mailbox_closed_ || (claimed_ & 1u << LEYDEN_IRQ_MAILBOX)) return;
  if (inputs.empty()) {
    mailbox_closed_ = true;
    return;
  }
  current_ = inputs.front();
  inputs.pop_front();
  if (on_post) on_post();
  mailbox_pending_ = true;
  ++posted_;
  if (output_in_slot) return;
  std::copy(current_.output.begin(), current_.output.end(),
            lmem_.begin() + (output_address - LEYDEN_LMEM_BASE));
}

void FakeChip::sleep() {
  if (pending()) return;
  // The mailbox's barrier first, then the unit that is done first.
  std::uint64_t next = ~std::uint64_t{0};
  for (const auto& [bit, unit] : units_) {
    if (unit.busy) next = std::min(next, unit.end);
  }
  if (next == ~std::uint64_t{0}) {
    if (mailbox_irq_) post_when_idle();
    if (!pending()) throw Asleep{};
    return;
  }
  time = next;
  for (auto& [bit, unit] : units_) {
    if (!unit.busy || unit.end > time) continue;
    unit.busy = false;
    unit.error_code = unit.next_error;
    (unit.next_error ? unit.failed : unit.done) = true;
  }
}

std::uint32_t FakeChip::read_mailbox(std::uint32_t offset) {
  switch (offset) {
    case LEYDEN_MAILBOX_STATUS:
      return (mailbox_pending_ ? 1u : 0u) | (mailbox_closed_ ? 2u : 0u);
    case LEYDEN_MAILBOX_INPUT_ADDR:
      return 0x48000000 + 0x1000 * posted_;
    case LEYDEN_MAILBOX_INPUT_BYTES:
      return current_.bytes;
    case LEYDEN_MAILBOX_OUTPUT_ADDR:
      return slot();
    case LEYDEN_MAILBOX_OUTPUT_BYTES:
      return current_.output_room;
    default:
      mistakes.push_back("read a mailbox register that does not exist");
      return 0;
  }
}

void FakeChip::write_mailbox(std::uint32_t offset, std::uint32_t value) {
  if (offset == LEYDEN_MAILBOX_CTRL) {
    mailbox_irq_ = value & LEYDEN_MAILBOX_CTRL_IRQ_ENABLE;
  } else if (offset == LEYDEN_MAILBOX_DONE || offset == LEYDEN_MAILBOX_FAIL) {
    if (!mailbox_pending_) mistakes.push_back("answered without an input");
    mailbox_pending_ = false;
    log(offset == LEYDEN_MAILBOX_DONE ? What::kDone : What::kFail, value);
  } else {
    mistakes.push_back("wrote a mailbox register that cannot be written");
  }
}

std::uint32_t FakeChip::read(std::uint32_t address) {
  std::uint32_t bit, offset;
  if (find_unit(address, bit, offset)) {
    const Unit& unit = units_[bit];
    if (offset == LEYDEN_CIM_GEOMETRY && bit < kVectorBit) return rows | columns << 16;
    if (offset == LEYDEN_CIM_STATUS) {
      return (unit.busy ? 1u : 0u) | (unit.done ? 2u : 0u) | (unit.failed ? 4u : 0u);
    }
    if (offset == LEYDEN_CIM_ERROR_CODE) return unit.error_code;
  }
  if (address >= LEYDEN_LMEM_BASE && address < LEYDEN_LMEM_BASE + lmem_.size()) {
    if (address % 4) mistakes.push_back("read a word that is not aligned");
    std::uint32_t word;
    std::memcpy(&word, lmem_.data() + (address - LEYDEN_LMEM_BASE), 4);
    return word;
  }
  if (output_in_slot && address >= slot() && address < slot() + 0x100) {
    std::uint32_t word = 0;
    for (std::uint32_t i = 0; i < 4 && address - slot() + i < current_.output.size(); ++i) {
      word |= std::uint32_t{current_.output[address - slot() + i]} << 8 * i;
    }
    return word;
  }
  if (address / 0x1000 == LEYDEN_MAILBOX_BASE / 0x1000) return read_mailbox(address % 0x1000);
  if (guards) {
    switch (address) {
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_ECC_STATUS:
        return ecc_status;
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_ECC_SRAM_ADDR:
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_ECC_LMEM_ADDR:
        return ecc_address;
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_ECC_SRAM_CORRECTED:
        return 12;
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_ECC_LMEM_CORRECTED:
        return 34;
    }
    if (address / 0x10000 == LEYDEN_SRAM_BASE / 0x10000) return ~address;
  }
  switch (address) {
    case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_MACROS:
      return macros;
    case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_LMEM_BYTES:
      return lmem_bytes;
    case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_IMAGE_ADDR:
      return image_address;
    case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_IMAGE_BYTES:
      return image_bytes;
    case LEYDEN_PLIC_BASE + LEYDEN_PLIC_ENABLE:
      return enabled_;
    case LEYDEN_PLIC_BASE + LEYDEN_PLIC_CLAIM:
      for (std::uint32_t source = 1; source < 32; ++source) {
        if (pending() >> source & 1) {
          claimed_ |= 1u << source;
          return source;
        }
      }
      ++claims_of_nothing;
      return 0;
    default:
      mistakes.push_back("read address " + std::to_string(address));
      return 0;
  }
}

void FakeChip::write(std::uint32_t address, std::uint32_t value) {
  std::uint32_t bit, offset;
  if (find_unit(address, bit, offset)) return write_unit(bit, offset, value);
  if (address / 0x1000 == LEYDEN_MAILBOX_BASE / 0x1000) {
    return write_mailbox(address % 0x1000, value);
  }
  if (address >= LEYDEN_LMEM_BASE && address < LEYDEN_LMEM_BASE + lmem_.size()) {
    std::memcpy(lmem_.data() + (address - LEYDEN_LMEM_BASE), &value, 4);
    return;
  }
  if (guards) {
    switch (address) {
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_WATCHDOG_LOAD:
        watchdog_load = value;
        return;
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_WATCHDOG_CTRL:
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_WATCHDOG_FEED:
        feeds.push_back({time, watchdog_load});
        return;
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_ECC_CTRL:
        return;
      case LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_ECC_STATUS:
        ecc_status &= ~value;
        return;
    }
    if (address / 0x10000 == LEYDEN_SRAM_BASE / 0x10000) {
      scrubs.push_back({address, value});
      return;
    }
  }
  const std::uint32_t priority = address - (LEYDEN_PLIC_BASE + LEYDEN_PLIC_PRIORITY);
  if (priority < 128) {
    priorities_[priority / 4] = value;
  } else if (address == LEYDEN_PLIC_BASE + LEYDEN_PLIC_ENABLE) {
    enabled_ = value;
  } else if (address == LEYDEN_PLIC_BASE + LEYDEN_PLIC_CLAIM) {
    if (!(claimed_ & 1u << value)) mistakes.push_back("completed a source it had not claimed");
    claimed_ &= ~(1u << value);
  } else if (address == LEYDEN_PERF_BASE + LEYDEN_PERF_LAYER_BEGIN) {
    log(What::kLayerBegin, value);
  } else if (address == LEYDEN_PERF_BASE + LEYDEN_PERF_LAYER_END) {
    log(What::kLayerEnd, value);
  } else {
    mistakes.push_back("wrote address " + std::to_string(address));
  }
}

const void* FakeChip::memory(std::uint32_t address) {
  if (address != image_address) mistakes.push_back("took a pointer to something else");
  return image.data();
}

}  // namespace leyden::firmware

using leyden::firmware::current;

extern "C" {
uint32_t mmio_read(uint32_t address) { return current->read(address); }
void mmio_write(uint32_t address, uint32_t value) { current->write(address, value); }
uint8_t mmio_read8(uint32_t address) {
  if (address == LEYDEN_UART_BASE + LEYDEN_UART_LSR) return 0x60;
  return static_cast<uint8_t>(current->read(address & ~3u) >> 8 * (address & 3));
}
void mmio_write8(uint32_t address, uint8_t value) {
  if (address >= LEYDEN_LMEM_BASE && address - LEYDEN_LMEM_BASE < current->lmem_bytes) {
    current->write_lmem(address, value);
  } else {
    current->uart += static_cast<char>(value);
  }
}
const void* mmio_memory(uint32_t address) { return current->memory(address); }
void core_wait_for_interrupt(void) { current->sleep(); }
void finisher_pass(void) { throw leyden::firmware::Finished{true, 0}; }
void finisher_fail(uint32_t code) { throw leyden::firmware::Finished{false, code}; }
}
