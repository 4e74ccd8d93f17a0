#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>

#include "models/base/context.h"
#include "models/base/phased_master.h"
#include "models/base/tlm_helpers.h"
#include "models/cpu/core_parameters.h"
#include "models/cpu/debug_agent.h"
#include "models/cpu/hart.h"

namespace leyden::cpu {

/// The controller: a Hart with sockets, interrupt lines and a place in simulated time.
///
/// It runs ahead of the kernel up to a horizon, the least of the kernel's next pending activity,
/// the quantum and the limits, and lets the kernel catch up before every access that is not through
/// a direct pointer. So it sees every interrupt at the cycle at which it comes, whatever the
/// quantum (docs/models/cpu.md).
class Core : public sc_core::sc_module, private MemoryInterface {
 public:
  /// Scope `core`.
  static std::vector<base::ParameterSpec> parameters() { return core_parameters(); }

  /// Everything but the tightly coupled SRAM; bus addresses.
  tlm_utils::simple_initiator_socket<Core, base::kBusBits> bus{"bus"};
  /// Port to the SRAM (its core port, offsets); used when set_sram() gave its place.
  tlm_utils::simple_initiator_socket_optional<Core, base::kBusBits> sram{"sram"};
  sc_core::sc_in<bool> irq_external{"irq_external"};
  sc_core::sc_in<bool> irq_timer{"irq_timer"};
  sc_core::sc_in<bool> irq_software{"irq_software"};

  Core(sc_core::sc_module_name name, base::Context& context);

  // Set before the simulation starts.
  void set_reset_vector(std::uint32_t pc) { reset_vector_ = pc; }
  /// Addresses [first, first + bytes) go to the socket `sram`.
  void set_sram(std::uint32_t first, std::uint64_t bytes);
  /// Energy events of one word read or written in the SRAM through a direct pointer.
  void set_sram_events(base::EventId read, base::EventId write);
  /// Event to count besides with each such access: the SRAM has an error code.
  void set_sram_code_event(base::EventId code) { sram_code_event_ = code; }
  /// What the time CSR reads at an absolute time; 0 without it.
  void set_time_source(std::function<std::uint64_t(const sc_core::sc_time&)> source);
  /// The longest the core runs ahead when nothing else is pending. Results do not depend on it.
  /// @throws UsageError when it is 0
  void set_quantum(const sc_core::sc_time& quantum);

  // May be changed at any time; counted from time 0.
  void set_instruction_limit(std::uint64_t instructions) { instruction_limit_ = instructions; }
  void set_cycle_limit(std::uint64_t cycles) { cycle_limit_ = cycles; }
  /// Called in the core's process when it stops for good. Without it the core reports an error and
  /// ends the simulation.
  void on_stop(std::function<void(const StopReport&)> callback) { on_stop_ = std::move(callback); }
  /// Tells `observer` of all that the core does from now on; nullptr for nobody.
  void set_observer(Observer* observer) { hart_.set_observer(observer); }
  /// The activity observer is told of every access to the SRAM, at the cost of speed alone: no
  /// direct access goes unseen from now on. Before the simulation starts.
  void watch_direct() { hart_.watch_direct(); }
  void set_trace_hook(Hart::TraceHook hook) { hart_.set_trace_hook(std::move(hook)); }
  /// Another master than the core wrote [first, last].
  void on_foreign_write(std::uint32_t first, std::uint32_t last) {
    hart_.lose_reservation(first, last);
  }
  /// Called at every ebreak with the kernel at the core's time (Hart::set_ebreak_hook); an empty
  /// one takes it back.
  void set_ebreak_hook(Hart::EbreakHook hook);
  /// Gets what is thrown in the core's process, which then ends. Without it the kernel gets it, and
  /// keeps nothing but the text.
  void on_error(std::function<void(std::exception_ptr)> callback) {
    on_error_ = std::move(callback);
  }
  /// Before the simulation starts: no instruction begins until archive() has restored a state.
  void hold() { held_ = true; }
  /// Calls once, in the core's process, before the next instruction and after all that happens at
  /// the present time. A bus access under way is complete then, so archive() can be called.
  void at_boundary(std::function<void()> callback) { at_boundary_ = std::move(callback); }
  /// The hart, and how far it runs ahead of the kernel. To be called from at_boundary(), or in a
  /// process that holds its core, at the time at which the state was saved.
  void archive(base::Archive& a);
  /// Calls once before the next instruction begins, or at once while the core sleeps; the callback
  /// may change the hart (faults).
  void before_next_instruction(std::function<void()> change);
  /// Starts anew at the reset vector, at the present time (watchdog).
  void reset();

  /// A debugger, for as long as the core runs. nullptr (the default): none, and no cost.
  void set_debug_agent(DebugAgent* agent) { agent_ = agent; }
  /// Lets the debugger halt a core that sleeps; to be called now and then between two runs of the
  /// kernel, since a sleeping core is not run by it.
  void attend_asleep();
  /// Starts anew at once; for a debugger while the core is halted.
  void debug_reset();

  // What a run looks at; exact whenever the core is synchronised (in a bus access, asleep,
  // stopped).
  std::uint64_t cycles() const { return hart_.cycles(); }
  std::uint64_t instructions() const { return hart_.instructions(); }
  bool sleeping() const { return sleeping_; }
  bool stopped() const { return hart_stopped_; }
  std::uint32_t pc() const { return hart_.pc(); }
  Hart& hart() { return hart_; }
  const Hart& hart() const { return hart_; }
  /// Tells the context's ledger and activity log everything up to now.
  void flush_statistics();

 private:
  void run();
  void run_for_ever();
  void sleep();
  void stop(const StopReport& report);
  void halt(const HaltReason& reason);
  bool debugger_goes_on(const StopReport& report);
  void settle();
  void sample_interrupts();
  std::uint64_t horizon() const;
  std::optional<StopReason> limit_reached() const;
  void synchronise();
  std::uint64_t synchronise_at(std::uint64_t cycle);
  sc_core::sc_time local_time(std::uint64_t cycle) const;
  void count_events();
  void apply_changes();
  void record_activity(std::uint64_t until);
  void tell_state(bool awake, std::uint64_t cycle) const;
  void end_of_elaboration() override;
  void start_of_simulation() override;

  BusResult access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, bool lock = false);
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay) {
    return master_.backward(payload, phase, delay);
  }
  void access_in_phases(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, bool lock);
  template <class Socket>
  bool request_direct(Socket& socket, std::uint64_t base, std::uint32_t address, DirectMemory& out);
  bool in_sram(std::uint32_t address) const { return address - sram_first_ < sram_bytes_; }
  void invalidate_bus(sc_dt::uint64 first, sc_dt::uint64 last);
  void invalidate_sram(sc_dt::uint64 first, sc_dt::uint64 last);

  // MemoryInterface, called by the hart in the core's process.
  BusResult read(std::uint32_t address, void* data, unsigned bytes, AccessKind kind,
                 std::uint64_t cycle) override;
  BusResult write(std::uint32_t address, const void* data, unsigned bytes,
                  std::uint64_t cycle) override;
  BusResult update(std::uint32_t address, std::uint32_t (*change)(void*, std::uint32_t),
                   void* context, std::uint64_t cycle) override;
  std::uint64_t catch_up(std::uint64_t cycle) override { return synchronise_at(cycle) - cycle; }
  bool direct(std::uint32_t address, DirectMemory& out) override;
  void on_direct(std::uint32_t address, unsigned bytes, bool write, std::uint64_t cycle) override;

  base::Context& context_;
  const std::uint64_t wake_cycles_;
  const InstructionEvents instruction_events_;
  Hart hart_;
  base::Payload payload_;
  const bool phased_;  ///< approximately timed
  base::PhasedMaster master_;
  bool in_access_ = false;  ///< a transaction's phases pass
  std::uint32_t reset_vector_ = 0;
  std::uint32_t sram_first_ = 0;
  std::uint64_t sram_bytes_ = 0;
  std::optional<base::EventId> sram_read_event_;
  std::optional<base::EventId> sram_write_event_;
  std::optional<base::EventId> sram_code_event_;
  sc_core::sc_time quantum_;
  std::uint64_t instruction_limit_ = ~std::uint64_t{0};
  std::uint64_t cycle_limit_ = ~std::uint64_t{0};
  std::function<void(const StopReport&)> on_stop_;
  std::function<void(std::exception_ptr)> on_error_;

  std::uint64_t synchronised_cycle_ = 0;  ///< the hart's cycle at the kernel's time
  std::uint64_t awake_since_ = 0;         ///< cycle up to which activity has been told
  bool sleeping_ = false;
  bool hart_stopped_ = false;
  bool reset_requested_ = false;
  DebugAgent* agent_ = nullptr;
  bool woken_ = false;  ///< by a debugger
  sc_core::sc_event wake_event_;
  sc_core::sc_event reset_event_;
  bool held_ = false;
  sc_core::sc_event release_event_;             ///< a state has been restored
  std::function<void()> at_boundary_;           ///< called once
  std::vector<std::function<void()>> changes_;  ///< called once each, in order
};

}  // namespace leyden::cpu
