#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include "models/base/context.h"
#include "models/bus/transfer_faults.h"
#include "platform/chip/faults/fault_draws.h"
#include "platform/chip/faults/fault_parameters.h"
#include "platform/chip/faults/fault_targets.h"
#include "platform/chip/faults/interrupt_relay.h"

namespace leyden::chip {

/// Injects faults into a running chip: those of a list and those that are drawn. Everything happens
/// at a cycle of the chip before which the core has begun no later instruction, so nothing depends
/// on the quantum. docs/faults.md.
class FaultInjector : public sc_core::sc_module, public bus::TransferFaults {
 public:
  SC_HAS_PROCESS(FaultInjector);
  /// Puts what is frozen into the macros. @throws base::UsageError for places that are not there
  FaultInjector(sc_core::sc_module_name name, base::Context& context, FaultRequest request,
                FaultParts parts);

  /// Names of the network's layers, by number. @throws base::UsageError for a layer of the list
  /// that is none of them
  void set_layers(const std::vector<std::string>& names);
  /// Names of the bus's masters, in order. @throws base::UsageError as above
  void set_masters(const std::vector<std::string>& names);
  bool on_bus() const;
  /// The line itself, or a relay's when the line may have faults. @param rates_apply  to this line
  sc_core::sc_signal<bool>& relay(sc_core::sc_signal<bool>& line, const std::string& name,
                                  bool rates_apply);
  /// All lines are known. @throws base::UsageError when one of the list is not
  void check_lines() const;
  /// An image is posted, or a layer begins.
  void on_start(std::optional<std::uint32_t> layer);

  FaultLog log() const;

  bus::TransferFault on_transfer(unsigned master, std::uint64_t address, bool write) override;

 private:
  /// What is to come at a cycle: a fault, or the next flip of a process.
  struct Coming {
    Fault fault;
    std::optional<std::size_t> process;
  };
  /// A rate of flips under way.
  struct Process {
    FaultTarget memory;
    unsigned macro;
    FlipProcess flips;
    std::uint64_t from;  ///< cycle
  };
  /// A fault of lines or transfers that waits for its next ones.
  struct Armed {
    Fault fault;
    std::uint64_t left;
  };

  void freeze();
  void schedule(std::uint64_t cycle, Coming coming);
  void schedule_list(FaultTime::From from, std::optional<std::uint32_t> layer);
  void begin_draws();
  void begin_rate(FaultTarget memory, unsigned macro, double per_mbit_ms);
  void begin_count(FaultTarget memory, std::uint64_t count);
  void begin_registers();
  void schedule_flip(std::size_t process);
  void inject();  // SC_METHOD
  void apply(const Fault& fault);
  void note(InjectedFault fault);
  RiseFault on_rise(const std::string& name, unsigned line, bool rates_apply);
  base::StreamKey key(std::uint32_t purpose, std::uint32_t tile) const;
  std::uint64_t now() const { return context_.clock.cycles_at(sc_core::sc_time_stamp()); }
  std::uint32_t image() const;

  base::Context& context_;
  const FaultRequest request_;
  const FaultRates rates_;
  FaultTargets targets_;
  std::vector<std::string> masters_;
  std::vector<std::string> lines_;
  std::vector<std::string> layers_;
  std::vector<std::unique_ptr<InterruptRelay>> relays_;
  std::multimap<std::uint64_t, Coming> coming_;
  sc_core::sc_event due_;
  std::vector<Process> processes_;
  std::vector<Armed> armed_;
  std::vector<std::uint64_t> rises_;      ///< of each line since the window began
  std::vector<std::uint64_t> transfers_;  ///< of each master
  bool drawing_ = false;                  ///< the window of rates has begun
  FaultLog log_;
};

}  // namespace leyden::chip
