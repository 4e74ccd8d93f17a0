#include "platform/compiler/cost.h"

#include <algorithm>
#include <numeric>

#include "firmware/include/leyden/core_step.h"
#include "models/base/error.h"
#include "platform/compiler/cost_core.h"
#include "platform/compiler/cost_core_firmware.h"
#include "platform/compiler/cost_firmware.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr unsigned kVectorBit = 16;
constexpr unsigned kDmaBit = 24;
constexpr std::uint32_t kAllUnits = 0xffffffffu;
/// Words fetched an instruction: the walk's code has 3.0 bytes an instruction on average.
constexpr double kWordsPerInstruction = 0.75;
/// Cycles from the last instruction of an image to the host's notice that the core sleeps: it looks
/// every 8 cycles from the result on.
constexpr std::uint64_t kHostNoticeCycles = 1;

std::uint32_t low(std::uint64_t address) { return static_cast<std::uint32_t>(address); }

/// The core walking the steps of an image.
class Walk {
 public:
  Walk(const CostParameters& parameters, const std::vector<LayerActivity>& activity)
      : p_(parameters), activity_(activity), chip_(parameters) {}

  ImageCost run(const ImageSteps& steps) {
    ImageCost cost;
    now_ = p_.wake_cycles;
    awake_since_ = 0;
    run(walk::kImageBegins);
    for (int i = 0; i < 6; ++i) access(low(registers::kMailboxBase), false);
    phase(steps.input, cost.control, {});
    leave(cost.input, true);
    run(walk::kFirstLayer);
    for (std::size_t i = 0; i < steps.layers.size(); ++i) {
      run(walk::kNextLayer);
      phase(steps.layers[i], cost.control, i < activity_.size() ? activity_[i] : LayerActivity{});
      cost.layers.emplace_back();
      leave(cost.layers.back(), true);
    }
    run(walk::kLastLayer);
    phase(steps.output, cost.control, {});
    run(walk::kBeforeOutput);
    read_result(steps);
    leave(cost.output, false);
    access(low(registers::kMailboxBase), true);
    cost.latency_cycles = now_;
    access(low(registers::kPlicBase), true);
    run(walk::kImageEnds);
    now_ += kHostNoticeCycles;
    close(now_, cost.control);
    return cost;
  }

 private:
  void run(const CodeBlock& block) {
    now_ += block.cycles(p_);
    const std::array<std::uint64_t, kInstructionClassCount> counts = {
        block.alu, block.load, block.store, block.branch, block.jump, block.system};
    for (std::size_t i = 0; i < counts.size(); ++i) counts_[i] += counts[i];
    reads_ += block.load;
    writes_ += block.store;
  }

  /// A load or store over the bus. @return cycles its answer takes
  std::uint64_t access(std::uint32_t address, bool write) {
    const InstructionClass kind = write ? InstructionClass::kStore : InstructionClass::kLoad;
    const std::uint64_t delay = chip_.core_access(now_, address, write);
    ++counts_[static_cast<std::size_t>(kind)];
    now_ += p_.instruction_cycles[static_cast<std::size_t>(kind)] + delay;
    return delay;
  }

  std::uint32_t register_of(unsigned bit) const {
    if (bit < kVectorBit) return low(registers::kCimBase + bit * registers::kCimSize);
    return low(bit < kDmaBit ? registers::kVectorBase : registers::kDmaBase);
  }

  /// LAYER_BEGIN, the steps, the wait for all units; what was before belongs to `before`.
  void phase(const std::vector<leyden_step>& steps, LayerCost& before,
             const LayerActivity& activity) {
    close(now_, before);
    access(low(registers::kPerfBase), true);
    run(steps.empty() ? walk::kEnterNoSteps : walk::kEnterSteps);
    for (const leyden_step& step : steps) {
      issue(step, activity);
      if (&step != &steps.back()) run(walk::kNextStep);
    }
    run(walk::kLeaveSteps);
    run(walk::kPhaseCallsWait);
    wait_for(kAllUnits);
  }

  /// The store of LAYER_END. @param apart the store begins at an address that is not 4-aligned
  void leave(LayerCost& cost, bool apart) {
    if (apart) run(walk::kMarkEnd);
    close(now_, cost);
    access(low(registers::kPerfBase), true);
  }

  void issue(const leyden_step& step, const LayerActivity& activity) {
    const unsigned instance = step.unit >> 8;
    const unsigned unit = step.unit & 0xffu;
    if (unit > LEYDEN_UNIT_DMA) return run_on_core(step);
    const unsigned bit = unit == LEYDEN_UNIT_CIM      ? instance
                         : unit == LEYDEN_UNIT_VECTOR ? kVectorBit
                                                      : kDmaBit + instance;
    run(walk::kStepHead);
    const std::uint32_t needed = step.wait_mask | 1u << bit;
    if ((busy_ & needed) != 0) {
      run(walk::kStepCallsWait);
      wait_for(needed);
      run(walk::kStepWaited);
    }
    run(unit == LEYDEN_UNIT_CIM      ? walk::kBaseCim
        : unit == LEYDEN_UNIT_VECTOR ? walk::kBaseVector
                                     : walk::kBaseDma);
    const std::uint32_t base = register_of(bit);
    run(walk::kWordsFirst);
    now_ += std::uint64_t{walk::words_fetch_waits(step.word_count)} * p_.fetch_wait_cycles;
    for (std::uint32_t word = 2; word < step.word_count; ++word) {
      run(walk::kWord);
      access(base, true);
    }
    run(walk::kWordOne);
    access(base, true);
    run(walk::kWordZero);
    access(base, true);
    run(walk::kStart);
    const std::uint64_t cycle = now_;
    const std::uint64_t delay = access(base, true);
    chip_.start(step, cycle, delay, activity);
    run(walk::kStepEnd);
    busy_ |= 1u << bit;
  }

  /// A kernel on the core: sums over its loops. Accesses over the bus are taken to find it free.
  void run_on_core(const leyden_step& step) {
    if ((busy_ & step.wait_mask) != 0) {
      // Before it is the step's head; it has no accesses over the bus and is counted behind.
      run(core::kCallsWait);
      wait_for(step.wait_mask);
      run(core::kWaited);
    }
    const CoreWork work = core_work(step);
    const std::uint32_t source = step.words[LEYDEN_CORE_WORD_SRC];
    run(work);
    now_ += chip_.core_accesses(work.lmem_load, source, false) +
            chip_.core_accesses(work.lmem_store, step.words[LEYDEN_CORE_WORD_DST], true) +
            chip_.core_accesses(work.data_load, step.words[LEYDEN_CORE_WORD_DATA], false);
  }

  void run(const CoreWork& work) {
    now_ += work.cycles(p_);
    const std::array<std::uint64_t, kInstructionClassCount> counts = {
        work.alu,
        work.load + work.lmem_load + work.data_load,
        work.store + work.lmem_store,
        work.branch,
        work.jump,
        0,
        work.multiply,
        work.divide};
    for (std::size_t i = 0; i < counts.size(); ++i) counts_[i] += counts[i];
    reads_ += work.load;
    writes_ += work.store;
  }

  void wait_for(std::uint32_t mask) {
    run(walk::kEnterWait);
    if ((busy_ & mask) == 0) run(walk::kEnterWaitNothing);
    bool again = false;
    while ((busy_ & mask) != 0) {
      if (again) run(walk::kStillWaiting);
      again = true;
      run(walk::kSleep);
      std::optional<unsigned> bit = chip_.finished(now_);
      if (!bit) {
        const std::uint64_t woken = chip_.next_finish();
        record_awake(now_);
        awake_since_ = woken;
        now_ = woken + p_.wake_cycles;
        bit = chip_.finished(now_);
      }
      handle(*bit);
    }
    run(walk::kLeaveWait);
  }

  void handle(unsigned bit) {
    // The claim is read, and takes the lowest source there is at that cycle.
    access(low(registers::kPlicBase), false);
    run(walk::kClaimed);
    run(bit < kVectorBit ? walk::kFromCim : bit < kDmaBit ? walk::kFromVector : walk::kFromDma);
    access(register_of(bit), false);
    run(walk::kStatus);
    access(register_of(bit), true);
    access(low(registers::kPlicBase), true);
    chip_.handled(bit);
    run(walk::kHandled);
    busy_ &= ~(1u << bit);
  }

  void read_result(const ImageSteps& steps) {
    if (steps.result == LEYDEN_RESULT_HIGHEST) {
      return find_class(steps.output_address, steps.output_bytes);
    }
    if (steps.result != LEYDEN_RESULT_VALUE) return run(walk::kNoClass);
    run(walk::kClassIsCode);
    access(steps.output_address, false);
    run(walk::kClassCodeRead);
  }

  void find_class(std::uint32_t address, std::uint32_t bytes) {
    run(walk::kClassFirst);
    for (std::uint32_t i = 0; i < bytes;) {
      const bool aligned = (address + i) % 4 == 0;
      if (i > 0) run(walk::kClassNextWord);
      // The loop's own test goes the other way than the one before it.
      if (aligned == (i > 0)) run(walk::kClassAligned);
      std::uint32_t here = 1;
      if (aligned && bytes - i >= 4) {
        here = 4;
        run(walk::kClassWord);
        access(address + i, false);
        run(walk::kClassWordLoaded);
      } else {
        run(walk::kClassByteAlone);
        if (aligned) run(walk::kClassByteAligned);
        access(address + i, false);
        run(walk::kClassByteLoaded);
      }
      for (std::uint32_t k = 0; k < here; ++k, ++i) {
        if (k > 0) run(walk::kClassNextCode);
        run(walk::kClassCode);
      }
    }
    run(walk::kClassEnd);
  }

  void record_awake(std::uint64_t until) {
    if (until > awake_since_) {
      chip_.activity().record(base::Cause::kCore, awake_since_, until);
      awake_since_ = until;
    }
  }

  /// Ends a window at a cycle and adds it to a cost.
  void close(std::uint64_t cycle, LayerCost& cost) {
    record_awake(cycle);
    (void)chip_.finished(cycle);  // transfers until then
    std::uint64_t instructions = 0;
    for (const std::uint64_t count : counts_) instructions += count;
    chip_.count_instructions(
        counts_, reads_ + static_cast<std::uint64_t>(kWordsPerInstruction * double(instructions)),
        writes_);
    counts_.fill(0);
    reads_ = writes_ = 0;
    chip_.pass(cycle - window_began_);
    cost.cycles += cycle - window_began_;
    const base::CauseCycles causes = chip_.activity().close(window_began_, cycle);
    for (std::size_t i = 0; i < causes.size(); ++i) {
      cost.causes[i] += causes[i];
      cost.busy[i] += chip_.activity().busy()[i];
    }
    window_began_ = cycle;
    // Energy and work since the window before.
    base::EventCounts counts = chip_.ledger().snapshot();
    base::EventCounts difference = counts;
    for (std::size_t i = 0; i < last_counts_.size(); ++i) difference[i] -= last_counts_[i];
    last_counts_ = std::move(counts);
    const std::vector<double> energy = chip_.ledger().energy_fj(difference);
    for (std::size_t i = 0; i < energy.size(); ++i) cost.energy_fj[i] += energy[i];
    const StageCycles& all = chip_.stages();
    cost.stages.mvm += all.mvm - last_stages_.mvm;
    cost.stages.convert += all.convert - last_stages_.convert;
    cost.stages.feed += all.feed - last_stages_.feed;
    cost.stages.write_back += all.write_back - last_stages_.write_back;
    cost.stages.vector += all.vector - last_stages_.vector;
    last_stages_ = all;
    cost.macro_busy.resize(chip_.macro_busy().size());
    last_macro_.resize(cost.macro_busy.size());
    for (std::size_t m = 0; m < cost.macro_busy.size(); ++m) {
      cost.macro_busy[m] += chip_.macro_busy()[m] - last_macro_[m];
    }
    last_macro_ = chip_.macro_busy();
  }

  const CostParameters& p_;
  const std::vector<LayerActivity>& activity_;
  CostChip chip_;
  std::uint64_t now_ = 0;          ///< cycle of the core's next instruction
  std::uint64_t awake_since_ = 0;  ///< recorded up to here
  std::uint64_t window_began_ = 0;
  std::uint32_t busy_ = 0;  ///< units under way, as firmware knows
  std::array<std::uint64_t, kInstructionClassCount> counts_{};
  std::uint64_t reads_ = 0;
  std::uint64_t writes_ = 0;
  base::EventCounts last_counts_;
  StageCycles last_stages_;
  std::vector<std::uint64_t> last_macro_;
};

}  // namespace

double LayerCost::energy_pj() const {
  return std::accumulate(energy_fj.begin(), energy_fj.end(), 0.0) * 1e-3;
}

std::uint64_t ImageCost::cycles() const {
  std::uint64_t sum = input.cycles + output.cycles + control.cycles;
  for (const LayerCost& layer : layers) sum += layer.cycles;
  return sum;
}

double ImageCost::energy_pj() const {
  double sum = input.energy_pj() + output.energy_pj() + control.energy_pj();
  for (const LayerCost& layer : layers) sum += layer.energy_pj();
  return sum;
}

ImageCost evaluate_cost(const ImageSteps& steps, const CostParameters& parameters,
                        const std::vector<LayerActivity>& activity) {
  return Walk(parameters, activity).run(steps);
}

}  // namespace leyden::compiler
