#include "models/bus/interconnect.h"

#include <algorithm>
#include <cstdio>

#include "models/base/activity_observer.h"
#include "models/base/begun_extension.h"
#include "models/base/error.h"
#include "models/base/timing_mode.h"
#include "models/base/tlm_helpers.h"

namespace leyden::bus {
namespace {

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%08llx", static_cast<unsigned long long>(value));
  return text;
}

/// Makes a module the parent of what is constructed in the guard's lifetime: sockets are added
/// after the constructor, and SystemC takes the parent from where construction happens.
class HierarchyGuard {
 public:
  explicit HierarchyGuard(sc_core::sc_module& module) {
    sc_core::sc_get_curr_simcontext()->hierarchy_push(&module);
  }
  ~HierarchyGuard() { sc_core::sc_get_curr_simcontext()->hierarchy_pop(); }
  HierarchyGuard(const HierarchyGuard&) = delete;
  HierarchyGuard& operator=(const HierarchyGuard&) = delete;
};

base::EventId declare_beat(base::Context& context, const std::string& name) {
  const base::Parameter& energy = context.parameters.at("bus.beat_energy_pj");
  return context.ledger.declare(
      {name + ".beat", base::Component::kBus, energy.value * 1000.0, energy.source});
}

}  // namespace

std::vector<base::ParameterSpec> Interconnect::parameters() {
  return {
      {"hop_latency_cycles", "cycles", 0, 64, true, {}, "From a master's port to a target's"},
      {"data_width_bytes", "B", 4, 64, true, {}, "Width of the data path, a power of two"},
      {"beat_energy_pj", "pJ", 0, 1000, false, {}, "One beat over the data path"},
  };
}

Interconnect::Interconnect(sc_core::sc_module_name name, base::Context& context)
    : sc_module(name),
      context_(context),
      hop_latency_cycles_(
          static_cast<std::uint64_t>(context.parameters.integer("bus.hop_latency_cycles"))),
      data_width_bytes_(
          static_cast<std::uint64_t>(context.parameters.integer("bus.data_width_bytes"))),
      beat_event_(declare_beat(context, this->name())) {
  if ((data_width_bytes_ & (data_width_bytes_ - 1)) != 0) {
    throw base::UsageError("bus.data_width_bytes is " + std::to_string(data_width_bytes_) +
                           "; it must be a power of two");
  }
  if (base::approximately_timed(context.parameters)) {
    phased_ = std::make_unique<PhasedPath>("path", context, static_cast<PathHost&>(*this),
                                           hop_latency_cycles_);
  }
}

void Interconnect::require_before_elaboration(const std::string& what) const {
  if (sc_core::sc_get_curr_simcontext()->elaboration_done()) {
    throw base::ModelError(std::string(name()) + ": " + what +
                           " was added after elaboration; add it before");
  }
}

Interconnect::MasterSocket& Interconnect::add_master(const std::string& master) {
  require_before_elaboration(master);
  const HierarchyGuard guard(*this);
  const int tag = static_cast<int>(masters_.size());
  masters_.push_back(std::make_unique<MasterSocket>(("from_" + master).c_str()));
  MasterSocket& socket = *masters_.back();
  socket.register_b_transport(this, &Interconnect::transport, tag);
  if (phased_ != nullptr) socket.register_nb_transport_fw(this, &Interconnect::forward, tag);
  socket.register_transport_dbg(this, &Interconnect::transport_debug, tag);
  socket.register_get_direct_mem_ptr(this, &Interconnect::get_dmi, tag);
  statistics_.push_back({});
  statistics_.back().name = master;
  return socket;
}

Interconnect::TargetSocket& Interconnect::add_target(const std::string& target, std::uint64_t base,
                                                     std::uint64_t size) {
  require_before_elaboration(target);
  if (size == 0 || base + (size - 1) < base) {
    throw base::UsageError(target + " at " + hex(base) + " has a window of " +
                           std::to_string(size) + " bytes; it must lie within the address space");
  }
  const auto next = above(base);
  const Mapping* other = nullptr;
  if (next != sorted_.end() && (*next)->base - base < size) {
    other = *next;
  } else if (next != sorted_.begin() && base - (*(next - 1))->base < (*(next - 1))->size) {
    other = *(next - 1);
  }
  if (other != nullptr) {
    throw base::UsageError(target + " at " + hex(base) + " overlaps " + other->name + " at " +
                           hex(other->base) + "; windows on the bus must be apart");
  }
  const HierarchyGuard guard(*this);
  const int tag = static_cast<int>(targets_.size());
  targets_.push_back(std::make_unique<TargetSocket>(("to_" + target).c_str()));
  TargetSocket& socket = *targets_.back();
  socket.register_invalidate_direct_mem_ptr(this, &Interconnect::invalidate, tag);
  mappings_.push_back(
      std::make_unique<Mapping>(Mapping{target, base, size, &socket, static_cast<unsigned>(tag)}));
  sorted_.insert(next, mappings_.back().get());
  if (phased_ != nullptr) phased_->add_target(target);
  return socket;
}

std::vector<const Interconnect::Mapping*>::const_iterator Interconnect::above(
    std::uint64_t address) const {
  return std::upper_bound(
      sorted_.begin(), sorted_.end(), address,
      [](std::uint64_t value, const Mapping* mapping) { return value < mapping->base; });
}

const Interconnect::Mapping* Interconnect::decode(std::uint64_t address) const {
  const auto next = above(address);
  if (next == sorted_.begin()) {
    return nullptr;
  }
  const Mapping* mapping = *(next - 1);
  return address - mapping->base < mapping->size ? mapping : nullptr;
}

void Interconnect::refuse(int master, tlm::tlm_generic_payload& payload,
                          const std::string& reason) {
  payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  context_.diagnostics.report(base::Severity::kWarning, name(),
                              statistics_[static_cast<std::size_t>(master)].name +
                                  (payload.is_write() ? " writes " : " reads ") +
                                  std::to_string(payload.get_data_length()) + " bytes at " +
                                  hex(payload.get_address()) + ", " + reason,
                              payload.get_address());
}

std::uint64_t Interconnect::beats(const tlm::tlm_generic_payload& payload) const {
  return beats_of(payload.get_address(), payload.get_data_length());
}

std::uint64_t Interconnect::beats_of(std::uint64_t address, std::uint64_t length) const {
  return length == 0 ? 0
                     : (address + length - 1) / data_width_bytes_ - address / data_width_bytes_ + 1;
}

void Interconnect::count(const Grant& grant) {
  MasterStatistics& statistics = statistics_[grant.master];
  ++statistics.transactions;
  statistics.bytes += grant.payload->get_data_length();
  statistics.beats += grant.beats;
  statistics.contention_cycles += grant.first - grant.asked;
  context_.ledger.count(beat_event_, grant.beats);
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->bus({grant.master, grant.payload->get_address(), grant.payload->get_data_length(),
                   grant.payload->is_write(), grant.asked, grant.first, grant.beats});
  }
}

sc_core::sc_time Interconnect::take(const sc_core::sc_time& ready, std::uint64_t taken) {
  const sc_core::sc_time start =
      ready < busy_until_ ? context_.clock.next_edge(busy_until_) : ready;
  busy_until_ = start + context_.clock.cycles(taken);
  return start;
}

void Interconnect::occupy(int master, const tlm::tlm_generic_payload& payload,
                          sc_core::sc_time& delay) {
  const std::uint64_t taken = beats(payload);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time hop = context_.clock.cycles(hop_latency_cycles_);
  if (const std::optional<base::PathClaim> made = base::claim_of(payload)) {
    const base::PathClaim& claim = *made;
    payload.get_extension<base::BegunExtension>()->counted =
        context_.clock.cycles_at(now + delay) - context_.clock.cycles_at(claim.asked);
    const sc_core::sc_time left = claim.start + context_.clock.cycles(claim.beats) + hop;
    delay = std::max(now + delay, left) - now;
    end(claim.number);
    count({static_cast<unsigned>(master), &payload, context_.clock.cycles_at(claim.asked),
           context_.clock.cycles_at(claim.start), taken});
    return;
  }
  const sc_core::sc_time begun = context_.clock.cycles(base::count_begun(payload, taken));
  const sc_core::sc_time arrival = now + delay < begun ? begun : now + delay;
  const sc_core::sc_time ready = context_.clock.next_edge(arrival - begun);
  const sc_core::sc_time start = take(ready, taken);
  delay = busy_until_ + hop - now;
  count({static_cast<unsigned>(master), &payload, context_.clock.cycles_at(ready),
         context_.clock.cycles_at(start), taken});
}

std::optional<base::PathClaim> Interconnect::claim(std::uint64_t address, std::uint64_t length,
                                                   const sc_core::sc_time& asked) {
  const Mapping* mapping = decode(address);
  // What nobody answers is refused when the transaction comes.
  if (phased_ != nullptr || mapping == nullptr || length == 0 ||
      length > mapping->size - (address - mapping->base)) {
    return std::nullopt;
  }
  base::PathClaim claim;
  claim.number = ++claims_;
  claim.address = address;
  claim.asked = asked;
  claim.beats = beats_of(address, length);
  claim.start = take(asked, claim.beats);
  open_claims_.push_back({claim.number, mapping});
  return claim;
}

bool Interconnect::first(std::uint64_t number) const {
  const Mapping* target = nullptr;
  for (auto claim = open_claims_.rbegin(); claim != open_claims_.rend(); ++claim) {
    if (claim->number == number) target = claim->target;
    if (claim->number < number && claim->target == target) return false;
  }
  return true;
}

void Interconnect::end(std::uint64_t number) {
  const auto found = std::find_if(open_claims_.begin(), open_claims_.end(),
                                  [number](const OpenClaim& c) { return c.number == number; });
  if (found == open_claims_.end()) return;
  open_claims_.erase(found);
  claim_ended_.notify(sc_core::SC_ZERO_TIME);
}

/// Transactions that were granted the path before have their turn at the target before. A master
/// without a thread is not kept: nothing but its own time could pass.
void Interconnect::wait_for_claims(const Mapping* target, sc_core::sc_time& delay) {
  const sc_core::sc_process_handle process = sc_core::sc_get_current_process_handle();
  if (!process.valid() || process.proc_kind() == sc_core::SC_METHOD_PROC_) return;
  const std::uint64_t number = ++claims_;
  open_claims_.push_back({number, target});
  const sc_core::sc_time arrives = sc_core::sc_time_stamp() + delay;
  while (!first(number)) sc_core::wait(claim_ended_);
  end(number);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  delay = std::max(arrives, now) - now;
}

const Interconnect::Mapping* Interconnect::admit(int master, tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const Mapping* mapping = decode(address);
  if (mapping == nullptr) {
    refuse(master, payload, "where nothing is mapped");
    return nullptr;
  }
  if (base::touched_bytes(payload) > mapping->size - (address - mapping->base)) {
    refuse(master, payload, "which leaves " + mapping->name);
    return nullptr;
  }
  return mapping;
}

void Interconnect::transport(int master, tlm::tlm_generic_payload& payload,
                             sc_core::sc_time& delay) {
  if (phased_ != nullptr) {
    phased_->blocking(static_cast<unsigned>(master), payload, delay);
    return;
  }
  const Mapping* mapping = admit(master, payload);
  if (mapping == nullptr && transactions_ == nullptr) return;
  carry(master, mapping, payload, delay);
}

void Interconnect::carry(int master, const Mapping* mapping, tlm::tlm_generic_payload& payload,
                         sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  const std::uint64_t offset = mapping == nullptr ? 0 : address - mapping->base;
  const sc_core::sc_time asked = delay;
  if (mapping != nullptr) occupy(master, payload, delay);
  const bool reaches =
      mapping != nullptr && (faults_ == nullptr || survives(master, payload, delay));
  base::TransactionObserver* const observer = transactions_;
  std::size_t told = 0;
  if (observer != nullptr) {
    told = observer->begins({statistics_[static_cast<std::size_t>(master)].name,
                             mapping == nullptr ? nullptr : &mapping->name, address, offset, asked,
                             delay, payload});
  }
  if (reaches) {
    if (!open_claims_.empty() && !base::claim_of(payload)) wait_for_claims(mapping, delay);
    payload.set_address(offset);
    (*mapping->socket)->b_transport(payload, delay);
    payload.set_address(address);
  }
  if (observer != nullptr) observer->ends(told, payload, delay);
}

tlm::tlm_sync_enum Interconnect::forward(int master, tlm::tlm_generic_payload& payload,
                                         tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  return phased_->forward(static_cast<unsigned>(master), payload, phase, delay);
}

std::optional<unsigned> Interconnect::route(unsigned master, tlm::tlm_generic_payload& payload) {
  const Mapping* mapping = admit(static_cast<int>(master), payload);
  if (mapping == nullptr) return std::nullopt;
  return mapping->number;
}

void Interconnect::access(unsigned master, unsigned target, tlm::tlm_generic_payload& payload,
                          sc_core::sc_time& delay) {
  if (faults_ != nullptr && !survives(static_cast<int>(master), payload, delay)) return;
  const Mapping& mapping = *mappings_[target];
  const std::uint64_t address = payload.get_address();
  payload.set_address(address - mapping.base);
  (*mapping.socket)->b_transport(payload, delay);
  payload.set_address(address);
}

void Interconnect::backward(unsigned master, tlm::tlm_generic_payload& payload,
                            tlm::tlm_phase phase) {
  sc_core::sc_time delay;
  (*masters_[master])->nb_transport_bw(payload, phase, delay);
}

bool Interconnect::survives(int master, tlm::tlm_generic_payload& payload,
                            sc_core::sc_time& delay) {
  const TransferFault fault = faults_->on_transfer(static_cast<unsigned>(master),
                                                   payload.get_address(), payload.is_write());
  delay += context_.clock.cycles(fault.delay_cycles);
  if (fault.refused) payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  return !fault.refused;
}

unsigned Interconnect::transport_debug(int, tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const Mapping* mapping = decode(address);
  if (mapping == nullptr) {
    return 0;
  }
  // A copy, cut to the target's window: a debugger reads over the end of a memory.
  const std::uint64_t offset = address - mapping->base;
  const auto length = static_cast<unsigned>(
      std::min<std::uint64_t>(payload.get_data_length(), mapping->size - offset));
  tlm::tlm_generic_payload part;
  part.set_command(payload.get_command());
  part.set_address(offset);
  part.set_data_ptr(payload.get_data_ptr());
  part.set_data_length(length);
  part.set_streaming_width(length);
  return (*mapping->socket)->transport_dbg(part);
}

bool Interconnect::get_dmi(int, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  const Mapping* mapping = decode(address);
  if (mapping == nullptr) {
    const auto next = above(address);
    const std::uint64_t first =
        next == sorted_.begin() ? 0 : (*(next - 1))->base + (*(next - 1))->size;
    base::deny_dmi(dmi, first, next == sorted_.end() ? ~std::uint64_t{0} : (*next)->base - 1);
    return false;
  }
  payload.set_address(address - mapping->base);
  const bool granted = (*mapping->socket)->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  base::translate_dmi(dmi, mapping->base, mapping->size);
  return granted;
}

void Interconnect::invalidate(int target, sc_dt::uint64 start, sc_dt::uint64 end) {
  const Mapping& mapping = *mappings_[static_cast<std::size_t>(target)];
  if (start >= mapping.size) {
    return;  // beyond what masters can see
  }
  const std::uint64_t last = std::min<std::uint64_t>(end, mapping.size - 1);
  for (const auto& master : masters_) {
    (*master)->invalidate_direct_mem_ptr(mapping.base + start, mapping.base + last);
  }
}

}  // namespace leyden::bus
