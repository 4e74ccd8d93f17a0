#include "platform/cosim/rtl_dma_channel.h"

#include "models/base/activity_observer.h"
#include "registers/dma.h"
#include "registers/memory_map.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::dma;

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

AdapterOptions adapter_options() {
  AdapterOptions options;
  options.block = "dma";
  return options;
}

MasterOptions master_options(const char* name, unsigned number, const PinSignal<13>& wanted) {
  MasterOptions options;
  options.initiator = name;
  options.order = number;
  options.wanted_bytes = [&wanted](std::uint64_t, unsigned) { return wanted.read(); };
  return options;
}

}  // namespace

RtlDma::Channel::Channel(const sc_core::sc_module_name& name, base::Context& context,
                         GatedClock& clock, unsigned number)
    : sc_module(name),
      axi("m_axi" + std::to_string(number) + "_"),
      aruser(("m_axi" + std::to_string(number) + "_aruser").c_str()),
      bus("bus", axi, clock, adapter_options(), master_options(this->name(), number, aruser)),
      context_(context),
      clock_(clock),
      number_(number),
      byte_event_(declare_byte(context, this->name())),
      shadow_(this->name(), reg::table(), reg::kBase + number * reg::kBlockStride,
              context.diagnostics) {}

bool RtlDma::Channel::busy() const { return reg::status::kBusy.get(status.read()) != 0; }

void RtlDma::Channel::on_edge() {
  const std::uint64_t now = context_.clock.cycles_at(sc_core::sc_time_stamp());
  if (job.read()) {
    end_job();
    job_known_ = true;
    job_start_ = recorded_to_;
    job_source_ = source.read();
    job_destination_ = destination.read();
    job_moved_ = moved.read();
  }
  const bool weights = in_weight_window(destination.read());
  if (burst.read()) {
    if (base::ActivityObserver* observer = context_.activity.observer()) {
      observer->burst(number_, source.read(), destination.read(), weights, left.read(), now);
    }
  }
  if (burst_done.read()) {
    context_.ledger.count(byte_event_, bytes.read());
    context_.activity.record(weights ? base::Cause::kWeightLoad : base::Cause::kDma, recorded_to_,
                             now);
    recorded_to_ = now;
  }
}

void RtlDma::Channel::on_status() {
  if (busy() == was_busy_) return;
  was_busy_ = busy();
  const std::uint64_t now = context_.clock.cycles_at(sc_core::sc_time_stamp());
  if (busy()) {
    recorded_to_ = now;
    clock_.run(name());
  } else {
    end_job();
    clock_.release(name());
  }
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->dma_busy(number_, busy(), now);
  }
}

/// Tells of the job that has ended, if it moved something.
void RtlDma::Channel::end_job() {
  if (!job_known_) return;
  job_known_ = false;
  base::ActivityObserver* observer = context_.activity.observer();
  if (observer == nullptr || recorded_to_ <= job_start_) return;
  observer->transfer({number_, job_source_, job_destination_, moved.read() - job_moved_,
                      in_weight_window(job_destination_), job_start_, recorded_to_});
}

void RtlDma::Channel::copy_registers() {
  shadow_.poke(reg::kStatus, status.read());
  shadow_.poke(reg::kErrorCode, error_code.read());
  shadow_.poke(reg::kErrorAddr, error_addr.read());
  shadow_.poke(reg::kMoved, moved.read());
}

void RtlDma::Channel::follow_access(tlm::tlm_generic_payload& payload) {
  copy_registers();
  shadow_.transport(payload);
}

unsigned RtlDma::Channel::debug_access(tlm::tlm_generic_payload& payload) {
  copy_registers();
  return payload.is_read() ? shadow_.transport_debug(payload) : 0;
}

}  // namespace leyden::cosim
