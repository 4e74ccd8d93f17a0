#include "platform/cosim/rtl_cim.h"

#include "models/base/error.h"
#include "models/cim/unit_common.h"
#include "platform/cosim/difference.h"
#include "registers/cim.h"
#include "registers/memory_map.h"

#include <Vleyden_cim_block.h>
#include <Vleyden_cim_block__Dpi.h>

/// The RTL's word lines after a launch. @param model  the CimMacroSide
void leyden_cim_word_lines(unsigned long long model, const svBitVecVal* lines) {
  auto* macro = reinterpret_cast<leyden::cosim::CimMacroSide*>(model);
  macro->word_lines(reinterpret_cast<const std::uint8_t*>(lines));
}

namespace leyden::cosim {
namespace {

namespace reg = registers::cim;

constexpr unsigned kPortBytes = 16;

AdapterOptions adapter_options(const char* name) {
  AdapterOptions options;
  options.block = name;
  return options;
}

void require_lines(const cim::MacroParameters& macro, const std::string& name) {
  if (macro.page_rows() > RtlCim::kLines) {
    throw base::UsageError(name + ": cim.impl rtl has word lines for a page of " +
                           std::to_string(RtlCim::kLines) + " rows, but cim.rows is " +
                           std::to_string(macro.rows) + " in " + std::to_string(macro.cells.pages) +
                           " pages; use cim.impl tlm");
  }
  if (macro.port_bytes != kPortBytes) {
    throw base::UsageError(
        name +
        ": cim.impl rtl has LMEM ports of 16 bytes, but cim.feeder.bytes_per_cycle "
        "is " +
        std::to_string(macro.port_bytes) + "; use cim.impl tlm");
  }
}

}  // namespace

RtlCim::RtlCim(sc_core::sc_module_name name, base::Context& context, unsigned instance,
               const Options& options)
    : sc_module(name),
      context_(context),
      options_(options),
      macro_(cim::read_macro_parameters(context.parameters), instance),
      events_(context.ledger, macro_.parameters(), &context.parameters, this->name()),
      window_(context, macro_, events_, this->name(),
              registers::kCimWeightsBase + instance * registers::kCimWeightsSize),
      shadow_(this->name(), reg::table(), reg::kBase + instance * reg::kSize, context.diagnostics),
      clock_("clock", context.clock),
      registers_("registers", apb_, clock_, adapter_options(this->name())),
      lmem_(this->name()),
      port_([this](const CimMacroSide::WrongLine& wrong) {
        differ("element " + std::to_string(wrong.element) + " of the window of position " +
                   std::to_string(wrong.position) + " (word line " + std::to_string(wrong.line) +
                   ")",
               wrong.expected, wrong.found);
      }) {
  require_lines(macro_.parameters(), this->name());
  make_rtl();
  weights_.register_b_transport(this, &RtlCim::weights_transport);
  weights_.register_transport_dbg(this, &RtlCim::weights_debug);
  registers_.set_debug_access(
      [this](tlm::tlm_generic_payload& payload) { return debug_access(payload); });
  SC_HAS_PROCESS(RtlCim);
  SC_METHOD(on_edge);
  sensitive << clock_.clk.posedge_event();
  dont_initialize();
  SC_METHOD(on_status);
  sensitive << status_ << error_code_ << cycles_pin_;
  dont_initialize();
  SC_METHOD(on_interrupt);
  sensitive << irq_pin_;
}

void RtlCim::weights_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  window_.transport(payload, delay, running_ ? &job_.job : nullptr);
}

unsigned RtlCim::weights_debug(tlm::tlm_generic_payload& payload) {
  return window_.transport_debug(payload);
}

unsigned RtlCim::debug_access(tlm::tlm_generic_payload& payload) {
  return payload.is_read() ? shadow_.transport_debug(payload) : 0;
}

void RtlCim::power_off() {
  if (busy()) {
    throw base::ModelError(std::string(name()) +
                           " lost its power while a job runs: firmware must wait for DONE first");
  }
  macro_.array().power_off();
}

void RtlCim::archive(base::Archive& a) {
  a.refuse("a chip with cim.impl = rtl cannot be saved; use tlm");
}

bool RtlCim::shadow_busy() const {
  return reg::status::kBusy.get(status_.read()) != 0 || starting_ || running_;
}

cim::DecodedJob RtlCim::decoded() const {
  cim::JobWords words;
  for (unsigned i = 0; i < reg::kJobWords; ++i) words[i] = shadow_.peek(reg::kJobFirst + 4 * i);
  return cim::decode_job(words);
}

void RtlCim::differ(const std::string& where, std::uint64_t expected, std::uint64_t found,
                    bool decimal) const {
  Difference difference;
  difference.time_ps = sc_core::sc_time_stamp().value();
  difference.cycle = context_.clock.cycles_at(sc_core::sc_time_stamp());
  if (place_) {
    const base::LayerPlace place = place_();
    difference.layer = place.number;
    difference.layer_name = place.name;
  } else if (layer_) {
    difference.layer = layer_();
  }
  difference.job = jobs_;
  difference.unit = name();
  difference.where = where;
  difference.expected = decimal ? std::to_string(expected) : hex(expected);
  difference.found = decimal ? std::to_string(found) : hex(found);
  throw base::ModelError(difference.sentence());
}

/// Repeats an access that is being answered on the shadow of the registers.
void RtlCim::follow_access() {
  if (!apb_.psel.read() || !apb_.penable.read() || !apb_.pready.read()) return;
  std::uint32_t word = apb_.pwdata.read();
  std::uint32_t lane = 0;
  unsigned length = 4;
  if (apb_.pwrite.read()) {
    const std::uint32_t strobes = apb_.pstrb.read();
    if (strobes == 0) return;
    length = 0;
    while ((strobes >> lane & 1) == 0) ++lane;
    while (lane + length < 4 && (strobes >> (lane + length) & 1) != 0) ++length;
    word >>= 8 * lane;
  }
  const std::uint32_t offset = apb_.paddr.read();
  tlm::tlm_generic_payload payload;
  payload.set_command(apb_.pwrite.read() ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(offset + lane);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
  payload.set_data_length(length);
  payload.set_streaming_width(length);
  const bool starts = apb_.pwrite.read() && offset == reg::kCtrl && lane == 0 &&
                      reg::ctrl::kStart.get(word) != 0 && !shadow_busy();
  shadow_.transport(payload);
  if (starts) {
    starting_ = true;
    job_ = decoded();
    first_cycle_ = context_.clock.cycles_at(sc_core::sc_time_stamp());
    idle_cycles_ = 0;
  }
}

cim::JobError RtlCim::expected_error(const cim::DecodedJob& decoded) {
  const cim::JobError error = cim::validate(decoded.job, macro_.parameters());
  if (error != cim::JobError::kNone) return error;
  if (lmem_port_->data(cim::input_region(decoded)) == nullptr ||
      lmem_port_->data(cim::output_region(decoded)) == nullptr) {
    return cim::JobError::kOutsideLmem;
  }
  if (!macro_.array().written(decoded.job, macro_.parameters())) return cim::JobError::kNotWritten;
  if (!macro_.array().gains_positive(decoded.job, macro_.parameters())) return cim::JobError::kAbn;
  return cim::JobError::kNone;
}

void RtlCim::check_job() {
  expected_ = expected_error(job_);
  const bool valid = cim::validate(job_.job, macro_.parameters()) == cim::JobError::kNone;
  if (expected_ == cim::JobError::kNotWritten) {
    context_.diagnostics.report(base::Severity::kWarning, name(),
                                cim::not_written_sentence(job_.job, macro_.parameters()),
                                window_.base());
  }
  port_.answer(expected_ == cim::JobError::kNotWritten, valid && expected_ == cim::JobError::kAbn);
}

void RtlCim::begin_job() {
  starting_ = false;
  if (expected_ != cim::JobError::kNone) {
    differ("ERROR_CODE of a job that should be refused, but runs",
           static_cast<std::uint32_t>(expected_), 0, true);
  }
  running_ = true;
  input_ = cim::input_region(job_);
  output_ = cim::output_region(job_);
  input_claim_ = lmem_port_->claim(name(), memory::ClaimMode::kRead, input_);
  output_claim_ = lmem_port_->claim(name(), memory::ClaimMode::kWrite, output_);
  port_.begin(macro_, job_.job, lmem_port_->data(input_), input_.end() - input_.address,
              context_.fidelity, {context_.draws, layer_ ? layer_() : 0},
              context_.clock.frequency_hz());
  std::uint32_t expected = 0;
  std::uint32_t found = 0;
  const std::string field = port_.wrong_field(expected, found);
  if (!field.empty()) differ("pin " + field, expected, found);
  lmem_.begin(*lmem_port_.operator->(), input_, output_);
  const cim::JobTiming& timing = port_.timing();
  watch_.begin(job_.job.positions(), timing.mvm_cycles >= timing.convert_cycles,
               macro_.parameters().pipelined);
}

void RtlCim::watch(const CimMacroSide::Cycle& macro, const CimLmemSide::Cycle& lmem) {
  const bool progress = lmem.read || lmem.written || macro.launch || macro.array_start ||
                        macro.array_done || macro.conv_start || macro.conv_done || macro.res_load;
  idle_cycles_ = progress ? 0 : idle_cycles_ + 1;
  if (idle_cycles_ < options_.hang_cycles) return;
  std::string why = port_.waits_for();
  if (starting_) {
    why = "the macro has not told whether the job's weights were written";
  } else if (lmem_.pins.r_req.read() && !lmem_.pins.r_gnt.read()) {
    why = "LMEM has not granted a read of " + hex(lmem_.pins.r_addr.read());
  } else if (lmem_.pins.w_req.read() && !lmem_.pins.w_gnt.read()) {
    why = "LMEM has not granted a write of " + hex(lmem_.pins.w_addr.read());
  } else if (why.empty()) {
    why = "none of its ports waits for an answer";
  }
  throw base::ModelError(
      std::string(name()) + ": the RTL has made no progress with the job of tile " +
      std::to_string(job_.job.tile) + " within " + std::to_string(options_.hang_cycles) +
      " cycles: " + why + " (seen at " + sc_core::sc_time_stamp().to_string() + ")");
}

void RtlCim::on_edge() {
  if (clock_.in_reset()) return;
  follow_access();
  const CimMacroSide::Cycle macro = port_.on_edge();
  if (starting_ && port_.pins.check.read()) check_job();
  if (starting_ && port_.pins.run.read()) begin_job();
  if (!running_ && !starting_) return;
  CimLmemSide::Cycle lmem;
  if (running_) {
    lmem = lmem_.on_edge();
    const std::uint64_t ended = context_.clock.cycles_at(sc_core::sc_time_stamp()) - first_cycle_;
    watch_.add(ended - 1, macro, lmem, row_ready_.read());
    if (input_claim_ != 0 && fed_.read()) {
      lmem_port_->release(input_claim_);
      input_claim_ = 0;
      watch_.fed(ended - 1);
    }
  }
  watch(macro, lmem);
}

void RtlCim::on_status() {
  const std::uint32_t status = status_.read();
  shadow_.poke(reg::kStatus, status);
  shadow_.poke(reg::kErrorCode, error_code_.read());
  shadow_.poke(reg::kJobCycles, cycles_pin_.read());
  shadow_changed_.notify(sc_core::SC_ZERO_TIME);
  if (reg::status::kBusy.get(status) != 0) {
    clock_.run("job");
    return;
  }
  if (running_) end_job();
  if (starting_ && reg::status::kError.get(status) != 0) {
    starting_ = false;
    if (error_code_.read() != static_cast<std::uint32_t>(expected_)) {
      differ("register ERROR_CODE", static_cast<std::uint32_t>(expected_), error_code_.read());
    }
  }
  clock_.release("job");
}

void RtlCim::end_job() {
  running_ = false;
  lmem_.end();
  lmem_port_->mark_written(output_);
  if (input_claim_ != 0) lmem_port_->release(input_claim_);
  input_claim_ = 0;
  lmem_port_->release(output_claim_);

  // Energy by what the pins have shown.
  cim::JobCounts counts = port_.counts();
  counts.feed_bytes = lmem_.read_bytes();
  counts.write_bytes = lmem_.write_bytes();
  base::ActivityObserver* observer = context_.activity.observer();
  if (observer != nullptr) observer->charging();
  events_.count_macro(job_.job, counts);
  events_.count_transport(counts);
  totals_ += counts;
  base::JobSpan span =
      watch_.end(context_.clock.cycles_at(sc_core::sc_time_stamp()) - first_cycle_);
  span.macro = macro_.instance();
  span.tile = job_.job.tile;
  span.start = first_cycle_;
  context_.activity.record_job(first_cycle_, span.split);
  if (observer != nullptr) observer->job(span);
  ++jobs_;
}

void RtlCim::on_interrupt() { irq_.write(irq_pin_.read()); }

}  // namespace leyden::cosim
