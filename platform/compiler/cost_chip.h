#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "firmware/include/leyden/image.h"
#include "models/base/activity.h"
#include "models/base/energy_ledger.h"
#include "models/cim/counts.h"
#include "models/memory/bank_load.h"
#include "platform/compiler/cost_parameters.h"

namespace leyden::compiler {

/// What the inputs and weights of a layer are expected to look like: the only thing the energy of
/// the macro depends on that steps do not tell.
struct LayerActivity {
  double levels_per_code = -1;  ///< driven levels of a code, summed over its digits; -1: half
  double digits_per_code = -1;  ///< digits of a code that are not 0; -1: half
  double cell_levels = -1;      ///< mean sum of the levels of a weight's cells; -1: half of all
};

/// Work the units did, by stage, whether or not something else hid it.
struct StageCycles {
  std::uint64_t mvm = 0;         ///< dot products
  std::uint64_t convert = 0;     ///< conversions
  std::uint64_t feed = 0;        ///< beats of the feeders
  std::uint64_t write_back = 0;  ///< beats of the writers
  std::uint64_t vector = 0;
};

/// The chip's units without values: when each is busy, and what it costs. Times are cycles since
/// the image began. Bus, off-chip memory, DMA channels and LMEM banks are shared as on the chip:
/// bursts one after another, the lower channel first, the core last of what comes at one time.
class CostChip {
 public:
  explicit CostChip(const CostParameters& parameters);

  /// An access of the core over the bus to a register or to LMEM, at a cycle.
  /// @return cycles until it is answered
  std::uint64_t core_access(std::uint64_t cycle, std::uint32_t address, bool write);

  /// Many accesses of the core to LMEM or the off-chip memory that nothing else disturbs.
  /// @return cycles until they are answered, in sum
  std::uint64_t core_accesses(std::uint64_t count, std::uint32_t address, bool write);

  /// Starts a unit. @param cycle of the write to CTRL  @param delay of that write
  void start(const leyden_step& step, std::uint64_t cycle, std::uint64_t delay,
             const LayerActivity& activity);
  /// The first unhandled end of a unit at or before `cycle`, as a bit of a wait mask: of several
  /// the one whose interrupt source is lowest.
  std::optional<unsigned> finished(std::uint64_t cycle);
  /// Cycle of the first unhandled end of a unit; there must be a unit under way.
  std::uint64_t next_finish();
  void handled(unsigned bit) { under_way_ &= ~(1u << bit); }

  base::ActivityLog& activity() { return activity_; }
  base::EnergyLedger& ledger() { return ledger_; }
  const StageCycles& stages() const { return stages_; }
  const std::vector<std::uint64_t>& macro_busy() const { return macro_busy_; }
  /// Counts instructions and fetched words, for energy. @param code_words of 4 bytes
  void count_instructions(const std::array<std::uint64_t, kInstructionClassCount>& counts,
                          std::uint64_t sram_reads, std::uint64_t sram_writes);
  /// Counts what passes with time.
  void pass(std::uint64_t cycles);

 private:
  struct Channel {
    bool running = false;
    bool writing = false;  ///< the burst has been read
    std::uint64_t next = 0;
    std::uint32_t source = 0, destination = 0;  ///< of the burst
    std::uint32_t burst = 0;
    std::uint32_t written = 0;  ///< bytes of the burst
    std::uint32_t row = 0, rows = 0;
    std::uint64_t left = 0;  ///< bytes of the row
    std::uint64_t row_bytes = 0;
    std::array<std::uint32_t, 6> words{};
    std::uint64_t recorded_to = 0;
  };

  /// A burst or word at a cycle. @return cycles until it is answered
  std::uint64_t bus(std::uint64_t cycle, std::uint32_t address, std::uint32_t bytes, bool write);
  void advance(std::uint64_t until);
  void step(unsigned number);
  void next_burst(Channel& channel);
  std::uint32_t write_piece(const Channel& channel) const;
  void start_cim(const leyden_step& step, unsigned macro, std::uint64_t cycle, std::uint64_t begin,
                 const LayerActivity& activity);
  void start_vector(const leyden_step& step, std::uint64_t cycle, std::uint64_t begin);
  void start_dma(const leyden_step& step, unsigned channel, std::uint64_t begin);
  std::uint64_t occupy(std::uint64_t cycle, std::uint32_t address, std::uint32_t length,
                       std::uint32_t stride, std::uint64_t runs, std::uint64_t reads,
                       std::uint64_t writes, std::uint64_t cycles);
  void finish_at(unsigned bit, std::uint64_t cycle);

  const CostParameters& p_;
  base::EnergyLedger ledger_;
  cim::MacroEvents macro_events_;
  base::ActivityLog activity_;
  StageCycles stages_;
  std::vector<std::uint64_t> macro_busy_;
  std::array<memory::BankLoad, 2> banks_;
  std::uint64_t bus_free_ = 0;
  std::uint64_t off_chip_free_ = 0;
  std::array<Channel, 2> channels_;
  std::array<std::uint64_t, 32> ends_{};  ///< by bit of a wait mask
  std::uint32_t under_way_ = 0;           ///< started and not handled
  // Events of the ledger.
  std::array<base::EventId, kInstructionClassCount> instruction_{};
  base::EventId sram_read_, sram_write_, beat_, dma_byte_, lmem_read_, lmem_write_;
  base::EventId off_chip_read_, off_chip_write_, compare_, add_, multiply_narrow_, multiply_wide_;
  base::EventId clock_, leakage_;
};

}  // namespace leyden::compiler
