#include "models/memory/local_memory.h"

#include <algorithm>

#include "models/base/activity_observer.h"
#include "models/base/error.h"
#include "models/base/timing_mode.h"
#include "models/base/tlm_helpers.h"
#include "models/memory/beats.h"
#include "models/memory/region.h"
#include "registers/memory_map.h"

namespace leyden::memory {
namespace {

constexpr std::uint64_t kBase = registers::kLmemBase;

const char* words(ClaimMode mode) {
  return mode == ClaimMode::kRead ? "to read from" : "to write to";
}

}  // namespace

std::vector<base::ParameterSpec> LocalMemory::parameters() {
  std::vector<base::ParameterSpec> specs = {
      {"bank_bytes", "B", 4096, 67108864.0, true, {}, "Size of one of the two banks"},
      {"latency_cycles", "cycles", 0, 64, true, {}, "Latency of a bus access"},
      {"read_energy_pj", "pJ", 0, 1000, false, {}, "Reading one 16-byte beat"},
      {"write_energy_pj", "pJ", 0, 1000, false, {}, "Writing one 16-byte beat"},
  };
  for (base::ParameterSpec& spec : error_code_parameters()) specs.push_back(std::move(spec));
  return specs;
}

LocalMemory::LocalMemory(sc_core::sc_module_name name, base::Context& context)
    : sc_module(name),
      context_(context),
      bank_bytes_(static_cast<std::uint64_t>(context.parameters.integer("lmem.bank_bytes"))),
      storage_(this->name(), 2 * bank_bytes_, kBase, context),
      latency_cycles_(
          static_cast<std::uint64_t>(context.parameters.integer("lmem.latency_cycles"))),
      read_event_(declare_event(context, std::string(this->name()) + ".read",
                                base::Component::kLmem, "lmem.read_energy_pj")),
      write_event_(declare_event(context, std::string(this->name()) + ".write",
                                 base::Component::kLmem, "lmem.write_energy_pj")),
      ecc_(error_code_cost(context, "lmem", this->name(), base::Component::kLmem)) {
  if (ecc_.on) storage_.protect();
  socket.register_b_transport(this, &LocalMemory::transport);
  socket.register_transport_dbg(this, &LocalMemory::transport_debug);
  port.bind(*this);
  if (base::approximately_timed(context.parameters)) {
    arbiter_ = std::make_unique<BankArbiter>("arbiter", context, [this](bool write) {
      context_.ledger.count(write ? write_event_ : read_event_, 1);
    });
  }
}

bool LocalMemory::inside(const Region& region) const {
  return region.address >= kBase && region.end() <= kBase + storage_.size();
}

std::uint64_t LocalMemory::require(const Region& region, const char* what) const {
  if (!inside(region)) {
    throw base::ModelError(std::string(name()) + ": " + what + " of " + describe(region) +
                           " leaves LMEM, which is " + std::to_string(storage_.size()) +
                           " bytes from " + describe({kBase, 0, 0, 1}));
  }
  return region.address - kBase;
}

std::uint8_t* LocalMemory::data(const Region& region) {
  return inside(region) ? storage_.data(region.address - kBase, region.end() - region.address)
                        : nullptr;
}

const LocalMemory::Claim* LocalMemory::against(const std::string& owner, ClaimMode mode,
                                               const Region& region) const {
  for (const Claim& claim : claims_) {
    if ((mode == ClaimMode::kWrite || claim.mode == ClaimMode::kWrite) && claim.owner != owner &&
        overlap(claim.region, region)) {
      return &claim;
    }
  }
  return nullptr;
}

ClaimId LocalMemory::claim(const std::string& owner, ClaimMode mode, const Region& region) {
  const std::uint64_t offset = require(region, "a claim");
  if (const Claim* other = against(owner, mode, region)) {
    throw base::ModelError(owner + " claims " + describe(region) + " " + words(mode) + " while " +
                           other->owner + " claims " + describe(other->region) + " " +
                           words(other->mode) + "; wait for the one before the other starts");
  }
  if (mode == ClaimMode::kRead) {
    const Region runs = simplified(region);
    for (std::uint32_t i = 0; storage_.flipped() != nullptr && i < runs.count; ++i) {
      storage_.before_read(offset + std::uint64_t{i} * runs.stride, runs.length);
    }
    for (std::uint32_t i = 0; i < runs.count; ++i) {
      const std::uint64_t at = offset + std::uint64_t{i} * runs.stride;
      if (storage_.first_unwritten(at, runs.length)) {
        storage_.warn_unwritten(at, runs.length);
        break;  // one report a claim is enough
      }
    }
  }
  claims_.push_back({next_claim_, owner, mode, region});
  if (transactions_ != nullptr) {
    transactions_->claims(owner, mode == ClaimMode::kWrite, told(region));
  }
  return next_claim_++;
}

void LocalMemory::release(ClaimId id) {
  const auto found = std::find_if(claims_.begin(), claims_.end(),
                                  [id](const Claim& claim) { return claim.id == id; });
  if (found == claims_.end()) {
    throw base::ModelError(std::string(name()) + ": claim " + std::to_string(id) +
                           " is released but not held");
  }
  claims_.erase(found);
}

std::uint64_t LocalMemory::occupy(const Region& region, std::uint64_t read_beats,
                                  std::uint64_t write_beats, std::uint64_t cycles) {
  require(region, "an occupancy");
  context_.ledger.count(read_event_, read_beats);
  context_.ledger.count(write_event_, write_beats);
  if (ecc_.on) context_.ledger.count(ecc_.code, read_beats + write_beats);
  const std::uint64_t beats = read_beats + write_beats;
  const std::uint64_t all = bytes(region);
  if (beats == 0 || all == 0) {
    return 0;
  }
  // Beats fall to the banks as the region's bytes do.
  const std::uint64_t in_a = bytes_below(region, kBase + bank_bytes_);
  const std::uint64_t beats_a = (beats * in_a + all - 1) / all;
  const std::uint64_t now =
      context_.clock.cycles_at(context_.clock.next_edge(sc_core::sc_time_stamp()));
  std::uint64_t extra = 0;
  if (beats_a > 0) {
    extra = banks_[0].occupy(now, beats_a, cycles);
    tell(0, false, beats_a, now, now + cycles + extra);
  }
  if (beats > beats_a) {
    const std::uint64_t other = banks_[1].occupy(now, beats - beats_a, cycles);
    tell(1, false, beats - beats_a, now, now + cycles + other);
    extra = std::max(extra, other);
  }
  extra += ecc_.cycles;  // a stream of beats: the decoder is a stage of its pipeline
  if (transactions_ != nullptr) transactions_->waits(told(region), write_beats > 0, extra);
  return extra;
}

void LocalMemory::tell(unsigned bank, bool for_bus, std::uint64_t beats, std::uint64_t start,
                       std::uint64_t end) const {
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->bank(bank, for_bus, beats, start, end);
  }
}

base::LmemRegion LocalMemory::told(const Region& region) {
  return {region.address, region.length, region.stride, region.count, data(region)};
}

void LocalMemory::mark_written(const Region& region) {
  const std::uint64_t offset = require(region, "a write");
  storage_.data(offset, region.end() - region.address);
  const Region runs = simplified(region);
  for (std::uint32_t i = 0; i < runs.count; ++i) {
    const std::uint64_t at = offset + std::uint64_t{i} * runs.stride;
    storage_.wrote(at, runs.length, "unit");
    if (ecc_.on) count_first_reads(at, runs.length);
  }
  if (transactions_ == nullptr) return;
  for (const Claim& claim : claims_) {
    if (claim.mode != ClaimMode::kWrite || !overlap(claim.region, region)) continue;
    transactions_->writes(claim.owner, told(region));
    return;
  }
}

void LocalMemory::count_first_reads(std::uint64_t offset, std::uint64_t length) {
  const unsigned words = partial_words(offset, length);
  context_.ledger.count(read_event_, words);
  context_.ledger.count(ecc_.code, words);
}

void LocalMemory::reset_contents() {
  if (!claims_.empty()) {
    throw base::ModelError(std::string(name()) + ": reset while " + claims_.front().owner +
                           " claims " + describe(claims_.front().region));
  }
  storage_.reset();
}

bool LocalMemory::refused(const tlm::tlm_generic_payload& payload) {
  const ClaimMode mode = payload.is_write() ? ClaimMode::kWrite : ClaimMode::kRead;
  const Region region{kBase + payload.get_address(),
                      static_cast<std::uint32_t>(base::touched_bytes(payload)), 0, 1};
  const std::string master = base::initiator_name(payload);
  const Claim* claim = claims_.empty() ? nullptr : against(master, mode, region);
  if (claim == nullptr) {
    return false;
  }
  context_.diagnostics.report(base::Severity::kError, name(),
                              master + (payload.is_write() ? " writes " : " reads ") +
                                  describe(region) + " while " + claim->owner + " claims " +
                                  describe(claim->region) + " " + words(claim->mode) +
                                  "; wait until that job is done",
                              region.address);
  return true;
}

std::uint64_t LocalMemory::wait_cycles(std::uint64_t offset, std::uint64_t length,
                                       const sc_core::sc_time& arrival) {
  // The bus moved the beats in the cycles before `arrival`, in step with an idle bank.
  const std::uint64_t now = context_.clock.cycles_at(context_.clock.next_edge(arrival));
  const std::uint64_t in_a = offset < bank_bytes_ ? std::min(length, bank_bytes_ - offset) : 0;
  std::uint64_t served = now;
  if (const std::uint64_t count = beats(offset, in_a)) {
    const std::uint64_t from = now - std::min(now, count);
    const std::uint64_t until = banks_[0].serve(from, count);
    tell(0, true, count, from, until);
    served = std::max(served, until);
  }
  if (const std::uint64_t count = beats(offset + in_a, length - in_a)) {
    const std::uint64_t from = now - std::min(now, count);
    const std::uint64_t until = banks_[1].serve(from, count);
    tell(1, true, count, from, until);
    served = std::max(served, until);
  }
  return served - now;
}

void LocalMemory::request_beat(BeatClient& client, std::uint64_t address, bool write,
                               unsigned rank) {
  arbiter_->request(address - kBase < bank_bytes_ ? 0 : 1, client, write, rank);
}

sc_core::sc_time LocalMemory::wait_for_beats(std::uint64_t offset, std::uint64_t length,
                                             const sc_core::sc_time& delay) {
  const sc_core::sc_time arrival = context_.clock.next_edge(sc_core::sc_time_stamp() + delay);
  const std::uint64_t cycle = context_.clock.cycles_at(sc_core::sc_time_stamp());
  const std::uint64_t end = context_.clock.cycles_at(arrival);
  const std::uint64_t in_a = offset < bank_bytes_ ? std::min(length, bank_bytes_ - offset) : 0;
  // They come in the cycles before `arrival`; a path wider than a bank brings several in one.
  const auto use = [&](unsigned bank, std::uint64_t count) {
    return BankArbiter::BusUse{bank, std::max(cycle, end - std::min(end, count)), count};
  };
  std::vector<BankArbiter::BusUse> uses{use(0, beats(offset, in_a)),
                                        use(1, beats(offset + in_a, length - in_a))};
  arbiter_->serve(uses);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  return std::max(arrival, context_.clock.next_edge(now)) - now;
}

void LocalMemory::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (refused(payload)) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  if (!storage_.transport(payload)) {
    return;
  }
  const std::uint64_t offset = payload.get_address();
  const std::uint64_t length = payload.get_data_length();
  context_.ledger.count(payload.is_write() ? write_event_ : read_event_, beats(offset, length));
  std::uint64_t latency = latency_cycles_;
  if (ecc_.on) {
    context_.ledger.count(ecc_.code, beats(offset, length));
    latency += ecc_.cycles;
    if (payload.is_write() && partial_words(offset, length) != 0) {
      count_first_reads(offset, length);
      latency += latency_cycles_ + ecc_.cycles;
    }
  }
  if (arbiter_ != nullptr) {
    delay = wait_for_beats(offset, base::touched_bytes(payload), delay) +
            context_.clock.cycles(latency);
    return;
  }
  const std::uint64_t wait =
      wait_cycles(offset, base::touched_bytes(payload), sc_core::sc_time_stamp() + delay);
  delay += context_.clock.cycles(latency + wait);
}

unsigned LocalMemory::transport_debug(tlm::tlm_generic_payload& payload) {
  return storage_.transport_debug(payload);
}

}  // namespace leyden::memory
