#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/base/context.h"
#include "models/base/register_block.h"
#include "models/cim/cim_block.h"
#include "models/cim/job_words.h"
#include "models/cim/macro.h"
#include "models/cim/weight_window.h"
#include "platform/cosim/gated_clock.h"
#include "platform/cosim/pins.h"
#include "platform/cosim/rtl_cim_lmem.h"
#include "platform/cosim/rtl_cim_macro.h"
#include "platform/cosim/rtl_cim_span.h"
#include "platform/cosim/tlm_to_apb.h"

class Vleyden_cim_block;

namespace leyden::cosim {

/// The controller of tests/rtl/cim in the chip: the module that Verilator makes of it, its
/// registers behind an APB adapter, its LMEM ports at the banks, cim::Macro behind its macro port.
/// The weight window is the TLM model's. The clock runs while a register is accessed or a job runs.
/// Claims, energy and activity are as cim::CimUnit has them, counted by what the pins show; outputs
/// appear in LMEM as they are written. Debug reads of registers are answered from a shadow; debug
/// writes are refused, and so is saving. docs/cosim-cim.md tells the rest.
class RtlCim : public sc_core::sc_module, public cim::CimBlock {
 public:
  static constexpr unsigned kLines = 1152;  ///< word lines of a page that the RTL has

  struct Options {
    std::uint64_t lmem_bytes = 0;  ///< 0: two banks of lmem.bank_bytes
    /// Cycles without any progress of a job after which it is taken for hung.
    std::uint64_t hang_cycles = 100'000;
  };

  /// @throws base::UsageError: a macro or port that the RTL is not made for
  RtlCim(sc_core::sc_module_name name, base::Context& context, unsigned instance,
         const Options& options);
  RtlCim(const sc_core::sc_module_name& name, base::Context& context, unsigned instance)
      : RtlCim(name, context, instance, Options{}) {}
  ~RtlCim() override;

  tlm::tlm_target_socket<base::kBusBits>& register_socket() override { return registers_.socket; }
  tlm::tlm_target_socket<base::kBusBits>& weight_socket() override { return weights_; }
  sc_core::sc_port<memory::LmemPortIf>& lmem_port() override { return lmem_port_; }
  sc_core::sc_out<bool>& interrupt() override { return irq_; }
  void set_layer_source(std::function<std::uint32_t()> source) override {
    layer_ = std::move(source);
  }
  void set_place_source(const base::LayerSource& source) override { place_ = source; }
  void power_off() override;
  bool busy() const override { return shadow_busy(); }
  const sc_core::sc_event* status_changed() const override { return &shadow_changed_; }
  void visit_pins(const base::PinVisitor& visit) const override;
  void archive(base::Archive& a) override;

  const cim::MacroParameters& macro_parameters() const { return macro_.parameters(); }
  const cim::JobCounts& totals() const { return totals_; }  ///< of the jobs done
  std::uint64_t jobs() const { return jobs_; }
  /// For tests of what goes wrong.
  CimLmemSide& lmem_side() { return lmem_; }
  CimMacroSide& macro_side() { return port_; }

 private:
  void weights_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned weights_debug(tlm::tlm_generic_payload& payload);
  unsigned debug_access(tlm::tlm_generic_payload& payload);

  void make_rtl();
  void configure();
  void bind_pins();
  void on_edge();       // SC_METHOD
  void on_status();     // SC_METHOD: what the registers show has changed
  void on_interrupt();  // SC_METHOD
  void follow_access();
  bool shadow_busy() const;
  cim::DecodedJob decoded() const;
  cim::JobError expected_error(const cim::DecodedJob& decoded);
  void check_job();
  void begin_job();
  void end_job();
  void watch(const CimMacroSide::Cycle& macro, const CimLmemSide::Cycle& lmem);
  [[noreturn]] void differ(const std::string& where, std::uint64_t expected, std::uint64_t found,
                           bool decimal = false) const;

  base::Context& context_;
  const Options options_;
  cim::Macro macro_;
  cim::MacroEvents events_;
  cim::WeightWindow window_;
  base::RegisterBlock shadow_;
  tlm_utils::simple_target_socket<RtlCim, base::kBusBits> weights_{"weights"};
  sc_core::sc_port<memory::LmemPortIf> lmem_port_{"lmem"};
  sc_core::sc_out<bool> irq_{"irq"};
  std::function<std::uint32_t()> layer_;
  base::LayerSource place_;
  sc_core::sc_event shadow_changed_;

  GatedClock clock_;
  ApbPins apb_;
  struct ConfigPins;
  std::shared_ptr<ConfigPins> config_;  // shared: it is complete in rtl_cim_pins.cpp alone
  PinSignal<1> irq_pin_{"irq_pin"};
  PinSignal<3> status_{"obs_status"};
  PinSignal<4> error_code_{"obs_error_code"};
  PinSignal<32> cycles_pin_{"obs_job_cycles"};
  PinSignal<1> fed_{"obs_fed"};
  PinSignal<1> row_ready_{"obs_row_ready"};
  TlmToApb registers_;
  CimLmemSide lmem_;
  CimMacroSide port_;
  std::unique_ptr<Vleyden_cim_block> rtl_;

  // The job under way.
  cim::DecodedJob job_;
  cim::JobError expected_ = cim::JobError::kNone;
  bool starting_ = false;  ///< started, neither refused nor run yet
  bool running_ = false;
  memory::Region input_;
  memory::Region output_;
  memory::ClaimId input_claim_ = 0;
  memory::ClaimId output_claim_ = 0;
  std::uint64_t first_cycle_ = 0;  ///< of the chip's clock
  std::uint64_t idle_cycles_ = 0;  ///< since something happened
  CimJobWatch watch_;
  std::uint64_t jobs_ = 0;
  cim::JobCounts totals_;
};

}  // namespace leyden::cosim
