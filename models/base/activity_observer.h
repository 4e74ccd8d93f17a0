#pragma once

#include <cstdint>

#include "models/base/activity.h"
#include "models/base/energy_ledger.h"

namespace leyden::base {

/// A CIM job as its closed-form timing lays it out. Cycles of the chip.
struct JobSpan {
  unsigned macro = 0;
  std::uint32_t tile = 0;
  std::uint64_t positions = 0;
  std::uint64_t start = 0;
  CauseCycles
      split{};  ///< what bounds its cycles, waits for LMEM under stall; their sum: its length
  // The stages beside each other, from `start` on, without the waits for LMEM.
  std::uint64_t feed_end = 0;     ///< the feeder works from 0 to here
  std::uint64_t array_start = 0;  ///< the array from here ...
  std::uint64_t array_end = 0;
  std::uint64_t adc_start = 0;  ///< the converters
  std::uint64_t adc_end = 0;
  std::uint64_t write_start = 0;  ///< the writer
  std::uint64_t write_end = 0;
  // Cycles of these in which the stage is busy.
  std::uint64_t feed_busy = 0;
  std::uint64_t array_busy = 0;
  std::uint64_t adc_busy = 0;
  std::uint64_t write_busy = 0;
  /// The job was told step by step before; the stages above have their waits in them.
  bool stepped = false;

  std::uint64_t end() const {
    std::uint64_t cycle = start;
    for (const std::uint64_t cycles : split) cycle += cycles;
    return cycle;
  }
};

/// One step of a CIM job of an approximately timed chip, as it happens. Cycles of the chip.
struct StepSpan {
  enum class Kind { kFeed, kDotProduct, kConversion, kWriteBack };
  unsigned macro = 0;
  Kind kind = Kind::kFeed;
  std::uint64_t position = 0;  ///< output position, row by row
  std::uint64_t phase = 0;     ///< number of the dot product or of the conversions after it
  std::uint64_t start = 0;
  std::uint64_t end = 0;
};

/// What a DMA channel has moved: one register job, or one descriptor of a chain.
struct TransferSpan {
  unsigned channel = 0;
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint64_t bytes = 0;
  bool weights = false;  ///< into a weight window
  std::uint64_t start = 0;
  std::uint64_t end = 0;
};

/// One transaction on the interconnect's data path.
struct BusSpan {
  unsigned master = 0;  ///< in the order of the interconnect's masters
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
  bool write = false;
  std::uint64_t ready = 0;  ///< when the master asked
  std::uint64_t start = 0;  ///< when it was granted
  std::uint64_t beats = 0;  ///< the path is taken for as many cycles
};

/// Looks at what the parts of a chip do, for a trace. Each part announces what it does when it
/// knows it, which can be before or after the time it is about; parts of one kind come in the order
/// of time. Nothing an observer does may change the chip. Without one an event costs the
/// comparison of a pointer. Times are cycles of the chip's clock.
class ActivityObserver {
 public:
  virtual ~ActivityObserver() = default;

  /// A unit is about to count the energy of a whole job, which the next job() or vector_job() is.
  virtual void charging() {}
  virtual void job(const JobSpan&) {}
  /// Of an approximately timed chip, at the kernel's time: a job begins, which job() tells when it
  /// has ended; a step begins whose end is known, or a beat has been served.
  virtual void job_begins(unsigned /*macro*/, std::uint32_t /*tile*/, std::uint64_t /*cycle*/) {}
  virtual void step(const StepSpan&) {}
  virtual void vector_job(const char* /*operation*/, std::uint64_t /*outputs*/,
                          std::uint64_t /*start*/, std::uint64_t /*end*/) {}
  virtual void transfer(const TransferSpan&) {}
  /// The same of a job of the vector unit, which vector_job() tells when it has ended.
  virtual void vector_begins(const char* /*operation*/, std::uint64_t /*cycle*/) {}
  /// A DMA channel starts to work, or has ended. At the kernel's time.
  virtual void dma_busy(unsigned /*channel*/, bool /*busy*/, std::uint64_t /*cycle*/) {}
  /// A burst begins. @param left bytes of its row, itself included. At the kernel's time.
  virtual void burst(unsigned /*channel*/, std::uint32_t /*source*/, std::uint32_t /*destination*/,
                     bool /*weights*/, std::uint64_t /*left*/, std::uint64_t /*cycle*/) {}
  virtual void bus(const BusSpan&) {}
  /// The core was awake; pieces touch or overlap while it stays so.
  virtual void core_awake(std::uint64_t /*start*/, std::uint64_t /*end*/) {}
  /// The core falls asleep, or wakes. At the kernel's time.
  virtual void core_state(bool /*awake*/, std::uint64_t /*cycle*/) {}
  /// The core's pc at a bus access. At the kernel's time.
  virtual void core_pc(std::uint32_t /*pc*/, std::uint64_t /*cycle*/) {}
  /// Interrupts at the core: bit 0 external, 1 timer, 2 software.
  virtual void core_interrupts(unsigned /*lines*/, std::uint64_t /*cycle*/) {}
  /// Levels of the PLIC's sources, bit n: source n.
  virtual void interrupt_lines(std::uint32_t /*levels*/, std::uint64_t /*cycle*/) {}
  virtual void interrupt_claimed(unsigned /*source*/, std::uint64_t /*cycle*/) {}
  virtual void interrupt_completed(unsigned /*source*/, std::uint64_t /*cycle*/) {}
  /// Beats that a bank of LMEM serves over [start, end): for a job, or for the bus.
  virtual void bank(unsigned /*bank*/, bool /*for_bus*/, std::uint64_t /*beats*/,
                    std::uint64_t /*start*/, std::uint64_t /*end*/) {}
  /// An access of the core to data in its SRAM; those by direct pointer only when the core was
  /// asked to tell them (Core::watch_direct), and they run ahead of the kernel.
  virtual void sram_access(std::uint64_t /*offset*/, unsigned /*bytes*/, bool /*write*/,
                           std::uint64_t /*cycle*/) {}
  /// An input is pending in the mailbox, or no more.
  virtual void mailbox(bool /*pending*/, std::uint64_t /*cycle*/) {}

  /// The report's windows. @param counted  what the window cost is part of the report
  virtual void window(std::uint32_t /*layer*/, std::uint64_t /*start*/, std::uint64_t /*end*/,
                      bool /*counted*/, const EventCounts& /*counts*/) {}
  virtual void layer_begins(std::uint32_t /*layer*/, std::uint64_t /*cycle*/) {}
  virtual void image_begins(std::uint32_t /*image*/, std::uint64_t /*cycle*/) {}
  virtual void image_ends(std::uint32_t /*image*/, std::uint64_t /*cycle*/) {}
  /// From `cycle`, which is at `picoseconds`, a cycle takes `period_ps`.
  virtual void clock(std::uint64_t /*cycle*/, std::uint64_t /*picoseconds*/,
                     std::uint64_t /*period_ps*/) {}
};

}  // namespace leyden::base
