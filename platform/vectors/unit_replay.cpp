#include "platform/vectors/unit_replay.h"

#include <algorithm>

#include "models/base/begun_extension.h"
#include "models/base/error.h"
#include "models/cim/cim_unit.h"
#include "models/dma/dma.h"
#include "models/peripherals/perf.h"
#include "registers/cim.h"
#include "registers/dma.h"
#include "registers/vector.h"

namespace leyden::vectors {
namespace {

namespace reg = registers;

// CTRL, STATUS and BUSY are at the same place in all units.
static_assert(reg::cim::kStatus == reg::dma::kStatus && reg::cim::kStatus == reg::vector::kStatus);
static_assert(reg::cim::kCtrl == reg::dma::kCtrl && reg::cim::kCtrl == reg::vector::kCtrl);

/// How often a register that is not as recorded is read again while the block rests.
constexpr unsigned kAtRest = 16;
/// Cycles in which a block may show that it does more than was recorded.
constexpr std::uint64_t kSettle = 64;

std::uint64_t offset_of_block(const UnitName& unit) {
  return unit.kind == "dma" ? unit.number * reg::dma::kBlockStride : 0;
}

tlm::tlm_response_status status_of(Response response) {
  if (response == Response::kOk) return tlm::TLM_OK_RESPONSE;
  return response == Response::kAddressError ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                             : tlm::TLM_GENERIC_ERROR_RESPONSE;
}

std::uint64_t lmem_bytes(const base::ParameterSet& parameters) {
  return 2 * static_cast<std::uint64_t>(parameters.integer("lmem.bank_bytes"));
}

sc_core::sc_time time_of(std::uint64_t picoseconds) {
  return sc_core::sc_time::from_value(picoseconds);  // the kernel's resolution is 1 ps
}

}  // namespace

UnitReplay::UnitReplay(sc_core::sc_module_name name, base::Context& context, const Stream& stream,
                       const std::string& impl, chip::BlockFactory& blocks,
                       const ReplayTiming& timing, const std::vector<DrawChange>& draws,
                       std::function<void(cosim::Difference)> told, std::function<void()> done)
    : sc_module(name),
      context_(context),
      stream_(stream),
      unit_(parse_unit(stream.unit).value()),
      timing_(timing),
      draws_(draws),
      told_(std::move(told)),
      done_(std::move(done)),
      found_(stream),
      expectations_(stream_, timing.exact),
      lmem_(lmem_bytes(context.parameters),
            [this](std::uint64_t address, const std::uint8_t* data, std::size_t bytes) {
              on_written(address, data, bytes);
            }),
      beat_bytes_(static_cast<std::uint64_t>(context.parameters.integer("bus.data_width_bytes"))),
      layer_(peripherals::Perf::kNoLayer) {
  make_block(impl, blocks);
  SC_THREAD(drive);
  SC_METHOD(on_interrupt);
  sensitive << lines_.front()->value_changed_event();
  dont_initialize();
}

UnitReplay::~UnitReplay() = default;

void UnitReplay::make_block(const std::string& impl, chip::BlockFactory& blocks) {
  const bool tlm = impl == "tlm";
  const auto line = [this]() -> sc_core::sc_signal<bool>& {
    const std::string name = "irq" + std::to_string(lines_.size());
    lines_.push_back(std::make_unique<sc_core::sc_signal<bool>>(name.c_str()));
    return *lines_.back();
  };
  if (unit_.kind == "vector") {
    if (!tlm) {
      throw base::UsageError("The vector unit has no " + impl + "; replay it with --on tlm");
    }
    vector_ = std::make_unique<vector::VectorUnit>("vector", context_);
    registers_.bind(vector_->socket);
    vector_->lmem(lmem_);
    vector_->irq.bind(line());
    return;
  }
  if (unit_.kind == "cim") {
    const std::string name = stream_.unit;
    if (tlm) {
      cim_ = std::make_unique<cim::CimUnit>(name.c_str(), context_, unit_.number);
    } else {
      cim_ = blocks.make_cim(impl, name.c_str(), context_, unit_.number);
    }
    weights_ =
        std::make_unique<tlm_utils::simple_initiator_socket<UnitReplay, base::kBusBits>>("weights");
    registers_.bind(cim_->register_socket());
    weights_->bind(cim_->weight_socket());
    cim_->lmem_port()(lmem_);
    cim_->set_layer_source([this] { return layer_; });
    cim_->interrupt().bind(line());
    return;
  }
  if (tlm) {
    dma_ = std::make_unique<dma::Dma>("dma", context_);
  } else {
    dma_ = blocks.make_dma(impl, "dma", context_);
  }
  registers_.bind(dma_->register_socket());
  for (std::size_t n = 0; n < dma_->channel_count(); ++n) {
    const std::string name = "bus" + std::to_string(n);
    buses_.push_back(
        std::make_unique<tlm_utils::simple_target_socket_tagged<UnitReplay, base::kBusBits>>(
            name.c_str()));
    buses_.back()->register_b_transport(this, &UnitReplay::on_bus, static_cast<int>(n));
    dma_->bus_socket(n).bind(*buses_.back());
  }
  // The first line is the one that is compared.
  dma_->interrupt(unit_.number).bind(line());
  for (std::size_t n = 0; n < dma_->channel_count(); ++n) {
    if (n != unit_.number) dma_->interrupt(n).bind(line());
  }
}

bool UnitReplay::busy() const {
  if (dma_) return dma_->busy();
  return cim_ ? cim_->busy() : vector_->busy();
}

void UnitReplay::drive() {
  try {
    play();
  } catch (const sc_core::sc_unwind_exception&) {
    throw;
  } catch (...) {
    error_ = std::current_exception();
    sc_core::sc_stop();
    return;
  }
  done_();
}

void UnitReplay::play() {
  for (std::size_t i = 0; i < stream_.events.size() && !differs_; ++i) {
    if (!is_response(stream_.events[i].kind)) play(i);
  }
  if (differs_ || !await_turn(stream_.events.size())) return;
  wait(context_.clock.cycles(kSettle));
}

void UnitReplay::play(std::size_t index) {
  const Event& event = stream_.events[index];
  if (event.kind == EventKind::kLmemRead || !await_turn(index)) return;
  last_stimulus_ = index;
  if (event.kind == EventKind::kPowerOff) {
    cim_->power_off();
    return;
  }
  prepare_job(index);
  access(index);
}

/// Waits for the recorded time, and for all that was recorded before. @return false: it did not
/// come
bool UnitReplay::await_turn(std::size_t index) {
  const bool last = index == stream_.events.size();
  if (!last && !timing_.fast) {
    const Event& event = stream_.events[index];
    const sc_core::sc_time turn = time_of(event.time_ps) + shift_;
    if (turn > sc_core::sc_time_stamp()) wait(turn - sc_core::sc_time_stamp());
    // At one time, what the kernel did before in the chip comes before here.
    while (turn == sc_core::sc_time_stamp() &&
           sc_core::sc_delta_count_at_current_time() < event.delta) {
      wait(sc_core::SC_ZERO_TIME);
    }
  }
  const sc_core::sc_time since = sc_core::sc_time_stamp();
  const sc_core::sc_time deadline = since + context_.clock.cycles(timing_.timeout_cycles) +
                                    (last || timing_.fast ? sc_core::SC_ZERO_TIME : shift_);
  std::size_t stuck = expectations_.first_pending();
  sc_core::sc_time limit = deadline;
  while (expectations_.pending_before(index)) {
    if (differs_) return false;
    if (expectations_.first_pending() != stuck) {  // the block goes on: it has time again
      stuck = expectations_.first_pending();
      limit = sc_core::sc_time_stamp() + context_.clock.cycles(timing_.timeout_cycles);
    }
    // A response that was recorded to take long may take as long.
    const sc_core::sc_time recorded = time_of(stream_.events[stuck].time_ps) + shift_;
    const sc_core::sc_time end =
        std::max(limit, recorded + context_.clock.cycles(timing_.timeout_cycles));
    if (sc_core::sc_time_stamp() >= end) {
      differ(stuck,
             expectations_.missing(stuck,
                                   "within " + std::to_string(timing_.timeout_cycles) + " cycles"),
             sc_core::SC_ZERO_TIME);
      return false;
    }
    wait(end - sc_core::sc_time_stamp(), progress_);
  }
  if (!last && !timing_.fast) {
    const sc_core::sc_time turn = time_of(stream_.events[index].time_ps);
    shift_ = std::max(shift_, sc_core::sc_time_stamp() - turn);
  }
  return !differs_;
}

/// Before a START: what its job reads, and waits for.
void UnitReplay::prepare_job(std::size_t index) {
  const Event& event = stream_.events[index];
  if (event.kind != EventKind::kRegister || !event.write || event.address != reg::cim::kCtrl) {
    return;
  }
  if (!event.job || !starts_job(stream_.unit, event)) return;
  layer_ = event.layer.value_or(peripherals::Perf::kNoLayer);
  for (const DrawChange& change : draws_) {
    if (change.job <= *event.job) context_.draws.image = change.image;
  }
  for (std::size_t i = index + 1; i < stream_.events.size(); ++i) {
    const Event& later = stream_.events[i];
    if (later.job != event.job) break;
    if (later.kind == EventKind::kLmemRead) lmem_.put(later);
    if (later.kind == EventKind::kLmemWrite) lmem_.set_write_wait(later);
  }
}

/// Whether what is read tells of time: it may differ where times may.
bool UnitReplay::is_time(const Event& event) const {
  if (timing_.exact || event.kind != EventKind::kRegister) return false;
  return unit_.kind == "dma" ? event.address == reg::dma::kMoved
                             : event.address == job_registers(stream_.unit).cycles;
}

/// The recorded unit was busy at a time at which this one has ended already.
bool UnitReplay::found_done_earlier(const Event& event, std::uint32_t found) const {
  return !timing_.exact && event.kind == EventKind::kRegister &&
         event.address == reg::cim::kStatus && reg::cim::status::kBusy.get(event.word()) != 0 &&
         reg::cim::status::kBusy.get(found) == 0;
}

void UnitReplay::access(std::size_t index) {
  const Event& event = stream_.events[index];
  std::vector<std::uint8_t> data = event.data;
  const bool window = event.kind == EventKind::kWeights;
  const std::uint64_t address = event.address + (window ? 0 : offset_of_block(unit_));
  const sc_core::sc_time begin = sc_core::sc_time_stamp();
  for (unsigned rested = 0;;) {
    sc_core::sc_time delay = timing_.fast ? sc_core::SC_ZERO_TIME : time_of(event.delay_ps);
    const auto bytes = static_cast<unsigned>(data.size());
    tlm::tlm_generic_payload& payload = event.write ? payload_.write(address, data.data(), bytes)
                                                    : payload_.read(address, data.data(), bytes);
    ++accesses_;
    note(index, delay);
    if (window) {
      (*weights_)->b_transport(payload, delay);
    } else {
      registers_->b_transport(payload, delay);
    }
    if (differs_ || compare(index, payload, data)) return;
    // A block with times of its own may come to the recorded value later.
    const bool again =
        busy() ? sc_core::sc_time_stamp() - begin < context_.clock.cycles(timing_.timeout_cycles)
               : ++rested < kAtRest;
    if (timing_.exact || event.write || !again) break;
    wait(context_.clock.cycles(1));
  }
  const std::string name = register_name(stream_.unit, event.address);
  Mismatch mismatch;
  mismatch.where = window ? "weight window at " + address_text(event.address)
                          : "register " + (name.empty() ? address_text(event.address) : name);
  const Response found = payload_.payload().is_response_ok() ? Response::kOk : Response::kError;
  if ((event.response == Response::kOk) != (found == Response::kOk)) {
    mismatch.where += ", response to the " + std::string(event.write ? "write" : "read");
    mismatch.expected = to_string(event.response);
    mismatch.found = base::response_name(payload_.payload().get_response_status());
  } else if (data.size() == 4) {
    Event read;
    read.data = data;
    mismatch.expected = cosim::hex(event.word());
    mismatch.found = cosim::hex(read.word());
  } else {
    const auto [expected, other] =
        std::mismatch(event.data.begin(), event.data.end(), data.begin());
    mismatch.where += ", byte " + std::to_string(expected - event.data.begin());
    mismatch.expected = byte_text(*expected);
    mismatch.found = byte_text(*other);
  }
  differ(index, mismatch, timing_.fast ? sc_core::SC_ZERO_TIME : time_of(event.delay_ps));
}

bool UnitReplay::compare(std::size_t index, const tlm::tlm_generic_payload& payload,
                         std::vector<std::uint8_t>& data) {
  const Event& event = stream_.events[index];
  if ((event.response == Response::kOk) != payload.is_response_ok()) return false;
  if (event.write || event.response != Response::kOk || data == event.data || is_time(event)) {
    return true;
  }
  Event read;
  read.data = data;
  return found_done_earlier(event, read.word());
}

void UnitReplay::note(std::size_t index, const sc_core::sc_time& delay) {
  Event& event = found_.events[index];
  event.time_ps = sc_core::sc_time_stamp().value();
  event.delay_ps = delay.value();
  event.cycle = context_.clock.cycles_at(sc_core::sc_time_stamp() + delay);
}

void UnitReplay::on_bus(int channel, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (differs_) return;
  if (static_cast<unsigned>(channel) != unit_.number) {
    differ(last_stimulus_,
           {"bus access of channel " + std::to_string(channel) + " at " +
                address_text(payload.get_address()),
            "none", "it"},
           delay);
    return;
  }
  const Expectations::Answer answer = expectations_.access(
      payload.is_write(), payload.get_address(), payload.get_data_ptr(), payload.get_data_length());
  // Of an RTL master the data began to pass before the call; times are those of the first beat.
  const std::uint64_t first = payload.get_address() / beat_bytes_;
  const std::uint64_t last = (payload.get_address() + payload.get_data_length() - 1) / beat_bytes_;
  const sc_core::sc_time begun =
      context_.clock.cycles(base::count_begun(payload, last - first + 1));
  for (const std::size_t event : answer.events) {
    note(event, delay);
    found_.events[event].time_ps -= begun.value();
  }
  if (answer.mismatch) {
    differ(expectations_.first_pending(), *answer.mismatch, delay);
    return;
  }
  payload.set_response_status(status_of(answer.response));
  delay += std::max(time_of(answer.latency_ps), begun) - begun;
  progress_.notify(sc_core::SC_ZERO_TIME);
}

void UnitReplay::on_written(std::uint64_t address, const std::uint8_t* data, std::size_t bytes) {
  if (differs_) return;
  const auto mismatch = expectations_.written(address, data, bytes);
  for (const std::size_t event : expectations_.take_completed()) {
    note(event, sc_core::SC_ZERO_TIME);
  }
  if (mismatch) {
    differ(expectations_.first_pending(), *mismatch, sc_core::SC_ZERO_TIME);
    return;
  }
  progress_.notify(sc_core::SC_ZERO_TIME);
}

void UnitReplay::on_interrupt() {
  if (differs_) return;
  const bool level = lines_.front()->read();
  const std::optional<std::size_t> next = expectations_.next_interrupt();
  if (next) note(*next, sc_core::SC_ZERO_TIME);
  if (const auto mismatch = expectations_.interrupt(level)) {
    differ(next.value_or(expectations_.first_pending()), *mismatch, sc_core::SC_ZERO_TIME);
    return;
  }
  progress_.notify(sc_core::SC_ZERO_TIME);
}

void UnitReplay::differ(std::size_t index, const Mismatch& mismatch,
                        const sc_core::sc_time& delay) {
  if (differs_) return;
  differs_ = true;
  const sc_core::sc_time when = sc_core::sc_time_stamp() + delay;
  const Event* event = nullptr;
  if (!stream_.events.empty()) {
    event = &stream_.events[std::min(index, stream_.events.size() - 1)];
  }
  cosim::Difference difference;
  difference.time_ps = when.value();
  difference.cycle = context_.clock.cycles_at(when);
  difference.unit = stream_.unit;
  if (event != nullptr) {
    difference.layer = event->layer;
    difference.job = event->job;
  }
  difference.where = mismatch.where;
  difference.expected = mismatch.expected;
  difference.found = mismatch.found;
  told_(std::move(difference));
  progress_.notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_stop();
}

}  // namespace leyden::vectors
