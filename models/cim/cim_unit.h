#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "models/base/context.h"
#include "models/base/register_block.h"
#include "models/base/tlm_helpers.h"
#include "models/cim/cim_block.h"
#include "models/cim/job_words.h"
#include "models/cim/macro.h"
#include "models/cim/stepped_job.h"
#include "models/cim/timing.h"
#include "models/cim/weight_window.h"
#include "models/memory/lmem_port.h"

namespace leyden::cim {

/// CIM unit: weight window, feeder, macro, output writer. Registers and weight window:
/// configs/registers/cim.yaml. The values of a job are computed when it starts; they appear in LMEM
/// when it is done. docs/models/cim.md tells the rest.
class CimUnit : public sc_core::sc_module, public CimBlock {
 public:
  /// Keys below the scope "cim".
  static std::vector<base::ParameterSpec> parameters();

  tlm_utils::simple_target_socket<CimUnit, base::kBusBits> registers{"registers"};
  tlm_utils::simple_target_socket<CimUnit, base::kBusBits> weights{"weights"};
  sc_core::sc_port<memory::LmemPortIf> lmem{"lmem"};
  sc_core::sc_out<bool> irq{"irq"};  ///< level: IRQ_ENABLE & (DONE | ERROR)

  /// Who says when a job ends.
  enum class JobEnd {
    kByTime,  ///< job_timing()
    kByCall,  ///< end_job(): of a unit that follows another one
  };

  SC_HAS_PROCESS(CimUnit);
  /// @param instance  number of the macro on the chip
  CimUnit(sc_core::sc_module_name name, base::Context& context, unsigned instance,
          JobEnd job_end = JobEnd::kByTime);

  tlm::tlm_target_socket<base::kBusBits>& register_socket() override { return registers; }
  tlm::tlm_target_socket<base::kBusBits>& weight_socket() override { return weights; }
  sc_core::sc_port<memory::LmemPortIf>& lmem_port() override { return lmem; }
  sc_core::sc_out<bool>& interrupt() override { return irq; }
  void set_layer_source(std::function<std::uint32_t()> source) override {
    layer_ = std::move(source);
  }
  void power_off() override;

  Macro* macro() override { return &macro_; }
  bool busy() const override { return busy_; }
  /// Of a unit whose jobs end by a call: the job under way reads its input and puts its outputs
  /// into LMEM. Nothing when there is none, it is to be refused, or it has done so.
  void run_job();
  /// The job under way ends. BUSY shows from START to here, also of a job that is refused here. No
  /// time and no energy are counted. Nothing when there is no job.
  void end_job();
  /// Registers, weights, totals; what is made of the weights and the die is made again. While not
  /// busy().
  void archive(base::Archive& a) override;
  const MacroParameters& macro_parameters() const { return macro_.parameters(); }
  std::uint64_t jobs() const { return jobs_; }         ///< jobs done since time 0
  const JobCounts& totals() const { return totals_; }  ///< of the jobs started since time 0

 private:
  void registers_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned registers_debug(tlm::tlm_generic_payload& payload);
  void weights_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned weights_debug(tlm::tlm_generic_payload& payload);

  void start();
  JobError check(const DecodedJob& decoded);
  void schedule(const JobTiming& timing);
  void start_steps(const DecodedJob& decoded, const JobTiming& timing, const JobCounts& counts);
  void end_steps(const base::JobSpan& span);
  void tell(base::ActivityObserver& observer, const JobTiming& timing, std::uint64_t start,
            const base::CauseCycles& split) const;
  void refuse(JobError error);
  void hold(JobError error);
  JobCounts compute();
  void store_results();
  void end_feed();   // SC_METHOD: the input region is free
  void finish();     // SC_METHOD: the job is done
  void drive_irq();  // SC_METHOD: the one writer of the interrupt line

  base::Context& context_;
  const JobEnd job_end_;
  Macro macro_;
  MacroEvents events_;
  base::RegisterBlock block_;
  WeightWindow window_;
  std::function<std::uint32_t()> layer_;
  sc_core::sc_time delay_;  ///< of the register access under way
  bool busy_ = false;
  std::uint64_t jobs_ = 0;
  JobCounts totals_;
  // The job under way.
  Job job_;
  memory::Region input_;
  memory::Region output_;
  memory::ClaimId input_claim_ = 0;
  memory::ClaimId output_claim_ = 0;
  std::uint64_t job_cycles_ = 0;
  JobError held_ = JobError::kNone;      ///< what a job that ends by a call will be refused with
  bool run_ = false;                     ///< a job that ends by a call has its outputs
  JobCounts counts_;                     ///< of a stepped job, counted when it has ended
  std::unique_ptr<SteppedJob> stepped_;  ///< approximately timed; else nullptr
  std::vector<std::uint8_t> results_;    ///< positions x position_bytes, until they become visible
  sc_core::sc_event feed_ended_;
  sc_core::sc_event done_;
  sc_core::sc_event irq_changed_;
};

}  // namespace leyden::cim
