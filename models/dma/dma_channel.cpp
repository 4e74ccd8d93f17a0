#include "models/dma/dma_channel.h"

#include <algorithm>

#include "models/base/activity_observer.h"
#include "models/base/error.h"
#include "models/base/timing_mode.h"
#include "registers/dma.h"
#include "registers/memory_map.h"

namespace leyden::dma {
namespace {

namespace reg = registers::dma;

constexpr unsigned kLongestChain = 65536;
constexpr unsigned kWordBytes = 4;

std::uint32_t read_burst_bytes(const base::ParameterSet& parameters) {
  const auto bytes = static_cast<std::uint32_t>(parameters.integer("dma.burst_bytes"));
  if (bytes % 16 != 0) {
    throw base::UsageError("dma.burst_bytes is " + std::to_string(bytes) +
                           "; it must be a multiple of 16");
  }
  return bytes;
}

std::uint32_t read_boundary_bytes(const base::ParameterSet& parameters) {
  const auto bytes = static_cast<std::uint32_t>(parameters.integer("dma.boundary_bytes"));
  if (bytes != 0 && (bytes < 16 || (bytes & (bytes - 1)) != 0)) {
    throw base::UsageError("dma.boundary_bytes is " + std::to_string(bytes) +
                           "; it must be 0 or a power of two from 16 to 4096");
  }
  return bytes;
}

base::EventId declare_byte(base::Context& context, const std::string& name) {
  const base::Parameter& energy = context.parameters.at("dma.byte_energy_pj");
  return context.ledger.declare(
      {name + ".byte", base::Component::kDma, energy.value * 1000.0, energy.source});
}

bool in_weight_window(std::uint32_t address) {
  return address >= registers::kCimWeightsBase &&
         address < registers::kCimWeightsBase +
                       registers::kCimWeightsSize * registers::kCimWeightsInstances;
}

}  // namespace

DmaChannel::DmaChannel(sc_core::sc_module_name name, base::Context& context, std::uint64_t base,
                       unsigned number)
    : sc_module(name),
      context_(context),
      registers_(this->name(), reg::table(), base, context.diagnostics),
      number_(number),
      burst_bytes_(read_burst_bytes(context.parameters)),
      prepare_cycles_(static_cast<std::uint64_t>(context.parameters.integer("dma.prepare_cycles"))),
      access_cycles_(static_cast<std::uint64_t>(context.parameters.integer("dma.access_cycles"))),
      boundary_bytes_(read_boundary_bytes(context.parameters)),
      byte_event_(declare_byte(context, this->name())),
      payload_(this->name()),
      phased_(base::approximately_timed(context.parameters)),
      master_(this->name()),
      buffer_(burst_bytes_) {
  bus.register_nb_transport_bw(this, &DmaChannel::backward);
  registers_.on_write(reg::kCtrl, [this](std::uint32_t value, unsigned) { on_control(value); });
  registers_.on_write(
      reg::kStatus, [this](std::uint32_t, unsigned) { irq_event_.notify(sc_core::SC_ZERO_TIME); });
  SC_HAS_PROCESS(DmaChannel);
  SC_THREAD(thread);
  SC_METHOD(drive_irq);
  sensitive << irq_event_;
}

void DmaChannel::transport(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  access_delay_ = delay;
  registers_.transport(payload);
}

unsigned DmaChannel::transport_debug(tlm::tlm_generic_payload& payload) {
  return registers_.transport_debug(payload);
}

bool DmaChannel::busy() const { return registers_.field(reg::kStatus, reg::status::kBusy) != 0; }

void DmaChannel::archive(base::Archive& a) {
  a(registers_, recorded_to_, linked_, stop_);
  if (!a.restoring()) return;
  if (busy()) a.refuse("a transfer is under way");
  irq_event_.notify(sc_core::SC_ZERO_TIME);
}

void DmaChannel::on_control(std::uint32_t value) {
  irq_event_.notify(sc_core::SC_ZERO_TIME);  // IRQ_ENABLE may have changed
  const bool busy = registers_.field(reg::kStatus, reg::status::kBusy) != 0;
  if (reg::ctrl::kStop.get(value) != 0) {
    stop_ = busy;
  }
  const bool linked = reg::ctrl::kStartLinked.get(value) != 0;
  if (!linked && reg::ctrl::kStart.get(value) == 0) {
    return;
  }
  if (busy) {
    fail(ErrorCode::kStartedWhileBusy, 0);  // the transfer under way goes on
    return;
  }
  linked_ = linked;
  stop_ = false;
  registers_.poke(reg::kErrorCode, 0);
  registers_.poke(reg::kErrorAddr, 0);
  registers_.poke(reg::kMoved, 0);
  registers_.poke(reg::kStatus, reg::status::kBusy.mask());  // DONE and ERROR start afresh
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  start_event_.notify(context_.clock.next_edge(now + access_delay_) - now);
}

void DmaChannel::thread() {
  for (;;) {
    wait(start_event_);
    recorded_to_ = context_.clock.cycles_at(sc_core::sc_time_stamp());
    tell_busy(true);
    bool good = false;
    if (linked_) {
      good = run_chain();
    } else {
      good = run_job({registers_.peek(reg::kSrc), registers_.peek(reg::kDst),
                      registers_.peek(reg::kRowBytes), registers_.peek(reg::kRows),
                      registers_.peek(reg::kSrcStride), registers_.peek(reg::kDstStride), 0});
    }
    set_status(reg::status::kBusy, false);
    tell_busy(false);
    if (good) {
      set_status(reg::status::kDone, true);
    }
  }
}

bool DmaChannel::run_chain() {
  std::uint32_t address = registers_.peek(reg::kDescriptor);
  for (unsigned count = 0; count < kLongestChain; ++count) {
    Job job{};
    if (!load(address, job) || !run_job(job)) {
      return false;
    }
    if (job.next == 0 || stop_) {
      return true;
    }
    address = job.next;
  }
  return fail(ErrorCode::kChainTooLong, address);
}

bool DmaChannel::load(std::uint32_t address, Job& job) {
  if (address % kWordBytes != 0) {
    return fail(ErrorCode::kDescriptor, address);
  }
  std::uint32_t words[reg::kJobWords + 1];  // the last one is reserved
  if (!access(false, address, words, sizeof words, ErrorCode::kDescriptor)) {
    return false;
  }
  job = {words[0], words[1], words[2], words[3], words[4], words[5], words[6]};
  return true;
}

bool DmaChannel::run_job(const Job& job) {
  const std::uint64_t start = recorded_to_;
  const std::uint32_t moved = registers_.peek(reg::kMoved);
  const bool good = move_rows(job);
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    if (recorded_to_ > start) {
      observer->transfer({number_, job.source, job.destination,
                          registers_.peek(reg::kMoved) - moved, in_weight_window(job.destination),
                          start, recorded_to_});
    }
  }
  return good;
}

bool DmaChannel::move_rows(const Job& job) {
  wait_cycles(prepare_cycles_);
  if (job.row_bytes == 0 || job.rows == 0) {
    return fail(ErrorCode::kEmptyTransfer, 0);
  }
  // Rows that follow each other on both sides are one row.
  std::uint64_t row_bytes = job.row_bytes;
  std::uint32_t rows = job.rows;
  if (job.source_stride == job.row_bytes && job.destination_stride == job.row_bytes) {
    row_bytes *= rows;
    rows = 1;
  }
  for (std::uint32_t row = 0; row < rows && !stop_; ++row) {
    std::uint32_t source = job.source + row * job.source_stride;
    std::uint32_t destination = job.destination + row * job.destination_stride;
    // Bursts end at multiples of their length, so that an odd start costs one short burst only.
    for (std::uint64_t left = row_bytes; left > 0 && !stop_;) {
      const std::uint32_t bytes = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(left, burst_bytes_ - source % burst_bytes_));
      if (!move(source, destination, bytes, left)) {
        return false;
      }
      source += bytes;
      destination += bytes;
      left -= bytes;
    }
  }
  return true;
}

bool DmaChannel::move(std::uint32_t source, std::uint32_t destination, std::uint32_t bytes,
                      std::uint64_t left) {
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->burst(number_, source, destination, in_weight_window(destination), left,
                    context_.clock.cycles_at(sc_core::sc_time_stamp()));
  }
  if (!access(false, source, buffer_.data(), bytes, ErrorCode::kReadError) ||
      !access(true, destination, buffer_.data(), bytes, ErrorCode::kWriteError)) {
    return false;
  }
  registers_.poke(reg::kMoved, registers_.peek(reg::kMoved) + bytes);
  context_.ledger.count(byte_event_, bytes);
  record(destination);
  return true;
}

bool DmaChannel::access(bool write, std::uint32_t address, void* data, std::uint32_t bytes,
                        ErrorCode code) {
  std::uint32_t piece = 0;
  for (std::uint32_t done = 0; done < bytes; done += piece) {
    const std::uint32_t at = address + done;
    piece = bytes - done;
    if (boundary_bytes_ != 0) piece = std::min(piece, boundary_bytes_ - at % boundary_bytes_);
    auto* part = static_cast<std::uint8_t*>(data) + done;
    // The next address of a read is ready while its data come.
    if (write || done == 0) wait_cycles(access_cycles_);
    tlm::tlm_generic_payload& payload =
        write ? payload_.write(at, part, piece) : payload_.read(at, part, piece);
    if (phased_) {  // whose burst comes first is the interconnect's to say
      master_.transport(*bus.operator->(), payload);
      if (!payload.is_response_ok()) return fail(code, address);
      continue;
    }
    sc_core::sc_time delay;
    // The kernel has no order of its own for what comes at one time: of bursts the lower channel's
    // comes first.
    for (unsigned before = 0; before < number_; ++before) wait(sc_core::SC_ZERO_TIME);
    bus->b_transport(payload, delay);
    if (delay != sc_core::SC_ZERO_TIME) {
      wait(delay);
    }
    if (!payload.is_response_ok()) return fail(code, address);
  }
  return true;
}

void DmaChannel::wait_cycles(std::uint64_t count) {
  if (count != 0) wait(context_.clock.cycles(count));
}

bool DmaChannel::fail(ErrorCode code, std::uint32_t address) {
  registers_.poke(reg::kErrorCode, static_cast<std::uint32_t>(code));
  registers_.poke(reg::kErrorAddr, address);
  set_status(reg::status::kError, true);
  return false;
}

void DmaChannel::record(std::uint32_t destination) {
  const std::uint64_t now = context_.clock.cycles_at(sc_core::sc_time_stamp());
  context_.activity.record(
      in_weight_window(destination) ? base::Cause::kWeightLoad : base::Cause::kDma, recorded_to_,
      now);
  recorded_to_ = now;
}

void DmaChannel::tell_busy(bool busy) const {
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->dma_busy(number_, busy, context_.clock.cycles_at(sc_core::sc_time_stamp()));
  }
}

void DmaChannel::set_status(base::Field field, bool value) {
  registers_.set_field(reg::kStatus, field, value ? 1 : 0);
  irq_event_.notify(sc_core::SC_ZERO_TIME);
}

void DmaChannel::drive_irq() {
  const std::uint32_t raised = reg::status::kDone.mask() | reg::status::kError.mask();
  irq.write(registers_.field(reg::kCtrl, reg::ctrl::kIrqEnable) != 0 &&
            (registers_.peek(reg::kStatus) & raised) != 0);
}

}  // namespace leyden::dma
