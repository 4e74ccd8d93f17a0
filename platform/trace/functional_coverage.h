#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/base/activity_observer.h"
#include "models/base/transaction_observer.h"
#include "models/cim/job_words.h"
#include "platform/coverage/cover_points.h"
#include "platform/trace/job_coverage.h"
#include "platform/trace/overlap_coverage.h"
#include "platform/trace/register_coverage.h"

namespace leyden::trace {

/// What of the chip's behaviour a run shows (--functional-coverage): values of register fields,
/// parameters of jobs, interrupts and jobs beside each other. docs/functional-coverage.md.
class FunctionalCoverage : public base::ActivityObserver, public base::TransactionObserver {
 public:
  /// @param interrupts  names of the PLIC's sources, "" where there is none
  FunctionalCoverage(unsigned macros, unsigned dma_channels,
                     const std::vector<std::string>& interrupts);

  /// A register access of the core, at its bus address.
  void access(std::uint64_t address, bool write, const std::uint8_t* data, unsigned length);

  // Accesses of the core that were answered.
  std::size_t begins(const base::BusAccess& access) override;
  void ends(std::size_t access, const tlm::tlm_generic_payload& payload,
            const sc_core::sc_time& delay) override;
  void claims(const std::string&, bool, const base::LmemRegion&) override {}
  void waits(const base::LmemRegion&, bool, std::uint64_t) override {}
  void writes(const std::string&, const base::LmemRegion&) override {}

  void job(const base::JobSpan& span) override;
  void vector_job(const char* operation, std::uint64_t outputs, std::uint64_t start,
                  std::uint64_t end) override;
  void transfer(const base::TransferSpan& span) override;
  void dma_busy(unsigned channel, bool busy, std::uint64_t cycle) override;
  void interrupt_lines(std::uint32_t levels, std::uint64_t cycle) override;
  void interrupt_claimed(unsigned source, std::uint64_t cycle) override;

  coverage::Coverage& coverage() { return coverage_; }

 private:
  void cim_write(std::uint64_t offset, std::uint32_t word, std::size_t instance);

  coverage::Coverage coverage_;
  RegisterCoverage registers_;
  JobCoverage jobs_;
  OverlapCoverage overlaps_;
  std::vector<cim::JobWords> words_;  ///< job registers, by macro
  std::size_t vector_unit_;           ///< among the units of overlaps_
  std::size_t first_channel_;
};

}  // namespace leyden::trace
