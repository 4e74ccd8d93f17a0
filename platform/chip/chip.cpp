#include "platform/chip/chip.h"

#include <algorithm>
#include <limits>

#include "models/base/timing_mode.h"
#include "platform/chip/chip_parameters.h"
#include "platform/chip/chip_parts.h"
#include "platform/chip/network_image.h"
#include "registers/memory_map.h"

namespace leyden::chip {
namespace {

sc_core::sc_time capped(std::uint64_t cycles, const base::Clock& clock) {
  const std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t period = clock.period().value();
  return sc_core::sc_time::from_value(cycles >= most / period ? most : cycles * period);
}

}  // namespace

Chip::Chip(const ChipDescription& description, const ChipOptions& options, Log& log) {
  check_system(description.parameters);
  // The kernel's notes ("simulation stopped by user") are no output of ours.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
  parts_ = std::make_unique<Parts>(description, options, log);
}

Chip::~Chip() = default;

void Chip::load_program(const std::string& path) {
  Parts& parts = *parts_;
  parts.program = ElfProgram::read(path);
  // Our linker script's symbol: the stack lies at the end of the SRAM it was told.
  const std::uint64_t sram_end = registers::kSramBase + parts.sram.size();
  if (const auto needed = parts.program.find("__sram_end"); needed && *needed > sram_end) {
    throw base::UsageError(path + " was linked for an SRAM of " +
                           std::to_string(*needed - registers::kSramBase) +
                           " bytes, but the chip's has " + std::to_string(parts.sram.size()) +
                           "; raise sram.bytes, or link it with a smaller __sram_bytes.");
  }
  parts.program.load(parts.memories(),
                     [&](std::uint32_t address, const std::uint8_t* data, std::size_t size) {
                       parts.debug.write(address, data, static_cast<unsigned>(size));
                     });
  parts.core.set_reset_vector(parts.program.entry());
  parts.attach_htif(path);
}

void Chip::load_image(const std::vector<std::uint8_t>& image) {
  Parts& parts = *parts_;
  parts.image = check_network_image(image, "given");
  if (parts.faults) {
    std::vector<std::string> names;
    for (const ImageLayer& layer : parts.image.layers) names.push_back(layer.name);
    parts.faults->set_layers(names);
  }
  const std::uint64_t whole = image.size() + std::uint64_t{parts.image.scratch_bytes};
  if (whole > parts.off_chip.size()) {
    throw base::UsageError(
        "The network image has " + std::to_string(image.size()) + " bytes" +
        (parts.image.scratch_bytes == 0
             ? std::string()
             : " and takes " + std::to_string(parts.image.scratch_bytes) + " more for tensors") +
        ", but off-chip memory has " + std::to_string(parts.off_chip.size()) +
        "; raise off_chip.bytes.");
  }
  parts.off_chip.host_write(0, image.data(), image.size());
  parts.image_bytes = image.size();
  parts.sysctl.set_image(static_cast<std::uint32_t>(registers::kOffChipBase),
                         static_cast<std::uint32_t>(whole));
}

RunEnd Chip::run(std::uint64_t max_cycles) {
  Parts& parts = *parts_;
  parts.core.set_cycle_limit(max_cycles);
  // From time 0 on, and at the clock of then.
  const base::Clock nominal(parts.description.parameters.real("system.clock_mhz") * 1e6);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time end = std::max(capped(max_cycles, nominal), now);
  parts.simulate(end - now);
  if (parts.ended) return parts.reason;
  if (!sc_core::sc_pending_activity() && parts.core.sleeping()) {
    return {base::ExitStatus::kFirmware,
            "The firmware never finished: the core sleeps and nothing is pending that would wake "
            "it, " +
                parts.location() + ".",
            true};
  }
  parts.pass_until(end);
  parts.end_after_look({base::ExitStatus::kLimit, "The limit of " + std::to_string(max_cycles) +
                                                      " cycles was reached, " + parts.location() +
                                                      "." + parts.storm()});
  return parts.reason;
}

RunEnd Chip::serve(ImageService& service, std::uint64_t max_cycles) {
  Parts& parts = *parts_;
  if (service.wants_layers()) {
    parts.recorder.set_layer_hook([&](std::uint32_t number) {
      if (number >= parts.image.layers.size()) return;
      const ImageLayer& layer = parts.image.layers[number];
      std::vector<std::uint8_t> output(layer.bytes);
      parts.debug.read(parts.address_of(layer), output.data(), layer.bytes);
      service.layer(number, output);
    });
  }
  parts.host.serve(service, max_cycles,
                   {parts.image_bytes + parts.image.scratch_bytes, parts.image.output_bytes,
                    parts.options.faults ? parts.options.faults->limit_cycles : 0});
  parts.simulate(capped(std::numeric_limits<std::uint64_t>::max(), parts.clock));
  if (parts.ended && parts.reason.status == base::ExitStatus::kGood && !parts.mailbox.closed()) {
    return {base::ExitStatus::kFirmware,
            "The firmware told success to the finisher before all images were done; it must serve "
            "the mailbox until that is closed, as infer does."};
  }
  if (parts.ended) return parts.reason;
  return {base::ExitStatus::kFirmware,
          "The firmware never finished: the core sleeps and nothing is pending that would wake it.",
          true};
}

const LayerUsage& Chip::usage() const { return parts_->recorder.usage(); }

FaultLog Chip::fault_log() const { return parts_->faults ? parts_->faults->log() : FaultLog(); }

const ImageTimes& Chip::times() const { return parts_->host.times(); }

EventTable Chip::events() const {
  EventTable events;
  events.kinds = parts_->ledger.kinds();
  for (const auto& point : operating_points(parts_->description.parameters)) {
    events.point_scales.push_back(point.energy_scale);
  }
  return events;
}

std::uint64_t Chip::cycles() const { return parts_->core.cycles(); }

std::uint64_t Chip::instructions() const { return parts_->core.instructions(); }

double Chip::seconds() const { return sc_core::sc_time_stamp().to_seconds(); }

std::vector<std::uint32_t> Chip::signature() const {
  const auto begin = parts_->program.find("begin_signature");
  const auto end = parts_->program.find("end_signature");
  if (!begin || !end || *end < *begin) {
    throw base::UsageError(
        "The program has no symbols begin_signature and end_signature around its signature.");
  }
  std::vector<std::uint32_t> words((*end - *begin) / 4);
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = parts_->debug.word(*begin + 4 * i);
  }
  return words;
}

void Chip::end_run(const RunEnd& end) { parts_->end(end); }

bool Chip::is_memory(std::uint64_t address, std::uint64_t bytes) const {
  return parts_->is_memory(address, bytes);
}

void Chip::require_memory(std::uint64_t address, std::uint64_t bytes,
                          const std::string& what) const {
  parts_->require_memory(address, bytes, what);
}

std::uint64_t Chip::sram_bytes() const { return parts_->sram.size(); }

std::string Chip::location() const { return parts_->location(); }
std::string Chip::storm() const { return parts_->storm(); }

cpu::Core& Chip::core() { return parts_->core; }

DebugPort& Chip::host_port() { return parts_->debug; }

const ElfProgram& Chip::program() const { return parts_->program; }

const base::EnergyLedger& Chip::ledger() const { return parts_->ledger; }
const std::vector<AddressRange>& Chip::memory_map() const { return parts_->ranges; }

std::optional<std::uint32_t> Chip::layer() const {
  const std::uint32_t layer = parts_->perf.layer();
  if (layer == peripherals::Perf::kNoLayer) return std::nullopt;
  return layer;
}

std::vector<double> Chip::energy_fj() {
  Parts& parts = *parts_;
  parts.core.flush_statistics();
  parts.recorder.account_leakage(parts.clock.cycles_at(sc_core::sc_time_stamp()));
  return parts.ledger.energy_fj(parts.ledger.snapshot());
}

void Chip::set_activity_observer(base::ActivityObserver* observer) {
  parts_->activity.set_observer(observer);
  parts_->recorder.tell_clock();
}

void Chip::set_transaction_observer(base::TransactionObserver* observer) {
  if (observer != nullptr && base::approximately_timed(parts_->description.parameters)) {
    throw base::UsageError(
        "system.timing is approximate, where nobody looks at the data on the bus; recordings and "
        "functional coverage need loose");
  }
  parts_->interconnect.set_transaction_observer(observer);
  parts_->lmem.set_transaction_observer(observer);
}

base::DrawPosition Chip::draws() const { return parts_->context.draws; }

void Chip::finish_trace() { parts_->recorder.close_trace(trace_cycle()); }

std::uint64_t Chip::trace_cycle() const {
  return parts_->clock.cycles_at(sc_core::sc_time_stamp());
}

std::vector<std::string> Chip::layer_names() const {
  std::vector<std::string> names;
  for (const ImageLayer& layer : parts_->image.layers) names.push_back(layer.name);
  return names;
}

std::vector<std::string> Chip::bus_masters() const {
  std::vector<std::string> names;
  for (const auto& master : parts_->interconnect.statistics()) names.push_back(master.name);
  return names;
}

unsigned Chip::macros() const { return parts_->macros; }

unsigned Chip::dma_channels() const { return static_cast<unsigned>(parts_->dma->channel_count()); }

void Chip::withdraw_direct_access() { parts_->core.watch_direct(); }

void Chip::set_debugger(Debugger* debugger) {
  parts_->debugger = debugger;
  parts_->core.set_debug_agent(debugger);
}

void Chip::end(const RunEnd& reason) { parts_->end(reason); }

}  // namespace leyden::chip
