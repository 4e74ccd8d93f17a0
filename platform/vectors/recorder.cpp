#include "platform/vectors/recorder.h"

#include <algorithm>

#include "models/base/begun_extension.h"
#include "models/base/error.h"
#include "models/cim/im2col.h"
#include "models/cim/job_words.h"
#include "platform/chip/debug_port.h"
#include "registers/cim.h"
#include "registers/dma.h"
#include "registers/memory_map.h"
#include "registers/sysctl.h"
#include "registers/vector.h"

namespace leyden::vectors {
namespace {

namespace reg = registers;

std::uint64_t now_ps() { return sc_core::sc_time_stamp().value(); }

unsigned interrupt_source(const std::string& unit) {
  const std::optional<UnitName> name = parse_unit(unit);
  if (!name) return 0;
  if (name->kind == "dma") return reg::kDmaIrq + name->number;
  if (name->kind == "cim") return reg::kCimIrq + name->number;
  return reg::kVectorIrq;
}

std::vector<std::uint8_t> gather(const base::LmemRegion& region) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(std::size_t{region.length} * region.count);
  for (std::uint32_t run = 0; run < region.count; ++run) {
    const std::uint8_t* from = region.data + std::size_t{run} * region.stride;
    bytes.insert(bytes.end(), from, from + region.length);
  }
  return bytes;
}

RegionData region_data(const base::LmemRegion& region) {
  return {region.address, region.length, region.stride, region.count, 0, {}};
}

Response response_of(const tlm::tlm_generic_payload& payload) {
  if (payload.is_response_ok()) return Response::kOk;
  return payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE ? Response::kAddressError
                                                                          : Response::kError;
}

std::uint32_t word_at(const std::uint8_t* bytes) {
  Event event;
  event.data.assign(bytes, bytes + 4);
  return event.word();
}

}  // namespace

Recorder::Recorder(chip::Chip& chip, const cim::MacroParameters* macro, std::string stream,
                   Wanted wanted)
    : chip_(chip), macro_(macro), wanted_(std::move(wanted)), layers_(chip.layer_names()) {
  stream_.unit = std::move(stream);
  source_ = interrupt_source(stream_.unit);
  chip_.set_transaction_observer(this);
  chip_.set_activity_observer(this);
}

Recorder::~Recorder() {
  chip_.set_transaction_observer(nullptr);
  chip_.set_activity_observer(nullptr);
}

void Recorder::clock(std::uint64_t cycle, std::uint64_t, std::uint64_t period_ps) {
  if (period_ps_ != 0 && period_ps != period_ps_) {
    throw base::UsageError("The firmware changes the clock at cycle " + std::to_string(cycle) +
                           ", which recordings of this version do not hold; keep to one operating "
                           "point.");
  }
  period_ps_ = period_ps;
}

Event Recorder::make(EventKind kind, const std::string& unit, const sc_core::sc_time& delay) {
  Event event;
  event.kind = kind;
  event.time_ps = now_ps();
  event.delay_ps = delay.value();
  event.delta = sc_core::sc_delta_count_at_current_time();
  event.cycle = cycle_at(event.arrival_ps());
  event.layer = chip_.layer();
  event.job = units_[unit].job;
  return event;
}

std::size_t Recorder::add(Event event) {
  stream_.events.push_back(std::move(event));
  return stream_.events.size();  // 0 stands for no event
}

std::size_t Recorder::begins(const base::BusAccess& access) {
  const tlm::tlm_generic_payload& payload = access.payload;
  const std::string target = access.target == nullptr ? "" : *access.target;
  std::string unit = target;
  std::uint64_t offset = access.offset;
  EventKind kind = EventKind::kRegister;
  sc_core::sc_time delay = access.arrives;
  if (target == "dma") {
    unit = "dma" + std::to_string(offset / reg::dma::kBlockStride);
    offset %= reg::dma::kBlockStride;
  }
  if (target == "sysctl" && payload.is_write() && offset == reg::sysctl::kPowerGate) {
    on_power_gate(word_at(payload.get_data_ptr()));
  }
  const bool registers = parse_unit(unit).has_value();
  if (registers && payload.is_write()) on_register(access, unit, offset);
  if (stream_.unit.empty()) return 0;
  if (access.master == stream_.unit) {
    kind = EventKind::kBus;
    unit = stream_.unit;
    offset = access.address;
    delay = access.asked;
  } else if (target == stream_.unit + "_weights") {
    kind = EventKind::kWeights;
    unit = stream_.unit;
  } else if (!registers || unit != stream_.unit) {
    return 0;
  }
  Event event = make(kind, unit, delay);
  event.write = payload.is_write();
  event.address = offset;
  event.data.resize(payload.get_data_length());
  if (event.write) std::copy_n(payload.get_data_ptr(), event.data.size(), event.data.begin());
  return add(std::move(event));
}

void Recorder::ends(std::size_t access, const tlm::tlm_generic_payload& payload,
                    const sc_core::sc_time& delay) {
  if (access == 0) return;
  Event& event = stream_.events[access - 1];
  if (!event.write) std::copy_n(payload.get_data_ptr(), event.data.size(), event.data.begin());
  event.response = response_of(payload);
  // Of an RTL master the data began to pass before the call; times are those of the first beat.
  const auto* begun = payload.get_extension<base::BegunExtension>();
  if (begun != nullptr && event.kind == EventKind::kBus) {
    event.time_ps -= std::min(event.time_ps, begun->counted * period_ps_);
    event.cycle = cycle_at(event.arrival_ps());
  }
  event.latency_ps = now_ps() + delay.value() - event.arrival_ps();
}

void Recorder::on_register(const base::BusAccess& access, const std::string& name,
                           std::uint64_t offset) {
  Unit& unit = units_[name];
  const tlm::tlm_generic_payload& payload = access.payload;
  for (unsigned at = 0; at + 4 <= payload.get_data_length(); at += 4) {
    const std::uint32_t word = word_at(payload.get_data_ptr() + at);
    unit.registers[offset + at] = word;
    if (offset + at != reg::cim::kCtrl) continue;  // the same offset in all units
    const bool linked = name.rfind("dma", 0) == 0 && reg::dma::ctrl::kStartLinked.get(word) != 0;
    if (reg::cim::ctrl::kStart.get(word) == 0 && !linked) continue;
    unit.job = unit.job ? *unit.job + 1 : 0;
    const std::uint64_t arrival = now_ps() + access.arrives.value();
    unit.start_ps = (arrival + period_ps_ - 1) / period_ps_ * period_ps_;
    unit.start_delay_ps = access.arrives.value();
    unit.taken.reset();
  }
}

void Recorder::on_power_gate(std::uint32_t gates) {
  const std::optional<UnitName> name = parse_unit(stream_.unit);
  const std::uint32_t closed = gates & ~gates_;
  gates_ = gates;
  if (!name || name->kind != "cim" || (closed >> name->number & 1) == 0) return;
  add(make(EventKind::kPowerOff, stream_.unit, sc_core::SC_ZERO_TIME));
}

JobVectors& Recorder::job_of(const std::string& name) {
  Unit& unit = units_[name];
  if (unit.taken) return jobs_[*unit.taken];
  JobVectors job;
  job.number = jobs_.size();
  job.unit = name;
  job.unit_job = unit.job.value_or(0);
  job.layer = chip_.layer();
  if (job.layer && *job.layer < layers_.size()) job.layer_name = layers_[*job.layer];
  job.image = chip_.draws().image;
  job.start_ps = unit.start_ps;
  job.start_cycle = cycle_at(unit.start_ps);
  job.start_delay_ps = unit.start_delay_ps;
  const JobRegisters place = job_registers(name);
  for (unsigned i = 0; i < place.words; ++i) {
    job.words.push_back(unit.registers[place.first + 4 * i]);
  }
  if (job.is_cim()) job.tile = reg::cim::tag::kTile.get(job.words.back());
  unit.taken = jobs_.size();
  kept_.push_back(wanted_ && wanted_(job));
  jobs_.push_back(std::move(job));
  if (kept_.back() && jobs_.back().is_cim()) add_array(jobs_.back());
  return jobs_.back();
}

void Recorder::add_array(JobVectors& job) {
  cim::JobWords words;
  std::copy_n(job.words.begin(), words.size(), words.begin());
  const cim::Job decoded = cim::decode_job(words).job;
  const cim::MacroParameters& macro = *macro_;
  const std::uint64_t row_bytes = std::uint64_t{macro.columns} * macro.cells.bits / 8;
  job.weights_offset = std::uint64_t{decoded.unit_first} * macro.rows_per_unit * row_bytes;
  job.weights.resize(decoded.line_rows(macro) * row_bytes);
  job.abn_first = decoded.abn_first;
  const bool with_abn = macro.abn_entries != 0;
  job.abn.resize(with_abn ? std::min(decoded.outputs, macro.abn_entries - job.abn_first) : 0);
  job.trim_first = decoded.column_first;
  job.trim.resize(std::min(decoded.columns_used(macro), macro.columns - job.trim_first));
  job.range_first = job.trim_first;
  job.ranges.resize(macro.convert.range_bits > 0 ? job.trim.size() : 0);
  const std::uint64_t window =
      reg::kCimWeightsBase + parse_unit(job.unit)->number * reg::kCimWeightsSize;
  const auto read = [&](std::uint64_t offset, void* data, std::size_t bytes) {
    if (bytes == 0) return;
    if (chip_.host_port().read(window + offset, data, static_cast<unsigned>(bytes)) != bytes) {
      throw base::ModelError("The weight window of " + job.unit +
                             " cannot be read without time; record jobs with cim.impl = tlm");
    }
  };
  read(job.weights_offset, job.weights.data(), job.weights.size());
  read(reg::cim::kAbnTableWindow + 4 * std::uint64_t{job.abn_first}, job.abn.data(),
       4 * job.abn.size());
  read(reg::cim::kTrimTableWindow + 4 * std::uint64_t{job.trim_first}, job.trim.data(),
       4 * job.trim.size());
  read(reg::cim::kRangeTableWindow + 4 * std::uint64_t{job.range_first}, job.ranges.data(),
       4 * job.ranges.size());
}

void Recorder::add_rows(JobVectors& job) {
  cim::JobWords words;
  std::copy_n(job.words.begin(), words.size(), words.begin());
  const cim::DecodedJob decoded = cim::decode_job(words);
  const RegionData& region = job.reads.front();
  if (region.address != decoded.in_address) return;
  // The feeder's view of LMEM: runs at their strides again.
  std::vector<std::uint8_t> memory(std::size_t{region.count - 1} * region.stride + region.length);
  for (std::uint32_t run = 0; run < region.count; ++run) {
    std::copy_n(region.bytes.begin() + std::ptrdiff_t{run} * region.length, region.length,
                memory.begin() + std::ptrdiff_t{run} * region.stride);
  }
  job.row_bytes = decoded.job.window_count;
  job.rows.resize(decoded.job.positions() * job.row_bytes);
  cim::im2col(decoded.job, memory.data(), 0, decoded.job.positions(), job.rows.data());
}

void Recorder::claims(const std::string& owner, bool write, const base::LmemRegion& region) {
  const std::string name = owner.substr(0, owner.find('.'));
  if (!parse_unit(name)) return;
  JobVectors& job = job_of(name);
  const std::size_t index = *units_[name].taken;
  Claim claim{name, write, region.address, index, std::nullopt};
  RegionData data = region_data(region);
  if (!write) {
    if (kept_[index]) data.bytes = gather(region);
    job.reads.push_back(std::move(data));
    if (kept_[index] && job.is_cim()) add_rows(job);
    if (name == stream_.unit) {
      Event event = make(EventKind::kLmemRead, name, sc_core::SC_ZERO_TIME);
      event.address = region.address;
      event.data = gather(region);
      event.stride = region.stride;
      event.count = region.count;
      claim.event = add(std::move(event)) - 1;
    }
  } else {
    job.write = std::move(data);
  }
  // A unit's earlier claims of this kind are of a job that is done.
  claims_.erase(
      std::remove_if(claims_.begin(), claims_.end(),
                     [&](const Claim& old) { return old.unit == name && old.job != index; }),
      claims_.end());
  claims_.push_back(claim);
}

void Recorder::waits(const base::LmemRegion& region, bool write, std::uint64_t cycles) {
  const auto found = std::find_if(claims_.rbegin(), claims_.rend(), [&](const Claim& claim) {
    return claim.write == write && claim.address == region.address;
  });
  if (found == claims_.rend()) return;
  found->wait_cycles += cycles;  // a block may ask for its accesses in several parts
  if (found->event) stream_.events[*found->event].wait_cycles = found->wait_cycles;
  JobVectors& job = jobs_[*found->job];
  if (write) {
    job.write.wait_cycles = found->wait_cycles;
    return;
  }
  for (RegionData& read : job.reads) {
    if (read.address == region.address) read.wait_cycles = found->wait_cycles;
  }
}

void Recorder::writes(const std::string& owner, const base::LmemRegion& region) {
  const std::string name = owner.substr(0, owner.find('.'));
  const auto unit = units_.find(name);
  if (unit == units_.end() || !unit->second.taken) return;
  JobVectors& job = jobs_[*unit->second.taken];
  job.cycles = cycle_at(now_ps()) - job.start_cycle;
  if (kept_[*unit->second.taken]) job.write.bytes = gather(region);
  if (name != stream_.unit) return;
  Event event = make(EventKind::kLmemWrite, name, sc_core::SC_ZERO_TIME);
  event.write = true;
  event.address = region.address;
  event.data = gather(region);
  event.stride = region.stride;
  event.count = region.count;
  event.wait_cycles = job.write.wait_cycles;
  add(std::move(event));
}

void Recorder::interrupt_lines(std::uint32_t levels, std::uint64_t) {
  if (source_ == 0 || level_ == ((levels >> source_ & 1) != 0)) return;
  level_ = !level_;
  Event event = make(EventKind::kInterrupt, stream_.unit, sc_core::SC_ZERO_TIME);
  event.write = true;
  event.data = {static_cast<std::uint8_t>(level_ ? 1 : 0)};
  add(std::move(event));
}

}  // namespace leyden::vectors
