#pragma once

#include "models/base/activity_observer.h"

namespace leyden::trace {

/// Tells two observers the same.
class ActivityFanOut : public base::ActivityObserver {
 public:
  ActivityFanOut(base::ActivityObserver& first, base::ActivityObserver& second)
      : first_(first), second_(second) {}

  void charging() override {
    first_.charging();
    second_.charging();
  }
  void job(const base::JobSpan& span) override {
    first_.job(span);
    second_.job(span);
  }
  void job_begins(unsigned macro, std::uint32_t tile, std::uint64_t cycle) override {
    first_.job_begins(macro, tile, cycle);
    second_.job_begins(macro, tile, cycle);
  }
  void step(const base::StepSpan& span) override {
    first_.step(span);
    second_.step(span);
  }
  void vector_begins(const char* operation, std::uint64_t cycle) override {
    first_.vector_begins(operation, cycle);
    second_.vector_begins(operation, cycle);
  }
  void vector_job(const char* operation, std::uint64_t outputs, std::uint64_t start,
                  std::uint64_t end) override {
    first_.vector_job(operation, outputs, start, end);
    second_.vector_job(operation, outputs, start, end);
  }
  void transfer(const base::TransferSpan& span) override {
    first_.transfer(span);
    second_.transfer(span);
  }
  void dma_busy(unsigned channel, bool busy, std::uint64_t cycle) override {
    first_.dma_busy(channel, busy, cycle);
    second_.dma_busy(channel, busy, cycle);
  }
  void burst(unsigned channel, std::uint32_t source, std::uint32_t destination, bool weights,
             std::uint64_t left, std::uint64_t cycle) override {
    first_.burst(channel, source, destination, weights, left, cycle);
    second_.burst(channel, source, destination, weights, left, cycle);
  }
  void bus(const base::BusSpan& span) override {
    first_.bus(span);
    second_.bus(span);
  }
  void core_awake(std::uint64_t start, std::uint64_t end) override {
    first_.core_awake(start, end);
    second_.core_awake(start, end);
  }
  void core_state(bool awake, std::uint64_t cycle) override {
    first_.core_state(awake, cycle);
    second_.core_state(awake, cycle);
  }
  void core_pc(std::uint32_t pc, std::uint64_t cycle) override {
    first_.core_pc(pc, cycle);
    second_.core_pc(pc, cycle);
  }
  void core_interrupts(unsigned lines, std::uint64_t cycle) override {
    first_.core_interrupts(lines, cycle);
    second_.core_interrupts(lines, cycle);
  }
  void interrupt_lines(std::uint32_t levels, std::uint64_t cycle) override {
    first_.interrupt_lines(levels, cycle);
    second_.interrupt_lines(levels, cycle);
  }
  void interrupt_claimed(unsigned source, std::uint64_t cycle) override {
    first_.interrupt_claimed(source, cycle);
    second_.interrupt_claimed(source, cycle);
  }
  void interrupt_completed(unsigned source, std::uint64_t cycle) override {
    first_.interrupt_completed(source, cycle);
    second_.interrupt_completed(source, cycle);
  }
  void bank(unsigned bank, bool for_bus, std::uint64_t beats, std::uint64_t start,
            std::uint64_t end) override {
    first_.bank(bank, for_bus, beats, start, end);
    second_.bank(bank, for_bus, beats, start, end);
  }
  void sram_access(std::uint64_t offset, unsigned bytes, bool write, std::uint64_t cycle) override {
    first_.sram_access(offset, bytes, write, cycle);
    second_.sram_access(offset, bytes, write, cycle);
  }
  void mailbox(bool pending, std::uint64_t cycle) override {
    first_.mailbox(pending, cycle);
    second_.mailbox(pending, cycle);
  }
  void window(std::uint32_t layer, std::uint64_t start, std::uint64_t end, bool counted,
              const base::EventCounts& counts) override {
    first_.window(layer, start, end, counted, counts);
    second_.window(layer, start, end, counted, counts);
  }
  void layer_begins(std::uint32_t layer, std::uint64_t cycle) override {
    first_.layer_begins(layer, cycle);
    second_.layer_begins(layer, cycle);
  }
  void image_begins(std::uint32_t image, std::uint64_t cycle) override {
    first_.image_begins(image, cycle);
    second_.image_begins(image, cycle);
  }
  void image_ends(std::uint32_t image, std::uint64_t cycle) override {
    first_.image_ends(image, cycle);
    second_.image_ends(image, cycle);
  }
  void clock(std::uint64_t cycle, std::uint64_t picoseconds, std::uint64_t period_ps) override {
    first_.clock(cycle, picoseconds, period_ps);
    second_.clock(cycle, picoseconds, period_ps);
  }

 private:
  base::ActivityObserver& first_;
  base::ActivityObserver& second_;
};

}  // namespace leyden::trace
