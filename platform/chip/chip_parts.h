#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include "models/base/protocol_checker.h"
#include "models/bus/interconnect.h"
#include "models/cim/cim_unit.h"
#include "models/cpu/core.h"
#include "models/dma/dma.h"
#include "models/memory/local_memory.h"
#include "models/memory/off_chip_memory.h"
#include "models/memory/sram.h"
#include "models/peripherals/clint.h"
#include "models/peripherals/finisher.h"
#include "models/peripherals/mailbox.h"
#include "models/peripherals/perf.h"
#include "models/peripherals/plic.h"
#include "models/peripherals/sysctl.h"
#include "models/peripherals/uart.h"
#include "models/vector/vector_unit.h"
#include "platform/blocks/block.h"
#include "platform/chip/block_factory.h"
#include "platform/chip/chip.h"
#include "platform/chip/clock_tree.h"
#include "platform/chip/debug_port.h"
#include "platform/chip/debugger.h"
#include "platform/chip/elf/elf_loader.h"
#include "platform/chip/faults/fault_injector.h"
#include "platform/chip/htif.h"
#include "platform/chip/image_host.h"
#include "platform/chip/layer_recorder.h"
#include "platform/chip/leakage.h"
#include "platform/chip/network_image.h"

namespace leyden::chip {

/// Everything one chip is made of. Members are in the order in which they need each other.
struct Chip::Parts {
  Parts(const ChipDescription& chip, const ChipOptions& options, Log& log_of_chip);

  /// Runs the kernel until nothing is pending, the run was ended or `limit` has passed, and calls
  /// ChipOptions::look now and then, which shows in no result.
  /// @throws what the core's process threw; ModelError for another process's error; what look
  /// throws
  void simulate(const sc_core::sc_time& limit);
  /// Lets time pass up to a limit before which nothing is left to happen.
  void pass_until(const sc_core::sc_time& end);
  /// Ends the run; the first reason counts.
  void end(const RunEnd& reason);
  /// The same after a debugger has had a look, for ends that firmware did not ask for.
  void end_after_look(const RunEnd& reason);
  void on_core_stop(const cpu::StopReport& report);
  void on_point();
  void on_power_gates(std::uint32_t gates);
  void on_finish(const peripherals::Finish& finish);
  /// The core sleeps, every unit is idle and the mailbox listens.
  bool quiet();
  /// Whether nothing is under way but the core: the chip can be saved between two instructions.
  bool can_be_saved();
  /// All state of the chip, as it stands when can_be_saved() holds.
  void archive(base::Archive& a);
  void on_mark(std::uint32_t layer, bool end);
  std::string location() const;
  base::LayerPlace layer_place() const;
  /// A sentence, after a space, about interrupts that come without end; "" when they do not.
  std::string storm() const;
  std::string symbol(std::uint32_t address) const;
  std::vector<LoadRange> memories() const;
  /// Whether a range lies wholly in one memory.
  bool is_memory(std::uint64_t address, std::uint64_t bytes) const;
  /// @throws base::UsageError when a range does not lie wholly in one memory
  void require_memory(std::uint64_t address, std::uint64_t bytes, const std::string& what) const;
  /// Serves the program's `tohost`, when it has one. @throws base::UsageError
  void attach_htif(const std::string& path);
  peripherals::SysctlSettings sysctl_settings();
  /// Bus address at which a layer's output lies while an image is under way.
  std::uint32_t address_of(const ImageLayer& layer);
  ImageHostPorts host_ports();
  HtifPorts htif_ports();

  ChipDescription description;
  ChipOptions options;
  Log& log;
  base::EnergyLedger ledger;
  base::ActivityLog activity;
  base::Clock clock;
  base::Context context;
  unsigned macros;
  Leakage leakage;
  ClockTree clock_tree;
  LayerRecorder recorder;

  bus::Interconnect interconnect;
  cpu::Core core;
  memory::Sram sram;
  memory::OffChipMemory off_chip;
  memory::LocalMemory lmem;
  std::unique_ptr<dma::DmaBlock> dma;
  vector::VectorUnit vector_unit;
  std::vector<std::unique_ptr<cim::CimBlock>> cims;
  std::vector<std::unique_ptr<blocks::Part>> own_blocks;  ///< as in description.blocks
  peripherals::Finisher finisher;
  peripherals::Clint clint;
  peripherals::Plic plic;
  peripherals::Uart uart;
  peripherals::Sysctl sysctl;
  peripherals::Perf perf;
  peripherals::Mailbox mailbox;
  DebugPort debug;
  ImageHost host;
  Htif htif;

  std::vector<std::unique_ptr<base::ProtocolChecker>> checkers;  ///< system.protocol_checks
  std::unique_ptr<FaultInjector> faults;  ///< or nullptr: none were asked for
  std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> lines;  ///< interrupt lines
  ImageFacts image;
  std::uint64_t image_bytes = 0;  ///< without the scratch region behind it
  ElfProgram program;
  std::size_t point = 0;                        ///< the ledger's, for on_point
  std::uint32_t gates = 0;                      ///< power gates in effect
  std::optional<SnapshotPoint> snapshot_point;  ///< to come
  bool snapshot_missed = false;                 ///< a unit was at work at that mark
  std::function<void(const SnapshotPlace&)> on_snapshot;
  std::vector<AddressRange> ranges;
  Debugger* debugger = nullptr;
  bool ended = false;
  RunEnd reason;
  std::exception_ptr error;  ///< thrown in the core's process

 private:
  void simulate_with_debugger(const sc_core::sc_time& limit);
  void run_kernel(const sc_core::sc_time& duration);
  std::unique_ptr<dma::DmaBlock> make_dma();
  std::unique_ptr<cim::CimBlock> make_cim(unsigned instance);
  /// The blocks of the user's own: made, put on the bus and tied to the PLIC.
  void add_own_blocks();
  bool own_block_busy() const;
  void archive_own_blocks(base::Archive& a);
  void bind_bus();
  void bind_master(tlm::tlm_initiator_socket<base::kBusBits>& socket, const std::string& master);
  void bind_interrupts();
  void report_error_codes();
  void observe_writes();
  void add_faults();
  void finish_faults();  ///< all lines and masters are there
  /// The line itself, or what faults leave of it.
  sc_core::sc_signal<bool>& faulty(sc_core::sc_signal<bool>& line, const std::string& name);
  sc_core::sc_signal<bool>& line(const std::string& name);
};

}  // namespace leyden::chip
