#include "models/vector/vector_unit.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "models/base/activity_observer.h"
#include "models/base/error.h"
#include "models/base/timing_mode.h"
#include "models/vector/vector_operation.h"
#include "registers/vector.h"

namespace leyden::vector {
namespace {

namespace reg = registers::vector;
static_assert(reg::kJobWords == kJobWords);
static_assert(reg::kPartial == reg::kJobFirst + 4 * (kJobWords - 1));

std::uint32_t whole(const base::ParameterSet& set, const std::string& key) {
  return static_cast<std::uint32_t>(set.integer(key));
}

/// A constant of the macro. A chip without CIM units has none, and no partial sums either.
std::uint32_t whole_or(const base::ParameterSet& set, const std::string& key,
                       std::uint32_t otherwise) {
  return set.has(key) ? whole(set, key) : otherwise;
}

/// Where the macro's outputs get their range: at the converter, or after digital combining.
const char* range_key(const base::ParameterSet& set) {
  const std::string post = set.has("cim.post.kind") ? set.choice("cim.post.kind") : "";
  const bool digital = post == "digital_scale" || post == "adder_tree";
  return digital ? "cim.post.range_shift" : "cim.converter.range_shift";
}

base::EventId declare(base::Context& context, const std::string& unit, const std::string& step) {
  const base::Parameter& parameter = context.parameters.at("vector." + step + "_energy_pj");
  return context.ledger.declare(
      {unit + "." + step, base::Component::kVector, parameter.value * 1000.0, parameter.source});
}

memory::Region dense(std::uint32_t address, std::uint64_t bytes) {
  const auto length = static_cast<std::uint32_t>(bytes);
  return {address, length, length, 1};
}

const char* name_of(Operation operation) {
  switch (operation) {
    case Operation::kMaxPool:
      return "max_pool";
    case Operation::kAveragePool:
      return "average_pool";
    case Operation::kAdd:
      return "add";
    case Operation::kAccumulate:
      return "accumulate";
    case Operation::kScale:
      return "scale";
    case Operation::kLookup:
      break;
  }
  return "lookup";
}

}  // namespace

std::vector<base::ParameterSpec> VectorUnit::parameters() {
  return {
      {"lanes", "1", 1, 1024, true, {}, "Element operations a cycle"},
      {"port_bytes", "1", 1, 64, true, {}, "Bytes of a beat of the LMEM port, one beat a cycle"},
      {"start_up_cycles", "1", 1, 1000, true, {}, "Cycles to fill and drain the pipeline"},
      {"compare_energy_pj", "pJ", 0, 1e6, false, {}, "One 8-bit comparison (a tap of a maximum)"},
      {"add_energy_pj", "pJ", 0, 1e6, false, {}, "One 32-bit addition (a tap or partial word)"},
      {"multiply_narrow_energy_pj",
       "pJ",
       0,
       1e6,
       false,
       {},
       "One multiplication of an 8-bit code by a 32-bit factor, with shift and clamp"},
      {"multiply_wide_energy_pj",
       "pJ",
       0,
       1e6,
       false,
       {},
       "One 32-bit multiplication of a sum, with shift and clamp"},
  };
}

VectorUnit::VectorUnit(sc_core::sc_module_name name, base::Context& context)
    : sc_module(name),
      context_(context),
      timing_{whole(context.parameters, "vector.lanes"),
              whole(context.parameters, "vector.port_bytes"),
              whole(context.parameters, "vector.start_up_cycles")},
      rows_per_unit_(whole_or(context.parameters, "cim.rows_per_unit", 1)),
      range_shift_(whole_or(context.parameters, range_key(context.parameters), 0)),
      energy_{declare(context, this->name(), "compare"), declare(context, this->name(), "add"),
              declare(context, this->name(), "multiply_narrow"),
              declare(context, this->name(), "multiply_wide")},
      registers_(this->name(), reg::table(), reg::kBase, context.diagnostics) {
  socket.register_b_transport(this, &VectorUnit::b_transport);
  socket.register_transport_dbg(this, &VectorUnit::transport_dbg);
  registers_.on_write(reg::kCtrl, [this](std::uint32_t value, unsigned) { write_ctrl(value); });
  registers_.on_write(reg::kStatus, [this](std::uint32_t, unsigned) {
    irq_changed_.notify(sc_core::SC_ZERO_TIME);
  });
  if (base::approximately_timed(context.parameters)) {
    stepped_ = std::make_unique<SteppedOperation>(
        "steps", context, timing_, [this](std::uint64_t cycles) { end_steps(cycles); });
  }
  SC_METHOD(finish);
  sensitive << done_;
  dont_initialize();
  SC_METHOD(drive_irq);
  sensitive << irq_changed_;
}

void VectorUnit::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay_ = delay;
  registers_.transport(payload);
}

unsigned VectorUnit::transport_dbg(tlm::tlm_generic_payload& payload) {
  return registers_.transport_debug(payload);
}

void VectorUnit::archive(base::Archive& a) {
  a(registers_, job_cycles_);
  if (a.restoring()) irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

void VectorUnit::write_ctrl(std::uint32_t value) {
  irq_changed_.notify(sc_core::SC_ZERO_TIME);
  if (reg::ctrl::kStart.get(value)) start();
}

void VectorUnit::start() {
  if (busy_) return refuse(JobError::kBusy);
  VectorJob job;
  const JobError error = prepare(job);
  if (error != JobError::kNone) return refuse(error);

  const auto uses = operands(job);
  for (const Operand& operand : uses) {
    claims_.push_back(lmem->claim(this->name(), operand.mode, operand.region));
  }
  const VectorWork work = vector_work(job, timing_);
  if (stepped_ != nullptr) {
    compute(job);
    return start_steps(job, work, uses);
  }
  if (base::ActivityObserver* observer = context_.activity.observer()) observer->charging();
  compute(job);
  count_energy(job, work);
  job_cycles_ = vector_timing(work, timing_).total_cycles;
  // Operands are streamed side by side: the job is as late as the most delayed of them.
  std::uint64_t extra = 0;
  for (const Operand& operand : uses) {
    const bool writes = operand.mode == memory::ClaimMode::kWrite;
    extra = std::max(extra, lmem->occupy(operand.region, writes ? 0 : operand.beats,
                                         writes ? operand.beats : 0, job_cycles_));
  }
  job_cycles_ += extra;

  busy_ = true;
  registers_.set_field(reg::kStatus, reg::status::kBusy, 1);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time begin = context_.clock.next_edge(now + delay_);
  const std::uint64_t first = context_.clock.cycles_at(begin);
  context_.activity.record(base::Cause::kVector, first, first + job_cycles_);
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->vector_job(name_of(job.operation()), job.outputs(), first, first + job_cycles_);
  }
  done_.notify(begin + context_.clock.cycles(job_cycles_) - now);
}

/// The time of a job when the chip is approximately timed.
void VectorUnit::start_steps(const VectorJob& job, const VectorWork& work,
                             const std::vector<Operand>& uses) {
  memory::BeatPortIf* port = lmem->beat_port();
  if (port == nullptr) {
    throw base::ModelError(std::string(name()) +
                           ": the unit is approximately timed, but its LMEM is not");
  }
  job_ = job;
  work_ = work;
  busy_ = true;
  registers_.set_field(reg::kStatus, reg::status::kBusy, 1);
  std::vector<BeatStream> streams;
  for (const Operand& operand : uses) {
    streams.push_back({operand.region, operand.beats, operand.mode == memory::ClaimMode::kWrite});
  }
  stepped_->start(streams, vector_timing(work, timing_),
                  context_.clock.next_edge(sc_core::sc_time_stamp() + delay_), *port,
                  [this](std::uint64_t cycle) {
                    if (base::ActivityObserver* observer = context_.activity.observer()) {
                      observer->vector_begins(name_of(job_.operation()), cycle);
                    }
                  });
}

void VectorUnit::end_steps(std::uint64_t cycles) {
  job_cycles_ = cycles;
  const std::uint64_t end = context_.clock.cycles_at(sc_core::sc_time_stamp());
  base::ActivityObserver* observer = context_.activity.observer();
  if (observer != nullptr) observer->charging();
  count_energy(job_, work_);
  context_.activity.record(base::Cause::kVector, end - cycles, end);
  if (observer != nullptr) {
    observer->vector_job(name_of(job_.operation()), job_.outputs(), end - cycles, end);
  }
  finish();
}

JobError VectorUnit::prepare(VectorJob& job) {
  std::array<std::uint32_t, kJobWords> words;
  for (unsigned i = 0; i < kJobWords; ++i) words[i] = registers_.peek(reg::kJobFirst + 4 * i);
  job = decode_job(words);
  job.format.rows_per_unit = rows_per_unit_;
  job.format.range_shift = range_shift_;
  const JobError error = check_job(job, context_.fidelity == base::Fidelity::kIdeal);
  if (error != JobError::kNone) return error;
  const auto uses = operands(job);
  for (const Operand& operand : uses) {
    if (lmem->data(operand.region) == nullptr) return JobError::kRegion;
  }
  // The result would depend on the order.
  if (overwrites_sources(job)) return JobError::kShape;
  return JobError::kNone;
}

std::vector<VectorUnit::Operand> VectorUnit::operands(const VectorJob& job) const {
  std::vector<Operand> uses;
  const auto add = [&](memory::ClaimMode mode, const memory::Region& region) {
    std::uint64_t count = 0;
    for (std::uint32_t run = 0; run < region.count; ++run) {
      count += beats(region.address + std::uint64_t{run} * region.stride, region.length,
                     timing_.port_bytes);
    }
    uses.push_back({mode, region, count});
  };
  memory::Region source = dense(job.source0, job.source_bytes());
  if (job.operation() == Operation::kAccumulate) {
    source.stride = job.part_stride;
    source.count = job.parts;
  }
  add(memory::ClaimMode::kRead, source);
  if (job.operation() == Operation::kAdd) {
    add(memory::ClaimMode::kRead, dense(job.source1, job.source_bytes()));
  }
  if (job.has_table()) add(memory::ClaimMode::kRead, dense(job.table, job.table_bytes()));
  add(memory::ClaimMode::kWrite, dense(job.destination, job.outputs()));
  return uses;
}

void VectorUnit::compute(const VectorJob& job) {
  destination_ = dense(job.destination, job.outputs());
  output_.resize(job.outputs());
  // What a job does not have lies at no address of its own.
  const auto at = [&](std::uint32_t address) { return lmem->data({address, 1, 1, 1}); };
  run_operation(job, context_.fidelity == base::Fidelity::kIdeal,
                {at(job.source0), at(job.source1), at(job.table)}, output_.data());
}

void VectorUnit::count_energy(const VectorJob& job, const VectorWork& work) {
  base::EnergyLedger& ledger = context_.ledger;
  switch (job.operation()) {
    case Operation::kMaxPool:
      ledger.count(energy_.compare, work.element_operations);
      break;
    case Operation::kAveragePool:
    case Operation::kAccumulate:
      ledger.count(energy_.add, work.element_operations);
      ledger.count(energy_.multiply_wide, job.outputs());
      break;
    case Operation::kAdd:
      ledger.count(energy_.multiply_narrow, 2 * job.outputs());
      ledger.count(energy_.add, job.outputs());
      break;
    case Operation::kScale:
      ledger.count(energy_.multiply_narrow, job.outputs());
      break;
    case Operation::kLookup:  // a byte out of a small register file, taken as one addition
      ledger.count(energy_.add, job.outputs());
      break;
  }
}

void VectorUnit::refuse(JobError error) {
  registers_.poke(reg::kErrorCode, static_cast<std::uint32_t>(error));
  registers_.set_field(reg::kStatus, reg::status::kError, 1);
  irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

void VectorUnit::finish() {
  std::memcpy(lmem->data(destination_), output_.data(), output_.size());
  lmem->mark_written(destination_);
  for (const memory::ClaimId claim : claims_) lmem->release(claim);
  claims_.clear();
  busy_ = false;
  registers_.poke(reg::kJobCycles, static_cast<std::uint32_t>(job_cycles_));
  registers_.set_field(reg::kStatus, reg::status::kBusy, 0);
  registers_.set_field(reg::kStatus, reg::status::kDone, 1);
  irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

void VectorUnit::drive_irq() {
  const bool enabled = registers_.field(reg::kCtrl, reg::ctrl::kIrqEnable);
  const bool raised = registers_.field(reg::kStatus, reg::status::kDone) ||
                      registers_.field(reg::kStatus, reg::status::kError);
  irq.write(enabled && raised);
}

}  // namespace leyden::vector
