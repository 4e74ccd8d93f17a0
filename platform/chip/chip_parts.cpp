#include "platform/chip/chip_parts.h"

#include <cstdio>

#include "firmware/include/leyden/image.h"
#include "models/cim/supply_scaling.h"
#include "platform/chip/chip_parameters.h"
#include "registers/cim.h"
#include "registers/dma.h"
#include "registers/mailbox.h"
#include "registers/memory_map.h"
#include "registers/vector.h"

namespace leyden::chip {
namespace {

namespace reg = registers;

const reg::Unit& unit(const std::string& name) {
  for (const reg::Unit& entry : reg::units()) {
    if (name == entry.name) return entry;
  }
  throw base::ModelError("The memory map has no unit " + name + ".");
}

std::uint64_t cim_registers(std::size_t instance) {
  return reg::kCimBase + instance * reg::kCimSize;
}

/// Bus addresses of the STATUS registers that have a BUSY bit.
bool busy(DebugPort& debug, std::uint64_t address, base::Field field) {
  return field.get(debug.word(address)) != 0;
}

BlockFactory& require_factory(BlockFactory* factory, const char* key, const std::string& impl) {
  if (factory == nullptr) {
    throw base::UsageError(
        std::string(key) + " is " + impl +
        ", which takes blocks of RTL; this program has none, tlm is what it has");
  }
  return *factory;
}

/// Leakage power of a macro at its supply over cim.leakage_uw.
double macro_leakage_factor(const base::ParameterSet& parameters) {
  const cim::SupplyScaling scaling = cim::SupplyScaling::read(parameters, "cim");
  return scaling.leakage_factor(parameters.real("cim.supply_v"));
}

}  // namespace

Chip::Parts::Parts(const ChipDescription& chip, const ChipOptions& chosen, Log& log_of_chip)
    : description(chip),
      options(chosen),
      log(log_of_chip),
      clock(description.parameters.real("system.clock_mhz") * 1e6),
      context{description.parameters, ledger,          activity, clock, log,
              options.fidelity,       {options.die, 0}},
      macros(static_cast<unsigned>(description.parameters.integer("system.macros"))),
      leakage(description.parameters, macros, macro_leakage_factor(description.parameters), ledger),
      clock_tree(description.parameters, ledger),
      recorder(context, leakage, clock_tree),
      interconnect("bus", context),
      core("core", context),
      sram("sram", context),
      off_chip("off_chip", context),
      lmem("lmem", context),
      dma(make_dma()),
      vector_unit("vector", context),
      finisher("finisher", context, [this](const peripherals::Finish& f) { on_finish(f); }),
      clint("clint", context),
      plic("plic", context),
      uart("uart", context,
           [this](std::uint8_t byte) {
             if (options.uart) options.uart(byte);
           }),
      sysctl("sysctl", context, sysctl_settings()),
      perf("perf", context, &recorder),
      mailbox(
          "mailbox", context, [this](std::uint32_t result) { host.on_done(result); },
          [this](std::uint32_t code) { host.on_fail(code); }),
      debug("host_debug"),
      host("host", context, host_ports()),
      htif("htif", debug, htif_ports()) {
  for (unsigned n = 0; n < macros; ++n) {
    cims.push_back(make_cim(n));
    cims.back()->lmem_port()(lmem.port);
    cims.back()->set_layer_source([this] { return perf.layer(); });
    cims.back()->set_place_source([this] { return layer_place(); });
  }
  dma->set_layer_source([this] { return layer_place(); });
  vector_unit.lmem(lmem.port);
  core.set_sram(static_cast<std::uint32_t>(reg::kSramBase), sram.size());
  core.set_sram_events(sram.core_read_event(), sram.core_write_event());
  report_error_codes();
  core.set_reset_vector(static_cast<std::uint32_t>(reg::kSramBase));
  core.set_quantum(sc_core::sc_time(options.quantum_ns, sc_core::SC_NS));
  core.hart().set_translation({!options.interpreter});
  core.set_time_source([this](const sc_core::sc_time& when) { return clint.mtime(when); });
  core.on_stop([this](const cpu::StopReport& report) { on_core_stop(report); });
  recorder.set_flush([this] { core.flush_statistics(); });
  log.set_location([this] { return location(); });
  bind_bus();
  if (options.faults) add_faults();
  bind_interrupts();
  add_own_blocks();
  if (faults) finish_faults();
  observe_writes();
}

std::unique_ptr<dma::DmaBlock> Chip::Parts::make_dma() {
  const std::string& impl = description.parameters.choice("dma.impl");
  if (impl == "tlm") return std::make_unique<dma::Dma>("dma", context);
  return require_factory(options.blocks, "dma.impl", impl).make_dma(impl, "dma", context);
}

std::unique_ptr<cim::CimBlock> Chip::Parts::make_cim(unsigned instance) {
  const std::string name = "cim" + std::to_string(instance);
  const std::string& impl = description.parameters.choice("cim.impl");
  if (impl == "tlm") return std::make_unique<cim::CimUnit>(name.c_str(), context, instance);
  return require_factory(options.blocks, "cim.impl", impl)
      .make_cim(impl, name.c_str(), context, instance);
}

void Chip::Parts::bind_master(tlm::tlm_initiator_socket<base::kBusBits>& socket,
                              const std::string& master) {
  auto& port = interconnect.add_master(master);
  if (description.parameters.choice("system.protocol_checks") == "no") {
    socket.bind(port);
    return;
  }
  checkers.push_back(std::make_unique<base::ProtocolChecker>(("check_" + master).c_str()));
  base::ProtocolChecker& checker = *checkers.back();
  checker.on_violation([master](const base::Violation& violation) {
    throw base::ModelError("The bus protocol is broken at the port of " + master + ": " +
                           violation.text + " (IEEE 1666-2011, " + violation.clause + ").");
  });
  socket.bind(checker.target_socket);
  checker.initiator_socket.bind(port);
}

void Chip::Parts::bind_bus() {
  bind_master(core.bus, "core");
  core.sram.bind(sram.core_socket);
  for (std::size_t n = 0; n < dma->channel_count(); ++n) {
    bind_master(dma->bus_socket(n), "dma" + std::to_string(n));
  }
  dma->set_data_path(&interconnect);
  bind_master(debug.bus, "host");

  const auto map = [this](const std::string& name, auto& socket, std::uint64_t used = 0) {
    const reg::Unit& entry = unit(name);
    const std::uint64_t size = used == 0 ? entry.size : used;
    interconnect.add_target(name, entry.base, size).bind(socket);
    ranges.push_back({name, entry.base, size});
  };
  map("finisher", finisher.socket);
  map("clint", clint.socket);
  map("plic", plic.socket);
  map("uart", uart.socket);
  map("sysctl", sysctl.socket);
  map("perf", perf.socket);
  map("dma", dma->register_socket());
  map("vector", vector_unit.socket);
  map("mailbox", mailbox.socket);
  map("lmem", lmem.socket, lmem.size());
  map("off_chip", off_chip.socket, off_chip.size());
  map("sram", sram.bus_socket, sram.size());
  for (std::size_t n = 0; n < cims.size(); ++n) {
    const std::string name = "cim" + std::to_string(n);
    interconnect.add_target(name, cim_registers(n), reg::kCimSize).bind(cims[n]->register_socket());
    interconnect
        .add_target(name + "_weights", reg::kCimWeightsBase + n * reg::kCimWeightsSize,
                    reg::kCimWeightsSize)
        .bind(cims[n]->weight_socket());
    ranges.push_back({name, cim_registers(n), reg::kCimSize});
    ranges.push_back(
        {name + "_weights", reg::kCimWeightsBase + n * reg::kCimWeightsSize, reg::kCimWeightsSize});
  }
}

sc_core::sc_signal<bool>& Chip::Parts::line(const std::string& name) {
  lines.push_back(std::make_unique<sc_core::sc_signal<bool>>(("irq_" + name).c_str()));
  return *lines.back();
}

void Chip::Parts::bind_interrupts() {
  const auto connect = [this](auto& output, unsigned number, const std::string& name) {
    sc_core::sc_signal<bool>& signal = line(name);
    output.bind(signal);
    plic.source[number].bind(faulty(signal, name));
  };
  for (std::size_t n = 0; n < dma->channel_count(); ++n) {
    connect(dma->interrupt(n), reg::kDmaIrq + static_cast<unsigned>(n), "dma" + std::to_string(n));
  }
  connect(vector_unit.irq, reg::kVectorIrq, "vector");
  connect(mailbox.irq, reg::kMailboxIrq, "mailbox");
  connect(uart.irq, reg::kUartIrq, "uart");
  for (std::size_t n = 0; n < cims.size(); ++n) {
    // The PLIC has sources up to 31: as many macros as the memory map has room for.
    connect(cims[n]->interrupt(), reg::kCimIrq + static_cast<unsigned>(n),
            "cim" + std::to_string(n));
  }
  const auto to_core = [this](sc_core::sc_out<bool>& output, sc_core::sc_in<bool>& input,
                              const std::string& name) {
    sc_core::sc_signal<bool>& signal = line(name);
    output.bind(signal);
    input.bind(faulty(signal, name));
  };
  to_core(plic.irq, core.irq_external, "external");
  to_core(clint.timer_irq, core.irq_timer, "timer");
  to_core(clint.software_irq, core.irq_software, "software");
  connect(sysctl.irq, reg::kSysctlIrq, "sysctl");  // last: draws of faults are keyed by the order
}

peripherals::SysctlSettings Chip::Parts::sysctl_settings() {
  peripherals::SysctlSettings settings;
  settings.macros = macros;
  settings.lmem_bytes = static_cast<std::uint32_t>(lmem.size());
  settings.points = operating_points(description.parameters);
  settings.on_point = [this](std::size_t) { on_point(); };
  settings.on_power_gate = [this](std::uint32_t word) { on_power_gates(word); };
  settings.on_watchdog = [this] {
    end_after_look(
        {base::ExitStatus::kFirmware,
         "The watchdog ended the run: the firmware did not feed it in time, " + location() + "."});
  };
  settings.on_reset = [this] {
    end({base::ExitStatus::kFirmware,
         "The firmware asked for a reset (SYSCTL), " + location() + "."});
  };
  return settings;
}

std::uint32_t Chip::Parts::address_of(const ImageLayer& layer) {
  switch (layer.space) {
    case LEYDEN_SPACE_OUTPUT:
      return debug.word(reg::kMailboxBase + reg::mailbox::kOutputAddr) + layer.address;
    case LEYDEN_SPACE_SCRATCH:
      return static_cast<std::uint32_t>(reg::kOffChipBase + image_bytes) + layer.address;
    default:
      return layer.address;
  }
}

ImageHostPorts Chip::Parts::host_ports() {
  return {mailbox,
          lmem,
          off_chip,
          recorder,
          [this] { return quiet(); },
          [this] { return core.sleeping(); },
          [this](const RunEnd& reason_of_end) {
            const bool limit = reason_of_end.status == base::ExitStatus::kLimit;
            end_after_look({reason_of_end.status, reason_of_end.sentence + (limit ? storm() : ""),
                            reason_of_end.asleep});
          }};
}

void Chip::Parts::end(const RunEnd& reason_of_end) {
  if (ended) return;
  ended = true;
  reason = reason_of_end;
  // The core runs ahead of the kernel: no instruction begins after the one that ended the run.
  core.set_cycle_limit(0);
  sc_core::sc_stop();
}

std::string Chip::Parts::storm() const {
  return cpu::describe_storm(core.hart().report(cpu::StopReason::kCycleLimit));
}

void Chip::Parts::on_core_stop(const cpu::StopReport& report) {
  const std::string sentence =
      cpu::describe(report, [this](std::uint32_t address) { return symbol(address); });
  end({report.reason == cpu::StopReason::kUnhandledTrap ? base::ExitStatus::kFirmware
                                                        : base::ExitStatus::kLimit,
       sentence});
}

void Chip::Parts::on_point() {
  // The ledger already counts at the new point; what passed belongs to the old one.
  const std::size_t now = ledger.point();
  core.flush_statistics();
  ledger.select_point(point);
  recorder.note_change(clock.cycles_at(sc_core::sc_time_stamp()));
  ledger.select_point(now);
  point = now;
}

void Chip::Parts::on_power_gates(std::uint32_t word) {
  recorder.account_leakage(clock.cycles_at(sc_core::sc_time_stamp()));
  for (std::size_t n = 0; n < cims.size(); ++n) {
    const bool was_off = (gates >> n & 1) != 0;
    if (!was_off && (word >> n & 1) != 0) cims[n]->power_off();
  }
  gates = word;
  leakage.set_power_gates(word);
}

void Chip::Parts::on_finish(const peripherals::Finish& finish) {
  switch (finish.kind) {
    case peripherals::Finish::Kind::kPass:
      end({base::ExitStatus::kGood, ""});
      return;
    case peripherals::Finish::Kind::kFail:
      end({base::ExitStatus::kFirmware,
           "The firmware failed with code " + std::to_string(finish.code) + "."});
      return;
    case peripherals::Finish::Kind::kReset:
      end({base::ExitStatus::kFirmware,
           "The firmware asked for a reset (finisher), " + location() + "."});
  }
}

bool Chip::Parts::quiet() {
  if (!core.sleeping()) return false;
  if (reg::mailbox::ctrl::kIrqEnable.get(debug.word(reg::mailbox::kBase + reg::mailbox::kCtrl)) ==
      0) {
    return false;
  }
  if (busy(debug, reg::vector::kBase + reg::vector::kStatus, reg::vector::status::kBusy)) {
    return false;
  }
  if (dma->busy()) return false;
  for (const auto& cim : cims) {
    if (cim->busy()) return false;
  }
  return !own_block_busy();
}

std::string Chip::Parts::symbol(std::uint32_t address) const { return program.describe(address); }

std::string Chip::Parts::location() const {
  const std::uint32_t pc = core.pc();
  char text[32];
  std::snprintf(text, sizeof text, "pc 0x%08x", pc);
  const std::string name = symbol(pc);
  return name.empty() ? text : std::string(text) + " <" + name + ">";
}

}  // namespace leyden::chip
