#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "models/base/context.h"
#include "models/base/register_block.h"
#include "models/base/tlm_helpers.h"
#include "models/memory/lmem_port.h"
#include "models/vector/stepped_operation.h"
#include "models/vector/vector_job.h"
#include "models/vector/vector_timing.h"

namespace leyden::vector {

/// Vector unit: pooling, partial sums, scaling, residual add and lookup on tensors in LMEM.
/// Registers: configs/registers/vector.yaml. Values are those of vector_arithmetic, computed when
/// the job starts; the output appears in LMEM when the job is done. docs/models/vector.md tells the
/// rest.
class VectorUnit : public sc_core::sc_module {
 public:
  /// Keys below the scope "vector".
  static std::vector<base::ParameterSpec> parameters();

  tlm_utils::simple_target_socket<VectorUnit, base::kBusBits> socket{"socket"};
  sc_core::sc_port<memory::LmemPortIf> lmem{"lmem"};
  sc_core::sc_out<bool> irq{"irq"};  ///< level: IRQ_ENABLE & (DONE | ERROR)

  SC_HAS_PROCESS(VectorUnit);
  VectorUnit(sc_core::sc_module_name name, base::Context& context);

  bool busy() const { return busy_; }
  void archive(base::Archive& a);  ///< while not busy()

 private:
  /// Events of the energy ledger: one per kind of arithmetic step.
  struct Energy {
    base::EventId compare;
    base::EventId add;
    base::EventId multiply_narrow;
    base::EventId multiply_wide;
  };
  /// A tensor or table an operation uses.
  struct Operand {
    memory::ClaimMode mode;
    memory::Region region;
    std::uint64_t beats;
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  void write_ctrl(std::uint32_t value);
  void start();
  JobError prepare(VectorJob& job);
  std::vector<Operand> operands(const VectorJob& job) const;
  void compute(const VectorJob& job);
  void count_energy(const VectorJob& job, const VectorWork& work);
  void start_steps(const VectorJob& job, const VectorWork& work, const std::vector<Operand>& uses);
  void end_steps(std::uint64_t cycles);
  void refuse(JobError error);
  void finish();     // SC_METHOD: the job is done
  void drive_irq();  // SC_METHOD: the one writer of the interrupt line

  base::Context& context_;
  TimingParameters timing_;
  std::uint32_t rows_per_unit_;  ///< of the macro, for accumulate in fidelity ideal
  std::uint32_t range_shift_;    ///< of the macro's outputs
  Energy energy_;
  base::RegisterBlock registers_;
  sc_core::sc_time delay_;  ///< of the transaction under way
  bool busy_ = false;
  std::uint64_t job_cycles_ = 0;
  memory::Region destination_;
  std::vector<std::uint8_t> output_;  ///< of the job under way, until it becomes visible
  std::vector<memory::ClaimId> claims_;
  VectorJob job_;                              ///< stepped, counted when it has ended
  VectorWork work_;                            ///< its
  std::unique_ptr<SteppedOperation> stepped_;  ///< approximately timed; else nullptr
  sc_core::sc_event done_;
  sc_core::sc_event irq_changed_;
};

}  // namespace leyden::vector
