#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "models/base/fidelity.h"
#include "platform/chip/chip_file.h"
#include "platform/chip/faults/fault.h"
#include "platform/chip/log.h"
#include "platform/chip/usage.h"

namespace leyden::base {
class ActivityObserver;
struct PinView;
class TransactionObserver;
class Archive;
}  // namespace leyden::base
namespace leyden::cpu {
class Core;
}

namespace leyden::chip {

class BlockFactory;
class DebugPort;
class Debugger;
class ElfProgram;

/// How one elaborated chip is run.
struct ChipOptions {
  base::Fidelity fidelity = base::Fidelity::kAnalog;
  std::uint32_t die = 0;
  double quantum_ns = 1e6;   ///< how far the core runs ahead at most
  bool interpreter = false;  ///< do not translate firmware to host code
  /// Makes what the chip file wants instead of a TLM model (`dma.impl`, `cim.impl`); nullptr: such
  /// a chip file is refused. Outlives the chip.
  BlockFactory* blocks = nullptr;
  /// Faults: those of the chip file's `faults` and of this list; none: no fault, whatever it says.
  std::optional<FaultRequest> faults;
  std::function<void(std::uint8_t)> uart;  ///< gets every byte the UART sends
  /// Called between instructions every few milliseconds of the host while the chip runs; what it
  /// throws leaves run() and serve(), and the chip can still be looked at.
  std::function<void()> look;
};

/// How a run ended.
struct RunEnd {
  base::ExitStatus status = base::ExitStatus::kGood;
  std::string sentence;  ///< "" when all is well
  bool asleep = false;   ///< firmware failed because nothing would ever wake it
};

/// A unit's place in the memory map.
struct AddressRange {
  std::string name;
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
};

/// One image as the host puts it into the mailbox.
struct ImageInput {
  std::uint32_t index = 0;  ///< number in the data set
  std::vector<std::uint8_t> bytes;
};

/// The host's side of a run over images.
class ImageService {
 public:
  virtual ~ImageService() = default;
  virtual std::optional<ImageInput> next() = 0;
  /// The output of a layer of the image under way, when wants_layers().
  virtual void layer(std::uint32_t number, const std::vector<std::uint8_t>& output) = 0;
  virtual bool wants_layers() const = 0;
  virtual void done(std::uint32_t index, std::uint32_t result) = 0;
};

/// Sums over the images of a run.
struct ImageTimes {
  std::uint64_t period_ps = 0;   ///< from a post to the earliest next post
  std::uint64_t latency_ps = 0;  ///< from a post to the result
};

/// Where a snapshot is wanted: at the end of a layer, of a certain image where images are served.
struct SnapshotPoint {
  std::optional<std::uint32_t> image;
  std::uint32_t layer = 0;
};

/// Where it is taken: at the mark wanted, or at the first one after it at which no unit works.
struct SnapshotPlace {
  std::optional<std::uint32_t> image;
  std::uint32_t layer = 0;
  bool end = true;  ///< false: where the layer begins
  bool as_wanted = true;
};

/// A whole chip, elaborated from its description: the SystemC modules, their bindings after the
/// memory map, the host's side of the mailbox, and what ends a run. One a process: SystemC
/// elaborates once.
class Chip {
 public:
  /// @throws base::UsageError when the description cannot be
  Chip(const ChipDescription& description, const ChipOptions& options, Log& log);
  ~Chip();
  Chip(const Chip&) = delete;
  Chip& operator=(const Chip&) = delete;

  /// Loads an ELF file and lets the core start at its entry. @throws base::UsageError
  void load_program(const std::string& path);
  /// Puts a compiled network into off-chip memory and tells firmware where it lies.
  /// @throws base::UsageError when it is no image, is damaged or does not fit
  void load_image(const std::vector<std::uint8_t>& image);

  /// Runs until firmware ends, something goes wrong or `max_cycles` have passed.
  RunEnd run(std::uint64_t max_cycles);
  /// Serves images one after the other, then closes the mailbox and runs until firmware ends. An
  /// image, and boot, that takes more than `max_cycles` ends the run.
  RunEnd serve(ImageService& service, std::uint64_t max_cycles);

  /// Calls once, when the firmware has marked the end of a layer and before the core's next
  /// instruction; archive() may be called then. A base::Error that is thrown ends the run.
  void at_layer_end(const SnapshotPoint& point, std::function<void(const SnapshotPlace&)> callback);
  /// Whether at_layer_end() has called.
  bool snapshot_taken() const;
  /// Saves the state, within the call of at_layer_end(). Or takes the place of the start at time
  /// 0, once, before run() or serve() and after the program, and the network image if there was
  /// one, were loaded: the state becomes the saved one and simulated time the time of saving.
  /// @throws base::UsageError when the state is not this chip's
  void archive(base::Archive& a);

  const LayerUsage& usage() const;
  const ImageTimes& times() const;
  /// Faults that were injected so far, in the order of time.
  FaultLog fault_log() const;
  EventTable events() const;
  std::uint64_t cycles() const;        ///< since reset
  std::uint64_t instructions() const;  ///< retired
  double seconds() const;              ///< simulated
  /// Memory between two symbols of the program, as 32-bit words (`--signature`).
  /// @throws base::UsageError when a symbol is not there
  std::vector<std::uint32_t> signature() const;

  /// Ends the run under way, from within it; the first end counts.
  void end_run(const RunEnd& end);
  /// Whether bytes lie wholly in SRAM, LMEM or off-chip memory.
  bool is_memory(std::uint64_t address, std::uint64_t bytes) const;
  /// @throws base::UsageError naming `what` when they do not
  void require_memory(std::uint64_t address, std::uint64_t bytes, const std::string& what) const;
  std::uint64_t sram_bytes() const;
  /// The program counter as a person reads it: "pc 0x80000010 <main+0x4>".
  std::string location() const;
  /// A sentence about interrupts that come without end, after a space; "" when none do.
  std::string storm() const;

  // For tools that look into a running chip (debugger, profiler, dumps).
  cpu::Core& core();
  DebugPort& host_port();  ///< memory and registers, without time or side effects
  const ElfProgram& program() const;
  const base::EnergyLedger& ledger() const;
  /// What answers on the bus.
  const std::vector<AddressRange>& memory_map() const;
  /// The layer of the network that firmware has marked (abi.md), if one is under way.
  std::optional<std::uint32_t> layer() const;
  /// Energy since reset in fJ, per component (base::Component).
  std::vector<double> energy_fj();

  /// Who is told of all that the chip's parts do from now on, the clock first; nullptr: nobody.
  void set_activity_observer(base::ActivityObserver* observer);
  /// Who is told of the data on the bus and of units' use of LMEM from now on; nullptr: nobody.
  void set_transaction_observer(base::TransactionObserver* observer);
  /// Tells the activity observer what passed since the last window of the report. At the end of a
  /// run.
  void finish_trace();
  /// Cycle at the kernel's time, which is where finish_trace() ends.
  std::uint64_t trace_cycle() const;
  /// Names of the network's layers, by number; none without a network image.
  std::vector<std::string> layer_names() const;
  /// Names of what the bus knows as masters, by number.
  std::vector<std::string> bus_masters() const;
  unsigned macros() const;
  /// What random draws are keyed by now.
  base::DrawPosition draws() const;
  unsigned dma_channels() const;
  /// Blocks of the user's own.
  const std::vector<OwnBlock>& own_blocks() const;
  /// Calls with the pins of every block that has some and the scope they are shown in: "dma_pins",
  /// "cim0_pins". They are there as long as the chip.
  void visit_pins(
      const std::function<void(const std::string& scope, const base::PinView& pin)>& visit) const;
  /// Takes the core's unseen direct access to its SRAM away, so that an observer sees each access
  /// (slow, the same cycles and energy). Before the run.
  void withdraw_direct_access();

  /// A debugger for the whole run; set before it. Results do not depend on it.
  void set_debugger(Debugger* debugger);
  /// Ends the run; the first reason given counts.
  void end(const RunEnd& reason);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace leyden::chip
