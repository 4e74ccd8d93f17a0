#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "models/cpu/block_cache.h"
#include "models/cpu/csr.h"
#include "models/cpu/debug_points.h"
#include "models/cpu/hart_arena.h"
#include "models/cpu/hart_state.h"
#include "models/cpu/memory_interface.h"
#include "models/cpu/observer.h"
#include "models/cpu/stop.h"
#include "models/cpu/timing.h"
#include "models/cpu/translator/translator.h"

namespace leyden::cpu {

/// Why Hart::run came back.
enum class RunResult {
  kHorizon,        ///< the next instruction begins at or after the horizon
  kResynchronise,  ///< a bus access was made: take the horizon anew
  kWaiting,        ///< a wfi found no interrupt pending; the pc is behind it
  kStopped,        ///< no way to go on; see Hart::stop_report
  kDebug,          ///< a debugger wants to look; see Hart::debug_event
};

/// What a chip can choose about its core, beside its timing.
struct HartOptions {
  unsigned pmp_regions = Pmp::kMostRegions;  ///< 0: no memory protection
  bool bit_manipulation = true;              ///< Zba, Zbb and Zbs
};

/// Events since they were last taken.
struct HartCounts {
  std::array<std::uint64_t, kTimingClassCount> instructions{};  ///< index = TimingClass
  std::uint64_t fetch_words = 0;   ///< 32-bit words of code read through a direct pointer
  std::uint64_t direct_reads = 0;  ///< data reads through a direct pointer
  std::uint64_t direct_writes = 0;
};

/// An RV32IMAC_Zicsr_Zifencei_Zicntr_Zihpm hart with machine and user mode and PMP: registers,
/// CSRs, decoded blocks, cycles. Plain C++: time is a count of cycles, the outside a
/// MemoryInterface. An instruction begins at a cycle; it begins only if that is before the horizon,
/// so whoever runs the hart knows of every interrupt in time.
class Hart {
 public:
  using TraceHook = std::function<void(const Retired&)>;

  Hart(const Timing& timing, MemoryInterface& memory, const HartOptions& options = {});
  Hart(const Hart&) = delete;
  Hart& operator=(const Hart&) = delete;

  /// Whether and when code is translated to machine code; nothing but the host's time depends on
  /// it. Not while it runs.
  void set_translation(const TranslationOptions& options);
  /// From now on every access to data through a direct pointer is told
  /// (MemoryInterface::on_direct), and code is interpreted; cycles and counts stay the same. Not
  /// while it runs.
  void watch_direct();
  /// Whether code is translated: not when it is switched off or not possible here.
  bool translates() const { return translator_ != nullptr; }
  /// Instructions translated code has executed, as far as counts were taken. Depends on how runs
  /// are cut: for tests and measurements only.
  std::uint64_t translated_instructions() const { return translated_instructions_; }

  /// Registers and CSRs as after reset; cycle and instruction counts go on.
  void reset(std::uint32_t pc);
  /// Runs until something is to be looked at. Takes pending interrupts first.
  RunResult run(std::uint64_t horizon);

  /// Levels of the interrupt lines, as bits of mip.
  void set_interrupts(std::uint32_t lines) { csr_.set_pending(lines); }
  bool interrupt_pending() const { return csr_.pending_enabled() != 0; }
  void set_time_source(CsrFile::TimeSource source) { csr_.set_time_source(std::move(source)); }
  /// Tells `observer` of all that happens from now on; nullptr for nobody, which costs nothing.
  void set_observer(Observer* observer);
  /// The same for a function that only wants the instructions; an empty one for nobody.
  void set_trace_hook(TraceHook hook);
  /// Tells the observer that the hart has slept from a cycle until the present one.
  void observe_sleep(std::uint64_t from);

  std::uint64_t cycles() const { return state_.cycles; }
  /// Lets time pass without instructions (sleep).
  void advance_to(std::uint64_t cycle) { state_.cycles = cycle; }
  /// The same, as sleep in a wfi (performance counters tell it).
  void sleep_until(std::uint64_t cycle) {
    events_.sleep_cycles += cycle - state_.cycles;
    state_.cycles = cycle;
  }
  std::uint64_t instructions() const { return state_.retired; }
  std::uint32_t pc() const { return state_.pc; }
  void set_pc(std::uint32_t pc);
  std::uint32_t reg(unsigned index) const { return index == 0 ? 0 : state_.x[index]; }
  void set_reg(unsigned index, std::uint32_t value);
  /// A CSR as the next instruction would see it in machine mode; reading has no effects.
  /// @return nothing when there is no such register
  std::optional<std::uint32_t> csr(std::uint32_t number) const;
  /// Writes a CSR as machine mode can (debugger). @return false when it does not exist or is
  /// read-only; fields that cannot take the value stay legal (WARL)
  bool set_csr(std::uint32_t number, std::uint32_t value);
  /// The CSRs this hart has, by number.
  std::vector<NamedCsr> csrs() const;
  Privilege privilege() const { return csr_.privilege(); }
  void set_privilege(Privilege mode);
  const StopReport& stop_report() const { return stop_; }
  /// The exception last taken, when no mret has come since.
  std::optional<TakenTrap> trap_under_way() const;
  /// What there is to tell when the hart is stopped from outside now (limits).
  StopReport report(StopReason reason) const;
  /// Takes back a stop and goes on elsewhere (debugger).
  void go_on_at(std::uint32_t pc);
  HartCounts take_counts();

  // For a debugger, between two calls of run().
  void set_breakpoint(std::uint32_t pc);
  bool clear_breakpoint(std::uint32_t pc);
  bool set_watchpoint(const Watchpoint& point);
  bool clear_watchpoint(const Watchpoint& point);
  void clear_debug_points();
  /// What kDebug came for; run() says kDebug again until go_on() is called.
  const DebugEvent& debug_event() const { return debug_event_; }
  /// Lets the next run() go on from where a debugger looked: an instruction it was held at is
  /// executed, whatever marks it. @param one_step come back after one instruction or trap
  void go_on(bool one_step);
  /// Whether set_pc() was called since go_on().
  bool redirected() const { return redirected_; }
  /// Memory was written from outside: nothing that was fetched or decoded counts any more.
  void memory_changed();
  /// Another master wrote [first, last]: a reservation in it is lost.
  void lose_reservation(std::uint32_t first, std::uint32_t last) {
    if (state_.reservation <= last && first <= state_.reservation + 3) state_.reserved = false;
  }
  /// Asked at every ebreak (semihosting). True: it was a call of the host, which has been served;
  /// execution goes on behind it after trap_cycles, and it does not count as an instruction.
  /// False: a breakpoint exception, as without the hook.
  using EbreakHook = std::function<bool()>;
  void set_ebreak_hook(EbreakHook hook) { ebreak_hook_ = std::move(hook); }
  /// Registers, CSRs, counts and what is under way between two instructions. Decoded blocks and
  /// direct memory are left out: they are found again, and nothing tells the difference.
  void archive(base::Archive& a);

  /// Direct memory was withdrawn from [first, last].
  void invalidate_direct(std::uint32_t first, std::uint32_t last);

  // What the handlers call. Loads and stores return whether they went through a direct pointer and
  // the block can go on.
  bool load(const Op* op, std::uint32_t address, std::uint32_t* value, unsigned bytes);
  bool store(const Op* op, std::uint32_t address, std::uint32_t value, unsigned bytes);
  bool atomic(const Op* op, std::uint32_t address,
              std::uint32_t (*change)(std::uint32_t m, std::uint32_t b), std::uint32_t* old);
  bool load_reserved(const Op* op, std::uint32_t address, std::uint32_t* value);
  bool store_conditional(const Op* op, std::uint32_t address, std::uint32_t value,
                         std::uint32_t* failed);
  void csr_access(const Op* op, std::uint32_t a, bool writes,
                  std::uint32_t (*change)(std::uint32_t old, std::uint32_t a));
  void return_from_trap(const Op* op);
  void wait_for_interrupt(const Op* op);
  void environment_call(const Op* op);

 private:
  /// How blocks are run: variants of one loop, so that each checks what it must only.
  enum class Way { kInterpreted, kTranslated, kTraced };
  template <Way kWay>
  RunResult run_loop(std::uint64_t horizon);
  template <Way kWay>
  void run_blocks(std::uint64_t horizon);
  template <bool kTraced>
  [[gnu::noinline]] void step();
  template <bool kTraced>
  void run_alone();
  Block* decode_at_pc();
  Block* fetch_over_bus();
  void pay_entry(const Block& block);
  bool run_translated(Block& block, std::uint64_t horizon);
  bool run_call_site(const CallSite& site);
  void settle_call_site();
  void settle_counts();
  void add_translated_counts();
  void forget_translated();
  void forget_code();
  void finish_early();
  std::optional<RunResult> after_exit();
  void account(const Block& block, unsigned first, unsigned last);
  static void count(const Block& block, unsigned first, unsigned last, BlockCounts& counts);
  EventCounts event_counts(const Op* op) const;
  void move_counts();
  void rights_changed();
  bool is_held(const Op* op, std::uint32_t address, unsigned bytes, WatchKind access);
  void debug_points_changed();
  void note_progress();
  bool is_misaligned(const Op* op, std::uint32_t address, unsigned bytes, std::uint32_t cause);
  bool is_denied(const Op* op, std::uint32_t address, unsigned bytes, std::uint8_t rights,
                 std::uint32_t cause);
  bool may_fetch(std::uint32_t address, std::uint32_t faulting);
  bool write_direct(DirectRegion& region, const Op* op, std::uint32_t address, const void* value,
                    unsigned bytes);
  std::uint64_t cycle_of_access(const Op* op) const;
  std::uint64_t begin_bus_access(const Op* op);
  bool end_bus_access(const Op* op, const BusResult& result, std::uint32_t cause,
                      std::uint32_t address);
  void accept_direct(const DirectMemory& memory);
  void tell_direct(const Op* op, std::uint32_t address, unsigned bytes, bool write);
  DirectRegion* direct_region(std::uint32_t address, unsigned bytes);
  void take_exception(std::uint32_t cause, std::uint32_t value, std::uint32_t pc);
  void take_interrupt(std::uint32_t cause);
  void enter_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc);
  void stop(std::uint32_t cause, std::uint32_t value, std::uint32_t pc);
  void observe_operands(const Op& op);
  void observe_retired(const Op& op, bool direct);
  void observe_fetch(std::uint32_t pc, unsigned length, bool direct, std::uint8_t& words,
                     std::uint8_t& bus);
  void observe_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc);
  bool may_use_page(std::uint32_t page, Privilege mode) const;
  void forget_pages();
  void forget_page(std::uint32_t page);
  void drop_resume();
  void flush_if_needed();
  bool host_serves_ebreak();

  struct Resume {
    Block* block = nullptr;
    unsigned index = 0;
  };
  /// The exception last taken, to see that a handler gets anywhere.
  struct LastTrap {
    bool active = false;  ///< no mret since
    std::uint32_t cause = 0;
    std::uint32_t pc = 0;
    std::uint64_t retired = 0;
    unsigned repeats = 0;
    std::uint32_t outer_cause = 0;
    std::uint32_t outer_pc = 0;
    std::uint64_t returned_at = ~std::uint64_t{0};  ///< instructions retired at the last mret
    unsigned returns = 0;  ///< to the exception, with no instruction before it came again
    std::array<std::uint32_t, 32> registers{};  ///< when it came

    void archive(base::Archive& a);
  };
  /// What performance counters count, since the hart was made.
  struct EventTotals {
    std::array<std::uint64_t, kCountSlots> blocks{};  ///< as counts_
    std::uint64_t taken_branches = 0;
    std::uint64_t fetch_waits = 0;
    std::uint64_t bus_wait_cycles = 0;
    std::uint64_t traps = 0;
    std::uint64_t interrupts = 0;
    std::uint64_t sleep_cycles = 0;

    void archive(base::Archive& a);
  };

  /// What is known of the next event for the observer.
  struct Observation {
    std::uint64_t until = 0;       ///< cycle up to which it has been told
    std::uint8_t entry_words = 0;  ///< words of code fetched again at the entry of a block
    Retired event;                 ///< being made
  };

  HartArena arena_;
  HartState& state_;
  Timing timing_;
  MemoryInterface& memory_;
  BlockCache cache_;
  CsrFile csr_;
  Privilege data_privilege_ = Privilege::kMachine;  ///< that state_.pages was filled for
  std::vector<std::uint32_t> machine_pages_;        ///< of state_.pages, those not for user mode
  std::uint32_t pmp_generation_ = 0;                ///< that pages and blocks were made for
  Observer* observer_ = nullptr;
  std::unique_ptr<Observer> hook_;  ///< of set_trace_hook
  Observation observation_;
  EbreakHook ebreak_hook_;
  Block* current_ = nullptr;  ///< being run
  unsigned accounted_ = 0;    ///< instructions of current_ that need no counting any more
  BlockCounts counts_{};      ///< short-term sums, moved to totals_ before they can overflow
  HartCounts totals_;
  EventTotals events_;
  Resume resume_;  ///< where a block was left in the middle
  bool flush_pending_ = false;
  bool bus_fetched_ = false;     ///< the running instruction was fetched over the bus
  std::array<Op, 2> scratch_{};  ///< an instruction to be run alone, and its end
  LastTrap last_trap_;
  bool denied_ = false;  ///< the exception being taken is the PMP's
  std::uint32_t storm_cause_ = 0;
  std::uint64_t storm_entries_ = 0;  ///< interrupts straight after a return, up to the last one
  bool in_interrupt_ = false;        ///< taken, and no mret since
  StopReport stop_;
  // Translated code.
  std::unique_ptr<Translator> translator_;
  std::uint64_t translated_until_ = 0;    ///< horizon of the translated code that runs
  std::uint64_t translated_retired_ = 0;  ///< instructions retired when it was entered
  std::uint64_t translated_instructions_ = 0;
  const CallSite* call_site_ = nullptr;  ///< of which a handler runs, its path not yet counted
  std::exception_ptr thrown_;            ///< by a handler in translated code
  // Debugger.
  DebugPoints points_;
  DebugEvent debug_event_;   ///< reason kNone: none
  bool redirected_ = false;  ///< the pc was set
  bool alone_ = false;       ///< the next instruction is run by itself, past its breakpoint
  bool one_step_ = false;    ///< and is to be the last
  bool pass_watch_ = false;  ///< and may make watched accesses
  bool watches_direct_ = false;
};

}  // namespace leyden::cpu
